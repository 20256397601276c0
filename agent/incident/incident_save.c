/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Incidents and open findings as bytes for the saved state, and back. What comes back may be damaged and is bounded
 * here. A finding has the format of what was an incident before incidents had several; what was kept of its records
 * then stands in its part now, and is written as zeros.
 */
#include "agent/incident/incident_save.h"

#include "agent/incident/incident_table.h"
#include "agent/rules/rule_old.h"

#define FINDING_BYTES 112u /* without its texts */
#define SUBJECT_VERSION 6  /* the first with subjects; before, all incidents were about addresses and host names */
#define HOST_OLD_MAX 48u   /* bytes of a host name then */
#define AGE_MAX_US (10 * 365 * 24 * HOUR_US)

#define INCIDENT_BYTES 100u /* without its lists */
#define PART_BYTES 43u

enum flags { EARLY = 1, WIN_VOUCHED = 2, WITNESS = 4 };

#define PLAYED_SHIFT 3 /* enum finding_played, behind the flags */

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

static uint8_t flags_of(const struct finding *i)
{
	return (uint8_t)((i->early ? EARLY : 0) | (i->win_vouched ? WIN_VOUCHED : 0) | (i->witness_us ? WITNESS : 0) |
			 i->played << PLAYED_SHIFT);
}

static void save_one(const struct finding *i, struct buf *b, struct now now)
{
	buf_be64(b, i->group);
	buf_be64(b, (uint64_t)i->first_wall_us);
	buf_be64(b, (uint64_t)i->last_wall_us);
	buf_be64(b, (uint64_t)(now.mono_us - i->last_us));
	buf_be64(b, 0);
	buf_be64(b, (uint64_t)(now.mono_us - i->acted_us));
	buf_be32(b, i->count);
	buf_be32(b, 0);
	buf_bytes(b, i->id, sizeof(i->id));
	subject_save(&i->subject, b);
	buf_be64(b, i->rule);
	buf_be8(b, i->service);
	buf_be8(b, 0);
	buf_be32(b, i->refused);
	buf_be8(b, flags_of(i));
	buf_be8(b, i->user_len);
	buf_bytes(b, i->user, i->user_len);
}

uint32_t incident_save_findings(const struct incidents *t, struct buf *b, struct now now)
{
	uint32_t left_out = 0;

	for (const struct finding *f = lru_newest(&t->findings); f; f = lru_older(&t->findings, f)) {
		if (b->cap - b->len < FINDING_BYTES + f->user_len + f->subject.len)
			left_out++;
		else
			save_one(f, b, now);
	}
	return left_out;
}

static void save_lists(const struct incident *i, struct buf *b, struct now now)
{
	unsigned merged = i->merged_count < INCIDENT_MERGED_MAX ? i->merged_count : INCIDENT_MERGED_MAX;

	buf_be8(b, i->key_count);
	for (unsigned n = 0; n < i->key_count; n++)
		buf_be64(b, i->keys[n]);
	buf_be8(b, i->part_count);
	for (unsigned n = 0; n < i->part_count; n++) {
		const struct incident_part *p = &i->parts[n];

		buf_be64(b, p->rule);
		buf_be64(b, (uint64_t)p->first_wall_us);
		buf_be64(b, (uint64_t)p->last_wall_us);
		buf_be64(b, (uint64_t)(now.mono_us - p->recorded_us));
		buf_be32(b, p->count);
		buf_be32(b, p->recorded);
		buf_be8(b, p->level);
		buf_be8(b, p->updates);
		buf_be8(b, p->won);
	}
	for (unsigned n = 0; n < merged; n++)
		buf_bytes(b, i->merged[n], INCIDENT_ID);
}

static size_t bytes_of(const struct incident *i)
{
	return INCIDENT_BYTES + i->key_count * 8u + i->part_count * PART_BYTES +
	       INCIDENT_MERGED_MAX * (size_t)INCIDENT_ID;
}

