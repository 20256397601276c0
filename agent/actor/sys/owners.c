/* SPDX-License-Identifier: Apache-2.0 */
/* Takes questions, and small steps towards their answers. Never takes one that a second's share of looks forbids. */
#include "agent/actor/sys/owners.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define READ_LOOKS 10u /* files that are read of a process that was found */

static void open_once(struct owners *o, int64_t now_us)
{
	if (o->opened)
		return;
	o->opened = true;
	o->proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	budget_init(&o->looks, OWNERS_LOOKS_A_SECOND, SECOND_US, now_us);
}

static void answer(const struct owners_question *q, enum err err, struct actor_owner_answer *out)
{
	memset(out, 0, sizeof(*out));
	out->header = (struct actor_header){MESSAGE_VERSION, ACTOR_OWNER_ANSWER, sizeof(*out), q->request};
	out->err = (uint8_t)err;
}

enum err owners_ask(struct owners *o, const struct actor_owner *m, int64_t now_us, struct actor_owner_answer *out)
{
	struct owners_question q = {m->header.request_id, m->inode, m->uid, now_us + OWNERS_WAIT_US, OWNERS_NEW};

	if (m->inode == 0)
		return ERR_PROTOCOL;
	open_once(o, now_us);
	for (unsigned i = 0; i < OWNERS_MAX; i++)
		if (o->asked[i].state == OWNERS_FREE) {
			o->asked[i] = q;
			return ERR_OK;
		}
	answer(&q, ERR_BUSY, out);
	return ERR_BUSY;
}

/* Answer with the process that has the socket, if it still is that process's. */
static bool answer_found(struct owners *o, struct owners_question *q, const struct owner_found *found,
			 struct actor_owner_answer *out)
{
	static union proc_sample process;

	if (owner_read(o->proc, found, &process) == 0)
		return false;
	answer(q, ERR_OK, out);
	out->pid = found->pid;
	memcpy(out->name, process.head.name, sizeof(out->name));
	out->exe_len = process.head.exe_len < sizeof(out->exe) ? process.head.exe_len : sizeof(out->exe);
	memcpy(out->exe, process.bytes + sizeof(process.head), out->exe_len);
	return true;
}

static bool try_known(struct owners *o, struct owners_question *q, int64_t now_us, struct actor_owner_answer *out)
{
	q->state = OWNERS_WAITS;
	for (unsigned i = 0; i < OWNERS_KNOWN; i++) {
		if (o->known[i].inode != q->inode)
			continue;
		for (unsigned looks = 0; looks < READ_LOOKS; looks++)
			(void)budget_spend(&o->looks, now_us);
		if (answer_found(o, q, &o->known[i], out)) {
			q->state = OWNERS_FREE;
			return true;
		}
	}
	return false;
}

static struct owners_question *find(struct owners *o, uint8_t state)
{
	for (unsigned i = 0; i < OWNERS_MAX; i++)
		if (o->asked[i].state == state)
			return &o->asked[i];
	return NULL;
}

static void change_all(struct owners *o, uint8_t from, uint8_t to)
{
	for (struct owners_question *q; (q = find(o, from)) != NULL;)
		q->state = to;
}

/* The users that made the sockets in the first walk, all others in the second. */
static bool wants(const void *context, uint32_t uid)
{
	const struct owners *o = context;

	for (unsigned i = 0; i < OWNERS_MAX; i++)
		if (o->asked[i].state == OWNERS_WALKED && o->asked[i].uid == uid)
			return !o->others;
	return o->others;
}

static void begin_walk(struct owners *o, bool others)
{
	o->others = others;
	if (!others)
		change_all(o, OWNERS_WAITS, OWNERS_WALKED);
	o->walking = o->proc >= 0 && find(o, OWNERS_WALKED) && owner_begin(&o->walk, o->proc, wants, o);
	if (!o->walking)
		change_all(o, OWNERS_WALKED, OWNERS_OVER);
}

static void end_walk(struct owners *o)
{
	o->walking = false;
	if (o->others)
		change_all(o, OWNERS_WALKED, OWNERS_OVER);
	else
		begin_walk(o, true);
}

static void stop_walk(struct owners *o)
{
	if (o->walking)
		owner_end(&o->walk);
	o->walking = false;
}

/* It may be what a question is about that came when the walk was under way. */
static void note_found(struct owners *o, const struct owner_found *found)
{
	bool asked = false;

	for (unsigned i = 0; i < OWNERS_MAX; i++) {
		struct owners_question *q = &o->asked[i];

		if (q->state == OWNERS_FREE || q->inode != found->inode)
			continue;
		q->state = OWNERS_NEW;
		asked = true;
	}
	if (asked)
		o->known[o->known_next++ % OWNERS_KNOWN] = *found;
}

/* One process or descriptor more. */
static void walk(struct owners *o)
{
	struct owner_found found;

	if (!o->walking) {
		begin_walk(o, false);
		return;
	}
	switch (owner_next(&o->walk, &found)) {
	case OWNER_END: end_walk(o); break;
	case OWNER_SOCKET: note_found(o, &found); break;
	case OWNER_NOTHING: break;
	}
}

/* One that needs no look any more. */
static bool answer_over(struct owners *o, int64_t now_us, struct actor_owner_answer *out)
{
	for (unsigned i = 0; i < OWNERS_MAX; i++) {
		struct owners_question *q = &o->asked[i];

		if (q->state != OWNERS_OVER && (q->state == OWNERS_FREE || q->until_us > now_us))
			continue;
		answer(q, q->state == OWNERS_OVER ? ERR_NOT_FOUND : ERR_BUSY, out);
		q->state = OWNERS_FREE;
		return true;
	}
	return false;
}

static bool is_asked(const struct owners *o)
{
	for (unsigned i = 0; i < OWNERS_MAX; i++)
		if (o->asked[i].state != OWNERS_FREE)
			return true;
	return false;
}

bool owners_step(struct owners *o, int64_t now_us, struct actor_owner_answer *out)
{
	struct owners_question *fresh;

	if (!is_asked(o)) {
		stop_walk(o);
		return false;
	}
	if (answer_over(o, now_us, out))
		return true;
	if (!budget_spend(&o->looks, now_us))
		return false;
	fresh = find(o, OWNERS_NEW);
	if (fresh)
		return try_known(o, fresh, now_us, out);
	walk(o);
	return false;
}

int64_t owners_next_us(const struct owners *o, int64_t now_us)
{
	int64_t next_us = INT64_MAX;

	for (unsigned i = 0; i < OWNERS_MAX; i++) {
		const struct owners_question *q = &o->asked[i];

		if (q->state != OWNERS_FREE && q->until_us < next_us)
			next_us = q->until_us;
		if (q->state == OWNERS_OVER)
			return now_us;
	}
	if (next_us != INT64_MAX && budget_next_us(&o->looks, now_us) < next_us)
		next_us = budget_next_us(&o->looks, now_us);
	return next_us;
}

void owners_forget(struct owners *o)
{
	for (unsigned i = 0; i < OWNERS_MAX; i++)
		o->asked[i].state = OWNERS_FREE;
	stop_walk(o);
}
