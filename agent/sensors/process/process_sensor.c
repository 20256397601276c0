/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeps the table of live processes, and makes an event of each program that a process begins to run, with what the
 * table knows of its parents. Of ends it tells only those by a signal that means a fault.
 */
#include "agent/base/require.h"
#include "agent/sensors/path.h"
#include "agent/sensors/process/process_loaders.h"
#include "agent/sensors/process/process_table.h"
#include "agent/sensors/process/process_text.h"
#include "agent/sensors/sensors.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define ANCESTRY_MAX 160u
#define ANCESTORS_MAX 8u
#define NUMBER_MAX 12u
#define ENDED_MAX 128u /* processes that are remembered when they have ended: what they did may be told of later */

/* Texts of the event that is being made. */
struct scratch {
	char exe[PROCESS_SAMPLE_PATH_MAX + 8];
	char image[PROCESS_SAMPLE_PATH_MAX + 64];
	char cwd[PROCESS_SAMPLE_PATH_MAX + 8];
	char ancestry[ANCESTRY_MAX];
	char uid[NUMBER_MAX], euid[NUMBER_MAX], loginuid[NUMBER_MAX];
};

struct ended {
	struct process_kin self, parent;
};

struct state {
	struct scratch *scratch; /* what follows: a row of the table is read by a const state */
	struct scratch memory;
	uint64_t execs, exits, cut, damaged;
	char problem[160];
	struct ended ended[ENDED_MAX];
	unsigned ended_next;
	struct process_loaders loaders;
	struct process_entry loader; /* that was named last */
	struct process_table table;
};

static void init(void *state, const struct settings *settings)
{
	struct state *s = state;

	(void)settings;
	memset(s, 0, offsetof(struct state, table));
	s->scratch = &s->memory;
	process_table_init(&s->table);
}

static struct str number(char out[NUMBER_MAX], uint32_t value)
{
	return (struct str){out, (size_t)snprintf(out, NUMBER_MAX, "%u", value)};
}

/* What the table's entry says; the texts of the program itself are the caller's to better. */
static void describe(struct event *event, const struct process_entry *e, struct scratch *scratch)
{
	struct process_event *p = &event->process;

	memset(event, 0, sizeof(*event));
	event->kind = EVENT_PROCESS;
	event->severity = SEV_INFO;
	event->count = 1;
	p->action = PROCESS_RUNS;
	p->source = e->source;
	p->args_cut = e->args_cut;
	p->pid = e->pid;
	p->ppid = e->ppid;
	p->name = (struct str){e->name, e->name_len};
	p->image = (struct str){e->image, e->image_len};
	p->exe = e->exe_len ? (struct str){e->exe, e->exe_len} : p->image;
	p->args = (struct str){e->args, e->args_len};
	if (!e->ids)
		return;
	p->uid = number(scratch->uid, e->uid);
	p->user = e->uid == 0 ? STR("root") : p->uid;
	if (e->euid != e->uid)
		p->euid = number(scratch->euid, e->euid);
	if (e->loginuid != PROCESS_SAMPLE_NOBODY)
		p->loginuid = number(scratch->loginuid, e->loginuid);
}

/* The parents as far as the table has them: no gap is bridged. */
static void describe_parents(struct state *s, struct process_event *p, const struct process_entry *e)
{
	struct process_entry *parent = process_table_parent(&s->table, e);
	struct buf b = buf_over(s->scratch->ancestry, sizeof(s->scratch->ancestry));

	if (parent) {
		p->parent_image = (struct str){parent->image, parent->image_len};
		p->parent_args = (struct str){parent->args, parent->args_len};
	}
	for (unsigned i = 0; parent && i < ANCESTORS_MAX && !b.overflow; i++) {
		size_t before = b.len;

		if (i > 0)
			buf_char(&b, '<');
		buf_bytes(&b, parent->name, parent->name_len);
		if (b.overflow)
			b.len = before;
		parent = process_table_parent(&s->table, parent);
	}
	p->ancestry = buf_str(&b);
}

/* The paths and names that a sample has, in full. */
struct program {
	struct str name, exe, image, cwd;
};

static struct program program_of(struct scratch *scratch, const struct process_text *t)
{
	bool back = t->head.flags & PROCESS_SAMPLE_BACK;
	struct buf exe = buf_over(scratch->exe, sizeof(scratch->exe));
	struct buf cwd = buf_over(scratch->cwd, sizeof(scratch->cwd));
	struct buf image = buf_over(scratch->image, sizeof(scratch->image));
	struct program p = {.name = t->name};
	struct str applet;