uint32_t incident_save(const struct incidents *t, struct buf *b, struct now now)
{
	uint32_t left_out = 0;

	for (const struct incident *i = lru_newest(&t->table); i; i = lru_older(&t->table, i)) {
		if (i->findings == 0 && now.mono_us - i->closed_us >= INCIDENT_REOPEN_US)
			continue;
		if (b->cap - b->len < bytes_of(i)) {
			left_out++;
			continue;
		}
		buf_bytes(b, i->id, INCIDENT_ID);
		buf_be64(b, (uint64_t)i->first_wall_us);
		buf_be64(b, (uint64_t)i->last_wall_us);
		buf_be64(b, (uint64_t)(now.mono_us - i->opened_us));
		buf_be64(b, (uint64_t)(now.mono_us - (i->findings ? now.mono_us : i->closed_us)));
		buf_be32(b, i->joined);
		buf_be32(b, i->reopened);
		buf_be32(b, i->left_out);
		buf_be8(b, i->merged_count);
		save_lists(i, b, now);
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

static void take_flags(struct finding *i, uint8_t flags, struct now now)
{
	i->early = flags & EARLY;
	i->win_vouched = flags & WIN_VOUCHED;
	i->played = flags >> PLAYED_SHIFT & 3;
	i->witness_us = flags & WITNESS ? now.mono_us + INCIDENT_WITNESS_US : 0;
}

/* The texts. False: they make no sense. */
static bool take_texts(struct finding *i, struct view *v, const struct saved_as *as)
{
	bool old = as->version < SUBJECT_VERSION;

	i->user_len = view_be8(v);
	if (old)
		i->subject.len = view_be8(v);
	if (i->user_len > FINDING_USER_MAX || (old && i->subject.len > HOST_OLD_MAX))
		return false;
	view_bytes(v, i->user, i->user_len);
	if (old)
		view_bytes(v, i->subject.value, i->subject.len);
	return !v->short_read;
}

/* False: it makes no sense. */
static bool take_one(struct finding *i, struct view *v, const struct saved_as *as)
{
	i->group = view_be64(v);
	i->first_wall_us = (int64_t)view_be64(v);
	i->last_wall_us = (int64_t)view_be64(v);
	i->last_us = take_age(v, as);
	view_be64(v);
	i->acted_us = take_age(v, as);
	i->count = view_be32(v);
	view_be32(v);
	view_bytes(v, i->id, sizeof(i->id));
	if (as->version < SUBJECT_VERSION)
		i->subject = (struct subject){.kind = SUBJECT_SRC, .addr = addr_restore(v)};
	else if (!subject_restore(&i->subject, v))
		return false;
	i->rule = rule_old_take(v, as->version);
	i->service = view_be8(v);
	view_be8(v);
	i->refused = as->version > 2 ? view_be32(v) : view_be8(v);
	take_flags(i, as->version > 1 ? view_be8(v) : 0, as->now);
	return take_texts(i, v, as);
}

/* False: they make no sense. */
static bool take_lists(struct incident *i, struct view *v, const struct saved_as *as)
{
	i->key_count = view_be8(v);
	if (i->key_count > INCIDENT_KEYS_MAX)
		return false;
	for (unsigned n = 0; n < i->key_count; n++)
		i->keys[n] = view_be64(v);
	i->part_count = view_be8(v);
	if (i->part_count > INCIDENT_PARTS_MAX)
		return false;
	for (unsigned n = 0; n < i->part_count; n++) {
		struct incident_part *p = &i->parts[n];

		p->rule = view_be64(v);
		p->first_wall_us = (int64_t)view_be64(v);
		p->last_wall_us = (int64_t)view_be64(v);
		p->recorded_us = take_age(v, as);
		p->count = view_be32(v);
		p->recorded = view_be32(v);
		p->level = view_be8(v);
		p->updates = view_be8(v);
		p->won = view_be8(v) != 0;
		if (p->level > SEV_CRITICAL)
			return false;
	}
	for (unsigned n = 0; n < i->merged_count && n < INCIDENT_MERGED_MAX; n++)
		view_bytes(v, i->merged[n], INCIDENT_ID);
	return !v->short_read;
}

static bool take_incident(struct incident *i, struct view *v, const struct saved_as *as)
{
	view_bytes(v, i->id, INCIDENT_ID);
	i->first_wall_us = (int64_t)view_be64(v);
	i->last_wall_us = (int64_t)view_be64(v);
	i->opened_us = take_age(v, as);
	i->closed_us = take_age(v, as);
	i->joined = view_be32(v);
	i->reopened = view_be32(v);
	i->left_out = view_be32(v);
	i->merged_count = view_be8(v);
	return take_lists(i, v, as);
}

void incident_restore(struct incidents *t, struct view *v, const struct saved_as *as)
{
	struct incident i = {.findings = 0};

	while (v->len && !lru_full(&t->table) && take_incident(&i, v, as)) {
		struct incident *to = incident_add(t, i.id);

		if (to->joined == 0) {
			*to = i;
			lru_sink(&t->table, to); /* the newest comes first */
		}
		for (unsigned n = 0; n < i.part_count; n++)
			rule_set_use(t->rules->set, i.parts[n].rule);
		i = (struct incident){.findings = 0};
	}
}

/* Back into its incident, which has counted it already; or into one of its own. */
static void put_back(struct incidents *t, struct finding *f, const uint8_t id[INCIDENT_ID], struct now now)
{
	struct incident *i = incident_add(t, id);

	if (i->joined == 0) {
		incident_enter(t, i, f, now);
		incident_recorded(f, now);
		i->opened_us = f->last_us;
		return;
	}
	t->open += i->findings == 0;
	i->findings++;
	f->incident = i;
	incident_owe(t, f);
}

uint32_t incident_restore_findings(struct incidents *t, struct view *v, const struct saved_as *as)
{
	uint32_t unknown = 0;
	struct finding saved = {.count = 0};

	while (v->len && take_one(&saved, v, as)) {
		bool nobodys;
		struct finding *f = finding_put_back(t, &saved, as->now, &nobodys);

		unknown += nobodys;
		if (f)
			put_back(t, f, saved.id, as->now);
		saved = (struct finding){.count = 0};
	}
	return unknown;
}
