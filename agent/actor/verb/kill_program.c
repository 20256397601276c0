/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All processes of a program are stopped before one is killed, as a tree is (kill.c): what runs could start another one
 * behind the look. Where there is a control group for it (sys/pen.h) they are put there, any number of them; else they
 * are stopped one by one. It stops only what it has judged by itself.
 */
#include "agent/actor/verb/kill_program.h"

#include "agent/actor/rails/rails_file.h"
#include "agent/actor/sys/freeze.h"
#include "agent/actor/sys/pen.h"
#include "agent/actor/sys/runner.h"
#include "agent/actor/sys/way_in.h"
#include "agent/actor/verb/actor.h"
#include "agent/actor/verb/ending.h"
#include "agent/base/clock.h"

#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#define LOOKS_MAX 10
#define STOP_WAIT_MS 2

_Static_assert(RUNNERS_MAX <= FREEZE_MAX && RUNNERS_MAX <= ACTION_PROCESSES_MAX, "all can be stopped and watched");

/* What is found stays in memory: it is killed in the same step, or let go on. */
static enum err keep_nothing(void *owner, const struct freeze_undo *undo)
{
	(void)owner;
	(void)undo;
	return ERR_OK;
}

static struct freeze_job job_of(const struct actor *a, const struct runner *one)
{
	return (struct freeze_job){
		.pid = one->pid,
		.start_ticks = one->start_ticks,
		.actor = getpid(),
		.core = a->child.pid,
		.keep = keep_nothing,
	};
}

static bool knows(const struct freeze_undo *undo, const struct runner *one)
{
	for (unsigned i = 0; i < undo->count; i++)
		if (undo->rows[i].pid == one->pid && undo->rows[i].start_ticks == one->start_ticks)
			return true;
	return false;
}

/* May it be killed? ERR_NOT_FOUND: it has ended. */
static enum err judge(const struct actor *a, struct action *action, const struct runner *one, struct freeze_undo *own)
{
	const struct freeze_job job = job_of(a, one);
	bool way_in = way_in_is(one->pid);
	char text[FREEZE_TEXT_MAX];
	enum err err = way_in ? ERR_PROTECTED : freeze_look(&job, own, text);

	if (way_in)
		snprintf(text, sizeof(text), "people log in through it; name it by its pid");
	if (err == ERR_EXISTS)
		return ERR_OK;
	if (err != ERR_OK && err != ERR_NOT_FOUND)
		snprintf(action->why, sizeof(action->why), "process %d: %.*s", (int)one->pid, ACTION_WHY_MAX - 24,
			 text);
	return err;
}

static enum err too_many(struct action *action)
{
	snprintf(action->why, sizeof(action->why), "more than %d processes run it, and no control group holds them",
		 RUNNERS_MAX);
	return ERR_FULL;
}

/* Add one to those that are to be stopped, if it has not ended. */
static enum err add(const struct actor *a, struct action *action, const struct runner *one, struct freeze_undo *all)
{
	struct freeze_undo own;
	enum err err = judge(a, action, one, &own);

	if (err != ERR_OK)
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	if (all->count == FREEZE_MAX)
		return ERR_FULL;
	all->rows[all->count++] = own.rows[0];
	return ERR_OK;
}

/* Those that are not known yet. ERR_NOT_FOUND: there is none. */
static enum err find_more(const struct actor *a, struct action *action, struct freeze_undo *all)
{
	static struct runners found;
	unsigned before = all->count;
	enum err err = runner_find(action->receipt.args.path, &found);

	for (unsigned i = 0; i < found.count && err == ERR_OK; i++)
		if (!knows(all, &found.list[i]))
			err = add(a, action, &found.list[i], all);
	if (err == ERR_FULL)
		return too_many(action);
	return err == ERR_OK && all->count == before ? ERR_NOT_FOUND : err;
}

struct search {
	const struct actor *actor;
	struct action *action;
	unsigned count;
	bool more;	/* one was put into the pen */
	struct pen pen; /* where they are put */
};

static enum err count_one(void *owner, const struct runner *one)
{
	struct search *s = owner;
	struct freeze_undo own;
	enum err err = judge(s->actor, s->action, one, &own);

	s->count += err == ERR_OK;
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

enum err kill_program_rails(struct actor *a, struct action *action)
{
	const struct actor_receipt *r = &action->receipt;
	struct search search = {.actor = a, .action = action};
	enum err err = ERR_OK;