	path_put(&exe, t->exe, back, t->head.flags & PROCESS_SAMPLE_EXE_CUT);
	path_put(&cwd, t->cwd, back, t->head.flags & PROCESS_SAMPLE_CWD_CUT);
	if (back && cwd.len == 0) /* the walk began at the root */
		buf_char(&cwd, '/');
	p.exe = p.image = buf_str(&exe);
	p.cwd = buf_str(&cwd);
	applet = process_text_applet(p.exe, t->args);
	if (str_empty(applet))
		return p;
	buf_put(&image, str_sub(p.exe, 0, p.exe.len - path_base(p.exe).len));
	buf_put(&image, applet);
	p.image = buf_str(&image);
	p.name = applet;
	return p;
}

static void note(struct process_entry *e, const struct process_text *t, const struct program *p)
{
	const struct process_sample *h = &t->head;

	e->ppid = h->ppid;
	e->parent_start = h->parent_start;
	e->uid = h->uid;
	e->euid = h->euid;
	e->loginuid = h->loginuid;
	e->ids = h->flags & PROCESS_SAMPLE_IDS;
	e->source = h->source < PROCESS_SOURCES ? h->source : PROCESS_SOURCE_NONE;
	e->args_cut = h->flags & PROCESS_SAMPLE_ARGS_CUT || t->args.len > sizeof(e->args);
	e->name_len = path_keep_begin(e->name, sizeof(e->name), p->name);
	e->image_len = path_keep_end(e->image, sizeof(e->image), p->image);
	e->args_len = path_keep_begin(e->args, sizeof(e->args), t->args);
	if (!str_equal(p->image, p->exe))
		e->exe_len = path_keep_end(e->exe, sizeof(e->exe), p->exe);
}

static void begins(struct state *s, const struct process_text *t, struct now now, const struct sensors_sink *sink)
{
	struct program program = program_of(s->scratch, t);
	struct process_entry *e = process_table_add(&s->table, t->head.pid, t->head.start);
	struct event event;

	note(e, t, &program);
	if (t->head.kind == PROCESS_SAMPLE_RUNS)
		return;
	process_loaders_end(&s->loaders, e, now);
	process_loaders_note(&s->loaders, e);
	s->execs++;
	s->cut += (t->head.flags & PROCESS_SAMPLE_ARGS_CUT) != 0;
	describe(&event, e, s->scratch);
	event.process.action = PROCESS_EXEC;
	event.process.name = program.name;
	event.process.image = program.image;
	event.process.exe = program.exe;
	event.process.cwd = program.cwd;
	event.process.args = t->args;
	event.process.args_cut = t->head.flags & PROCESS_SAMPLE_ARGS_CUT;
	describe_parents(s, &event.process, e);
	sink->emit(sink->context, &event);
}

/* It runs its parent's program until it begins to run another. */
static void forks(struct state *s, const struct process_sample *h)
{
	const struct process_entry *parent = process_table_find(&s->table, h->ppid, h->parent_start);
	struct process_entry copy = {.source = h->source < PROCESS_SOURCES ? h->source : PROCESS_SOURCE_NONE};
	struct process_entry *e;

	if (parent)
		copy = *parent;
	e = process_table_add(&s->table, h->pid, h->start);
	*e = copy;
	e->pid = h->pid;
	e->start = h->start;
	e->ppid = h->ppid;
	e->parent_start = h->parent_start;
}

/* It had a module of the kernel loaded or unloaded; the sensor of modules hears of that from the kernel itself. */
static void loads(struct state *s, const struct process_text *t)
{
	const struct process_sample *h = &t->head;
	const struct process_entry *e = process_table_find(&s->table, h->pid, h->start);
	const struct process_entry unknown = {.pid = h->pid, .start = h->start};

	process_loaders_did(&s->loaders, e ? e : &unknown, t->exe, h->kind == PROCESS_SAMPLE_UNLOADS);
}

/* A signal by which the kernel ends a program that went wrong: SIGILL, TRAP, ABRT, BUS, FPE, SEGV, SYS on most. */
static bool is_fault(uint32_t number)
{
	return number == 4 || number == 6 || number == 7 || number == 8 || number == 11 || number == 31;
}

static void ends(struct state *s, const struct process_sample *h, struct now now, const struct sensors_sink *sink)
{
	struct process_entry *e = process_table_find(&s->table, h->pid, h->start);
	struct event event;

	s->exits++;
	if (!e)
		return;
	if (is_fault(h->status & 0x7f)) {
		describe(&event, e, s->scratch);
		event.process.action = PROCESS_EXIT;
		event.process.signal = h->status & 0x7f;
		event.severity = SEV_LOW;
		describe_parents(s, &event.process, e);
		sink->emit(sink->context, &event);
	}
	process_loaders_end(&s->loaders, e, now);
	s->ended[s->ended_next] = (struct ended){{e->pid, e->start}, {e->ppid, e->parent_start}};
	s->ended_next = (s->ended_next + 1) % ENDED_MAX;
	process_table_remove(&s->table, e);
}

