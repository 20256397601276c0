/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the fields of audit records by their names. The kernel writes what a process chose (paths, names, arguments) in
 * quotes only if it has neither blanks nor quotes, else as hexadecimal digits, so a blank always ends a field. Never
 * guesses what a missing record had: the event is then cut or dropped, and counted.
 */
#include "agent/source/process_audit.h"

#include "agent/base/buf.h"
#include "agent/base/hex.h"
#include "agent/base/netlink.h"
#include "agent/base/now.h"
#include "agent/base/str.h"

#include <linux/audit.h>

#include <string.h>

#define ARGUMENTS_MAX (1u << 20) /* of one exec; the kernel allows fewer */

/* Take the next "key=value". False: there is none. */
static bool next_field(struct str *text, struct str *key, struct str *value)
{
	while (text->len) {
		*value = str_cut(text, ' ');
		if (str_find_byte(*value, '=') == SIZE_MAX)
			continue;
		*key = str_cut(value, '=');
		return true;
	}
	return false;
}

static uint32_t number_of(struct str value)
{
	uint64_t number = 0;

	return str_number(value, UINT32_MAX, &number) == ERR_OK ? (uint32_t)number : 0;
}

/* "audit(1700000000.123:45): ", which every record begins with. */
static bool take_stamp(struct str *text, int64_t *stamp_ms, uint64_t *serial)
{
	struct str inside, seconds;
	uint64_t s, ms;

	if (!str_take(text, STR("audit(")))
		return false;
	inside = str_cut(text, ')');
	seconds = str_cut(&inside, '.');
	struct str millis = str_cut(&inside, ':');

	if (str_number(seconds, INT64_C(1) << 40, &s) != ERR_OK || millis.len != 3 ||
	    str_number(millis, 999, &ms) != ERR_OK || str_number(inside, UINT64_MAX, serial) != ERR_OK)
		return false;
	*stamp_ms = (int64_t)(s * 1000 + ms);
	return str_take(text, STR(":"));
}

/*
 * Append what a value stands for, as far as there is room. False: it is neither quoted nor digits. *whole: all of it
 * had room.
 */
static bool put_text(struct buf *b, struct str value, bool *whole)
{
	*whole = true;
	if (str_take(&value, STR("\""))) {
		if (!str_take_back(&value, STR("\"")))
			return false;
		*whole = value.len <= b->cap - b->len;
		buf_put(b, str_sub(value, 0, b->cap - b->len));
		return true;
	}
	for (size_t i = 0; i + 1 < value.len; i += 2) {
		int high = hex_digit(value.data[i]), low = hex_digit(value.data[i + 1]);

		if (high < 0 || low < 0)
			return false;
		if (b->len == b->cap)
			*whole = false;
		else
			buf_char(b, (char)(high << 4 | low));
	}
	return value.len % 2 == 0;
}

/* A path; empty: the kernel did not know it. */
static uint16_t path_of(struct str value, char path[PROCESS_AUDIT_PATH_MAX])
{
	struct buf b = buf_over(path, PROCESS_AUDIT_PATH_MAX);
	bool whole;

	if (!put_text(&b, value, &whole) || b.len == 0 || path[0] != '/')
		return 0;
	struct str text = buf_str(&b);

	(void)str_take_back(&text, STR(" (deleted)"));
	return (uint16_t)text.len;
}

static void read_syscall(struct process_audit_event *e, struct str text)
{
	struct process_sample *h = &e->head;
	struct str key, value;
	bool whole, uid = false, euid = false;

	h->loginuid = PROCESS_SAMPLE_NOBODY;
	while (next_field(&text, &key, &value)) {
		struct buf name = buf_over(h->name, sizeof(h->name));

		if (str_equal(key, STR("success")))
			e->began = str_equal(value, STR("yes"));
		else if (str_equal(key, STR("pid")))
			h->pid = number_of(value);
		else if (str_equal(key, STR("ppid")))
			h->ppid = number_of(value);
		else if (str_equal(key, STR("auid")))
			h->loginuid = number_of(value);
		else if (str_equal(key, STR("uid")))
			uid = true, h->uid = number_of(value);
		else if (str_equal(key, STR("euid")))
			euid = true, h->euid = number_of(value);
		else if (str_equal(key, STR("comm")))
			(void)put_text(&name, value, &whole);
		else if (str_equal(key, STR("exe")))
			h->exe_len = path_of(value, e->exe);
	}
	if (uid && euid)
		h->flags |= PROCESS_SAMPLE_IDS;
}