	if (r->args.tree) {
		snprintf(action->why, sizeof(action->why), "tree=yes goes with a pid");
		return ERR_INVALID;
	}
	if (message_by_itself(r->origin))
		err = rails_file(&a->settings, r->args.path, r->origin, action->why);
	if (err == ERR_OK)
		err = runner_each(r->args.path, count_one, &search);
	if (err != ERR_OK || search.count <= RUNNERS_MAX || pen_is_there())
		return err;
	return too_many(action);
}

static enum err pen_one(void *owner, const struct runner *one)
{
	struct search *s = owner;
	struct freeze_undo own;
	enum err err;

	if (pen_has(&s->pen, one->pid))
		return ERR_OK;
	err = judge(s->actor, s->action, one, &own);
	if (err == ERR_OK)
		err = pen_put(&s->pen, one->pid, one->start_ticks);
	s->count += err == ERR_OK;
	s->more |= err == ERR_OK;
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* Until a look finds nobody outside of the pen: nobody in it starts another one. Errors: all go on as before. */
static enum err kill_in_pen(struct search *s)
{
	enum err err = ERR_OK;

	s->more = true;
	for (unsigned look = 0; look < LOOKS_MAX && err == ERR_OK && s->more; look++) {
		s->more = false;
		err = runner_each(s->action->receipt.args.path, pen_one, s);
	}
	if (err == ERR_OK)
		err = pen_kill(&s->pen);
	if (err != ERR_OK) {
		pen_release(&s->pen);
		return err;
	}
	s->action->proven = !s->more;
	s->action->round = s->pen.number;
	s->action->receipt.count = s->count;
	return s->count == 0 ? ERR_NOT_FOUND : ERR_OK;
}

/* ERR_OK, too, when one still runs in the kernel: it is killed all the same. */
static enum err stop_all(const struct actor *a, struct action *action, struct freeze_undo *all)
{
	char text[FREEZE_TEXT_MAX];
	enum err err = find_more(a, action, all);

	for (unsigned look = 0; look < LOOKS_MAX && (err == ERR_OK || err == ERR_BUSY); look++) {
		const struct runner first = {all->rows[0].pid, all->rows[0].start_ticks};
		const struct freeze_job job = job_of(a, &first);
		enum err stopped = freeze_apply(&job, all, text);

		if (stopped != ERR_OK && stopped != ERR_BUSY && stopped != ERR_NOT_FOUND) {
			snprintf(action->why, sizeof(action->why), "%.*s", ACTION_WHY_MAX - 1, text);
			return stopped;
		}
		if (stopped == ERR_BUSY)
			(void)poll(NULL, 0, STOP_WAIT_MS);
		err = find_more(a, action, all);
		if (err == ERR_NOT_FOUND && stopped == ERR_BUSY)
			err = ERR_BUSY;
	}
	action->proven = err == ERR_NOT_FOUND;
	return err == ERR_NOT_FOUND || err == ERR_BUSY ? ERR_OK : err;
}

static enum err kill_stopped(struct actor *a, struct action *action)
{
	struct freeze_undo all = {.count = 0};
	char text[FREEZE_TEXT_MAX];
	enum err err = stop_all(a, action, &all);

	for (unsigned i = all.count; i-- > 0 && err == ERR_OK;) {
		err = ending_add(action, all.rows[i].pid, all.rows[i].start_ticks);
		if (err == ERR_NOT_FOUND)
			err = ERR_OK;
		if (err != ERR_OK)
			snprintf(action->why, sizeof(action->why), "process %d: %s", (int)all.rows[i].pid,
				 err_text(err));
	}
	if (err != ERR_OK)
		(void)!freeze_resume(&all, all.boot, text);
	return err == ERR_OK && action->receipt.count == 0 ? ERR_NOT_FOUND : err;
}

enum err kill_program_apply(struct actor *a, struct action *action)
{
	struct search search = {.actor = a, .action = action};
	enum err err = pen_open(&search.pen);

	if (err == ERR_OK)
		err = kill_in_pen(&search);
	return err == ERR_UNSUPPORTED || err == ERR_FULL ? kill_stopped(a, action) : err;
}

/* As ending_left() waits for those that it watches. */
static bool is_pen_empty(const struct action *action)
{
	int64_t until_us = clock_mono_us() + ENDING_WAIT_MS * MS_US;

	while (action->round && !pen_close(action->round)) {
		if (action->tried || clock_mono_us() >= until_us)
			return false;
		(void)poll(NULL, 0, 1);
	}
	return true;
}

bool kill_program_gone(const struct action *action)
{
	static struct runners left;

	return is_pen_empty(action) && runner_find(action->receipt.args.path, &left) == ERR_NOT_FOUND;
}

static void open_pens(struct actor *a)
{
	(void)a;
	pen_clear();
}

const struct means kill_program_means = {
	.open = open_pens,
};