static void decode(void *state, struct str bytes, struct now now, const struct sensors_sink *sink)
{
	struct state *s = state;
	struct process_text t;

	if (!process_text_read(bytes, &t)) {
		s->damaged++;
		return;
	}
	switch (t.head.kind) {
	case PROCESS_SAMPLE_FORK: forks(s, &t.head); break;
	case PROCESS_SAMPLE_EXIT: ends(s, &t.head, now, sink); break;
	case PROCESS_SAMPLE_LOADS:
	case PROCESS_SAMPLE_UNLOADS: loads(s, &t); break;
	default: begins(s, &t, now, sink); break;
	}
}

static unsigned counters(const void *state, struct sensors_counter out[SENSORS_COUNTERS_MAX])
{
	const struct state *s = state;

	out[0] = (struct sensors_counter){"process_execs", s->execs};
	out[1] = (struct sensors_counter){"process_exits", s->exits};
	out[2] = (struct sensors_counter){"process_args_cut", s->cut};
	out[3] = (struct sensors_counter){"process_damaged", s->damaged};
	out[4] = (struct sensors_counter){"process_forgotten", s->table.lru.evicted};
	out[5] = (struct sensors_counter){"process_known", s->table.lru.count};
	return 6;
}

static const char *problem(const void *state)
{
	const struct state *s = state;

	if (s->table.lru.evicted == 0 || !lru_full(&s->table.lru))
		return NULL;
	return "more processes live than PROCESSES_MAX: of some events the parents are not known";
}

/* The last one of that number that has ended, if it is remembered: what names its parent. */
static bool find_ended(const struct state *s, uint32_t pid, struct process_entry *out)
{
	for (unsigned i = 1; i <= ENDED_MAX; i++) {
		const struct ended *e = &s->ended[(s->ended_next + ENDED_MAX - i) % ENDED_MAX];

		if (e->self.pid != pid)
			continue;
		*out = (struct process_entry){
			.pid = pid, .start = e->self.start, .ppid = e->parent.pid, .parent_start = e->parent.start};
		return true;
	}
	return false;
}

/* The last one may be a parent that the table does not have. */
static unsigned lineage(void *state, uint32_t pid, struct process_kin out[], unsigned max)
{
	struct state *s = state;
	struct process_entry ended;
	const struct process_entry *e = process_table_find(&s->table, pid, 0);
	unsigned count = 0;

	if (!e && find_ended(s, pid, &ended))
		e = &ended;
	if (e && count < max)
		out[count++] = (struct process_kin){pid, e->start};
	while (e && e->ppid && count < max) {
		const struct process_entry *parent = process_table_parent(&s->table, e);

		out[count] = (struct process_kin){e->ppid, e->parent_start};
		if (parent && !e->parent_start)
			out[count].start = parent->start;
		count++;
		e = parent;
	}
	return count;
}

/* Who loaded a module, or unloaded it. */
static void complete(void *state, struct event *event, struct now now)
{
	struct state *s = state;
	struct module_event *m = &event->module;
	struct event who;

	if (event->kind != EVENT_MODULE || m->pid || !process_loaders_take(&s->loaders, m, now, &s->loader))
		return;
	describe(&who, &s->loader, s->scratch);
	m->pid = who.process.pid;
	m->image = who.process.image;
	m->user = who.process.user;
	m->loginuid = who.process.loginuid;
}

static bool row(const void *state, uint32_t number, struct event *out)
{
	const struct state *s = state;
	const struct process_entry *e = process_table_at(&s->table, number);

	if (e)
		describe(out, e, s->scratch);
	return e != NULL;
}

static const char *off(const struct settings *settings)
{
	return settings->process ? NULL : "processes are not watched: set enabled = yes in [process] of caltrop.conf";
}

const struct sensors_row process_sensor_row = {
	.name = "process",
	.section = "process",
	.source = SENSORS_SOURCE_PROCESS,
	.kinds = 1u << EVENT_PROCESS,
	.size = sizeof(struct state),
	.init = init,
	.decode = decode,
	.off = off,
	.counters = counters,
	.problem = problem,
	.lineage = lineage,
	.complete = complete,
	.tables = {{"processes", row}},
};