/* "a3" and "a3[0]", the piece of a long argument. False: it is another field. */
static bool is_argument(struct str key, uint32_t *arg, uint32_t *piece, bool *pieces)
{
	struct str number;
	uint64_t n, m = 0;

	*pieces = str_take_back(&key, STR("]"));
	if (!str_take(&key, STR("a")))
		return false;
	number = *pieces ? str_cut(&key, '[') : key;
	if (str_number(number, ARGUMENTS_MAX, &n) != ERR_OK)
		return false;
	if (*pieces && str_number(key, ARGUMENTS_MAX, &m) != ERR_OK)
		return false;
	*arg = (uint32_t)n;
	*piece = (uint32_t)m;
	return true;
}

/* Step to the argument. False: it is not the one that comes next. */
static bool is_next(struct process_audit_event *e, uint32_t arg, uint32_t piece)
{
	if (piece == 0 && e->piece > 0) { /* the long one before it is over */
		e->arg++;
		e->piece = 0;
	}
	return arg == e->arg && piece == e->piece;
}

static void put_argument(struct process_audit_event *e, struct str value, bool begins)
{
	struct buf b = {e->args, e->head.args_len, sizeof(e->args), false};
	bool whole;

	if (e->head.flags & PROCESS_SAMPLE_ARGS_CUT)
		return;
	if (begins && e->arg > 0)
		buf_char(&b, '\0');
	e->gap = !put_text(&b, value, &whole);
	if (e->gap)
		b.len = e->head.args_len;
	else if (!whole || b.overflow)
		e->head.flags |= PROCESS_SAMPLE_ARGS_CUT;
	e->head.args_len = (uint16_t)b.len;
}

static void read_execve(struct process_audit_event *e, struct str text)
{
	struct str key, value;
	uint32_t arg, piece;
	bool pieces;

	e->execs = true;
	while (next_field(&text, &key, &value)) {
		if (str_equal(key, STR("argc")))
			e->argc = number_of(value);
		if (e->gap || !is_argument(key, &arg, &piece, &pieces))
			continue;
		e->gap = !is_next(e, arg, piece);
		if (e->gap)
			continue;
		put_argument(e, value, piece == 0);
		if (pieces)
			e->piece++;
		else
			e->arg++;
	}
}

static void read_cwd(struct process_audit_event *e, struct str text)
{
	struct str key, value;

	while (next_field(&text, &key, &value))
		if (str_equal(key, STR("cwd")))
			e->head.cwd_len = path_of(value, e->cwd);
}

static void give(struct process_audit *a, const struct process_sample *head, int64_t stamp_ms)
{
	a->sample.head = *head;
	a->sample.head.version = PROCESS_SAMPLE_VERSION;
	a->stamp_us = stamp_ms * MS_US;
	a->give(a->context, &a->sample.head, sizeof(a->sample.head) + head->exe_len + head->cwd_len + head->args_len);
}

static void end_event(struct process_audit *a, struct process_audit_event *e)
{
	struct process_sample *h = &e->head;
	char *text = a->sample.bytes + sizeof(*h);

	e->used = false;
	if (!e->execs || (h->pid && !e->began)) /* another system call, or one that failed */
		return;
	e->gap |= e->arg + (e->piece > 0) < e->argc || e->argc == 0;
	a->incomplete += e->gap || !h->pid;
	if (!h->pid)
		return;
	if (e->gap)
		h->flags |= PROCESS_SAMPLE_ARGS_CUT;
	h->kind = PROCESS_SAMPLE_EXEC;
	memcpy(text, e->exe, h->exe_len);
	memcpy(text + h->exe_len, e->cwd, h->cwd_len);
	memcpy(text + h->exe_len + h->cwd_len, e->args, h->args_len);
	give(a, h, e->stamp_ms);
}

