/* SPDX-License-Identifier: Apache-2.0 */
/* Open incidents as bytes for the saved state, and back. What comes back may be damaged and is bounded here. */
#include "agent/incident/incident_save.h"

#include "agent/incident/incident_table.h"
#include "agent/rules/rule_old.h"

#define INCIDENT_BYTES 112u /* without its texts */
#define SUBJECT_VERSION 6   /* the first with subjects; before, all incidents were about addresses and host names */
#define HOST_OLD_MAX 48u    /* bytes of a host name then */
#define AGE_MAX_US (10 * 365 * 24 * HOUR_US)

enum flags { EARLY = 1, WIN_VOUCHED = 2, WITNESS = 4 };

void incident_save_names(const struct incidents *t, struct buf *b)
{
	buf_bytes(b, t->names.identity, sizeof(t->names.identity));
	buf_be64(b, t->names.unplaced);
}

void incident_restore_names(struct incidents *t, struct view *v)
{
	view_bytes(v, t->names.identity, sizeof(t->names.identity));
	t->names.unplaced = view_be64(v);
}

static void save_one(const struct incident *i, struct buf *b, struct now now)
{
	buf_be64(b, i->group);
	buf_be64(b, (uint64_t)i->first_wall_us);
	buf_be64(b, (uint64_t)i->last_wall_us);
	buf_be64(b, (uint64_t)(now.mono_us - i->last_us));
	buf_be64(b, (uint64_t)(now.mono_us - i->recorded_us));
	buf_be64(b, (uint64_t)(now.mono_us - i->acted_us));
	buf_be32(b, i->count);
	buf_be32(b, i->recorded);
	buf_bytes(b, i->id, sizeof(i->id));
	subject_save(&i->subject, b);
	buf_be64(b, i->rule);
	buf_be8(b, i->service);
	buf_be8(b, i->updates);
	buf_be32(b, i->refused);
	buf_be8(b,
		(uint8_t)((i->early ? EARLY : 0) | (i->win_vouched ? WIN_VOUCHED : 0) | (i->witness_us ? WITNESS : 0)));
	buf_be8(b, i->user_len);
	buf_bytes(b, i->user, i->user_len);
}

uint32_t incident_save(const struct incidents *t, struct buf *b, struct now now)
{
	uint32_t left_out = 0;

	for (const struct incident *i = lru_newest(&t->open); i; i = lru_older(&t->open, i)) {
		if (b->cap - b->len < INCIDENT_BYTES + i->user_len + i->subject.len)
			left_out++;
		else
			save_one(i, b, now);
	}
	return left_out;
}

static int64_t take_age(struct view *v, const struct saved_as *as)
{
	uint64_t age = view_be64(v);

	if (age > (uint64_t)AGE_MAX_US)
		age = (uint64_t)AGE_MAX_US;
	return as->now.mono_us - (int64_t)age - as->elapsed_us;
}

static void take_flags(struct incident *i, uint8_t flags, struct now now)
{
	i->early = flags & EARLY;
	i->win_vouched = flags & WIN_VOUCHED;
	i->witness_us = flags & WITNESS ? now.mono_us + INCIDENT_WITNESS_US : 0;
}

/* The texts. False: they make no sense. */
static bool take_texts(struct incident *i, struct view *v, const struct saved_as *as)
{
	bool old = as->version < SUBJECT_VERSION;

	i->user_len = view_be8(v);
	if (old)
		i->subject.len = view_be8(v);
	if (i->user_len > INCIDENT_USER_MAX || (old && i->subject.len > HOST_OLD_MAX))
		return false;
	view_bytes(v, i->user, i->user_len);
	if (old)
		view_bytes(v, i->subject.value, i->subject.len);
	return !v->short_read;
}

/* False: it makes no sense. */
static bool take_one(struct incident *i, struct view *v, const struct saved_as *as)
{
	i->group = view_be64(v);
	i->first_wall_us = (int64_t)view_be64(v);
	i->last_wall_us = (int64_t)view_be64(v);
	i->last_us = take_age(v, as);
	i->recorded_us = take_age(v, as);
	i->acted_us = take_age(v, as);
	i->count = view_be32(v);
	i->recorded = view_be32(v);
	view_bytes(v, i->id, sizeof(i->id));
	if (as->version < SUBJECT_VERSION)
		i->subject = (struct subject){.kind = SUBJECT_SRC, .addr = addr_restore(v)};
	else if (!subject_restore(&i->subject, v))
		return false;
	i->rule = rule_old_take(v, as->version);
	i->service = view_be8(v);
	i->updates = view_be8(v);
	i->refused = as->version > 2 ? view_be32(v) : view_be8(v);
	take_flags(i, as->version > 1 ? view_be8(v) : 0, as->now);
	return take_texts(i, v, as);
}

uint32_t incident_restore(struct incidents *t, struct view *v, const struct saved_as *as)
{
	uint32_t unknown = 0;
	struct incident i = {.count = 0};

	while (v->len && take_one(&i, v, as)) {
		unknown += !incident_put_back(t, &i);
		i = (struct incident){.count = 0};
	}
	return unknown;
}