/* The event that a record belongs to, which may begin with it. */
static struct process_audit_event *event_of(struct process_audit *a, int64_t stamp_ms, uint64_t serial, int64_t now_us)
{
	struct process_audit_event *e = &a->events[0];

	for (unsigned i = 0; i < PROCESS_AUDIT_EVENTS_MAX; i++) {
		struct process_audit_event *other = &a->events[i];

		if (other->used && other->serial == serial && other->stamp_ms == stamp_ms)
			return other;
		if (e->used && (!other->used || other->since_us < e->since_us))
			e = other;
	}
	if (e->used)
		end_event(a, e);
	memset(e, 0, offsetof(struct process_audit_event, exe));
	e->used = true;
	e->stamp_ms = stamp_ms;
	e->serial = serial;
	e->since_us = now_us;
	return e;
}

static void read_abend(struct process_audit *a, struct str text, int64_t stamp_ms)
{
	struct process_sample h = {.kind = PROCESS_SAMPLE_EXIT};
	struct str key, value;

	while (next_field(&text, &key, &value)) {
		if (str_equal(key, STR("pid")))
			h.pid = number_of(value);
		else if (str_equal(key, STR("sig")))
			h.status = number_of(value) & 0x7f;
	}
	if (h.pid)
		give(a, &h, stamp_ms);
}

/* Rules that came or went, and auditing that was switched off; the kernel tells of more, such as auditd's own pid. */
static void read_change(struct process_audit *a, struct str text)
{
	bool changes = false, own = false;
	struct str key, value;

	while (next_field(&text, &key, &value)) {
		(void)str_take(&value, STR("\""));
		(void)str_take_back(&value, STR("\""));
		if (str_equal(key, STR("op")))
			changes |= str_equal(value, STR("add_rule")) || str_equal(value, STR("remove_rule"));
		else if (str_equal(key, STR("audit_enabled")))
			changes |= str_equal(value, STR("0"));
		else if (str_equal(key, STR("key")))
			own = str_equal(value, STR(PROCESS_AUDIT_KEY));
	}
	a->changes += changes && !own;
}

static bool is_of_an_exec(uint16_t type)
{
	return type == AUDIT_SYSCALL || type == AUDIT_EXECVE || type == AUDIT_CWD || type == AUDIT_EOE;
}

void process_audit_read(struct process_audit *a, struct view datagram, int64_t now_us)
{
	struct netlink_message m;
	struct process_audit_event *e;
	int64_t stamp_ms;
	uint64_t serial;

	if (!netlink_whole(datagram, &m))
		return;
	struct str text = {(const char *)m.body.data, m.body.len};

	while (text.len && (text.data[text.len - 1] == '\0' || text.data[text.len - 1] == '\n'))
		text.len--;
	if (!take_stamp(&text, &stamp_ms, &serial))
		return;
	if (m.type == AUDIT_ANOM_ABEND)
		read_abend(a, text, stamp_ms);
	if (m.type == AUDIT_CONFIG_CHANGE)
		read_change(a, text);
	if (!is_of_an_exec(m.type))
		return;
	e = event_of(a, stamp_ms, serial, now_us);
	e->since_us = now_us;
	switch (m.type) {
	case AUDIT_SYSCALL: read_syscall(e, text); break;
	case AUDIT_EXECVE: read_execve(e, text); break;
	case AUDIT_CWD: read_cwd(e, text); break;
	default: end_event(a, e); break;
	}
}

void process_audit_tick(struct process_audit *a, int64_t now_us)
{
	for (unsigned i = 0; i < PROCESS_AUDIT_EVENTS_MAX; i++)
		if (a->events[i].used && now_us - a->events[i].since_us >= PROCESS_AUDIT_WAIT_US)
			end_event(a, &a->events[i]);
}

int64_t process_audit_deadline(const struct process_audit *a)
{
	int64_t due = INT64_MAX;

	for (unsigned i = 0; i < PROCESS_AUDIT_EVENTS_MAX; i++)
		if (a->events[i].used && a->events[i].since_us + PROCESS_AUDIT_WAIT_US < due)
			due = a->events[i].since_us + PROCESS_AUDIT_WAIT_US;
	return due;
}
