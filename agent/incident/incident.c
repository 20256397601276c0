/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of incidents: what the open findings are of, and what was closed and can be opened again. Keeps the books
 * of each: parts, counts, score. Never decides which finding is of which incident.
 */
#include "agent/incident/incident_table.h"

#include "agent/base/require.h"
#include "agent/base/severity.h"
#include "agent/base/sum.h"
#include "agent/base/view.h"

#include <string.h>

#define UPDATE_MIN_US (10 * SECOND_US)
#define UPDATE_MAX_US (10 * MINUTE_US)

static size_t even(size_t size)
{
	return (size + 7) / 8 * 8;
}

static size_t findings_size(const struct incident_limits *limits)
{
	return even(lru_size(limits->incidents, sizeof(struct finding)));
}

static size_t table_size(const struct incident_limits *limits)
{
	return even(lru_size(limits->incidents, sizeof(struct incident)));
}

size_t incident_size(const struct incident_limits *limits)
{
	return findings_size(limits) + table_size(limits) + limits->evidence_bytes;
}

static unsigned no_lineage(void *context, uint32_t pid, struct process_kin out[], unsigned max)
{
	(void)context;
	(void)pid;
	(void)out;
	(void)max;
	return 0;
}

void incident_init(struct incidents *t, void *memory, const struct incident_limits *limits, struct rules *rules)
{
	uint8_t *at = memory;

	memset(t, 0, sizeof(*t));
	t->rules = rules;
	t->kin.lineage = no_lineage;
	t->next_look_us = t->witness_us = t->tell_us = INT64_MAX;
	memcpy(t->names.identity, limits->identity, sizeof(t->names.identity));
	memcpy(t->names.this_start, limits->identity, sizeof(t->names.this_start));
	lru_init(&t->findings, at, limits->incidents, sizeof(struct finding));
	at += findings_size(limits);
	lru_init(&t->table, at, limits->incidents, sizeof(struct incident));
	evidence_init(&t->evidence, at + table_size(limits), limits->evidence_bytes);
}

void incident_ask_kin(struct incidents *t, struct incident_kin kin)
{
	t->kin = kin;
}

/* Identifiers are hashes under a secret key. */
static uint64_t key_of(const uint8_t id[INCIDENT_ID])
{
	struct view v = view_over(id, INCIDENT_ID);

	return view_be64(&v);
}

static bool was_merged_into(const struct incident *i, const uint8_t id[INCIDENT_ID])
{
	for (unsigned n = 0; n < i->merged_count && n < INCIDENT_MERGED_MAX; n++)
		if (memcmp(i->merged[n], id, INCIDENT_ID) == 0)
			return true;
	return false;
}

const struct incident *incident_get(const struct incidents *t, const uint8_t id[INCIDENT_ID])
{
	const struct incident *i = lru_find(&t->table, key_of(id));

	if (i && memcmp(i->id, id, INCIDENT_ID) == 0)
		return i;
	for (i = lru_newest(&t->table); i && !was_merged_into(i, id); i = lru_older(&t->table, i))
		;
	return i;
}

/* One of before, to be forgotten when the table is full. As each open one has a finding, not all are open. */
static struct incident *closed_longest_ago(const struct incidents *t)
{
	struct incident *i = lru_oldest(&t->table);

	while (i && i->findings > 0)
		i = lru_newer(&t->table, i);
	require(i);
	return i;
}

struct incident *incident_add(struct incidents *t, const uint8_t id[INCIDENT_ID])
{
	struct incident *i = lru_find(&t->table, key_of(id));

	if (i)
		return i;
	if (lru_full(&t->table))
		lru_remove(&t->table, closed_longest_ago(t));
	i = lru_add(&t->table, key_of(id));
	memcpy(i->id, id, INCIDENT_ID);
	return i;
}

struct incident_part *incident_part(struct incident *i, uint64_t rule)
{
	for (unsigned n = 0; n < i->part_count; n++)
		if (i->parts[n].rule == rule)
			return &i->parts[n];
	return NULL;
}

struct incident_part *incident_part_place(struct incidents *t, struct incident *i, uint8_t level)
{
	struct incident_part *least = &i->parts[0];

	if (i->part_count < INCIDENT_PARTS_MAX)
		return &i->parts[i->part_count++];
	for (unsigned n = 1; n < INCIDENT_PARTS_MAX; n++)
		if (i->parts[n].level < least->level)
			least = &i->parts[n];
	t->parts_left_out++;
	if (least->level >= level)
		return NULL;
	i->left_out = sum_u32(i->left_out, least->count);
	return least;
}

static void fill_part(struct incidents *t, struct incident *i, const struct finding *f, struct now now)
{
	uint8_t level = (uint8_t)finding_rule(t, f)->rule->level;
	struct incident_part *p = incident_part(i, f->rule);

	if (!p && (p = incident_part_place(t, i, level)) != NULL)
		*p = (struct incident_part){.rule = f->rule, .first_wall_us = f->first_wall_us, .level = level};
	if (!p) {
		i->left_out = sum_u32(i->left_out, f->count);
		return;
	}
	p->last_wall_us = f->last_wall_us;
	p->grown_us = now.mono_us;
	p->count = sum_u32(p->count, f->count);
}

void incident_enter(struct incidents *t, struct incident *i, struct finding *f, struct now now)
{
	if (i->joined == 0) {
		i->opened_us = now.mono_us;
		i->first_wall_us = f->first_wall_us;
	}
	t->open += i->findings == 0;
	i->findings++;
	i->joined = sum_u32(i->joined, 1);
	i->last_wall_us = f->last_wall_us;
	f->incident = i;
	memcpy(f->id, i->id, INCIDENT_ID);
	fill_part(t, i, f, now);
	lru_touch(&t->table, i);
}

void incident_part_won(struct finding *f)
{
	struct incident_part *p = incident_part(f->incident, f->rule);

	if (p)
		p->won = true;
}

/* When the part is to be told of again, if it grew: when it has come to rest, and now and then while it does not. */
static int64_t due_us(const struct incident_part *p)
{
	int64_t wait = UPDATE_MIN_US << (p->updates < 6 ? p->updates : 6);
	int64_t next = p->recorded_us + (wait < UPDATE_MAX_US ? wait : UPDATE_MAX_US);
	int64_t rest = (p->grown_us > p->recorded_us ? p->grown_us : p->recorded_us) + UPDATE_MIN_US;

	return rest < next ? rest : next;
}

static bool is_due(const struct incident_part *p, struct now now)
{
	return p->recorded == 0 || now.mono_us >= due_us(p);
}

/* The part grew and is not told of yet: that is due when it may be. */
static void owe(struct incidents *t, const struct incident_part *p)
{
	if (due_us(p) < t->tell_us)
		t->tell_us = due_us(p);
}

bool incident_part_grew(const struct finding *f)
{
	const struct incident_part *p = incident_part(f->incident, f->rule);

	return p && p->count != p->recorded;
}

bool incident_part_due(const struct finding *f, struct now now)
{
	const struct incident_part *p = incident_part(f->incident, f->rule);

	return p && p->count != p->recorded && is_due(p, now);
}

struct finding *incident_untold(struct incidents *t, struct now now)
{
	if (now.mono_us < t->tell_us)
		return NULL;
	t->tell_us = INT64_MAX;
	for (struct finding *f = lru_newest(&t->findings); f; f = lru_older(&t->findings, f)) {
		const struct incident_part *p = incident_part(f->incident, f->rule);

		if (!p || p->count == p->recorded)
			continue;
		if (is_due(p, now)) {
			t->tell_us = now.mono_us; /* there may be more */
			return f;
		}
		owe(t, p);
	}
	return NULL;
}

void incident_owe(struct incidents *t, const struct finding *f)
{
	const struct incident_part *p = incident_part(f->incident, f->rule);

	if (p && p->count != p->recorded)
		owe(t, p);
}

bool incident_note(struct incidents *t, struct finding *f, uint32_t weight, struct now now)
{
	struct incident *i = f->incident;
	struct incident_part *p = incident_part(i, f->rule);

	i->last_wall_us = now.wall_us;
	if (!p) {
		i->left_out = sum_u32(i->left_out, weight);
		return false;
	}
	p->last_wall_us = now.wall_us;
	p->count = sum_u32(p->count, weight);
	p->grown_us = now.mono_us;
	if (is_due(p, now))
		return true;
	owe(t, p);
	return false;
}

void incident_recorded(struct finding *f, struct now now)
{
	struct incident_part *p = incident_part(f->incident, f->rule);

	if (!p)
		return;
	p->updates += p->recorded != 0 && p->updates < UINT8_MAX;
	p->recorded = p->count;
	p->recorded_us = now.mono_us;
}

bool incident_leave(struct incidents *t, const struct finding *f, struct now now)
{
	struct incident *i = f->incident;

	require(i->findings > 0);
	if (--i->findings > 0)
		return false;
	i->closed_us = now.mono_us;
	t->open--;
	t->closed++;
	return true;
}

unsigned incident_score(const struct incident *i)
{
	static const uint8_t others[] = {0, 1, 2, 4, 8, 12};
	unsigned level = 0, score = 0;
	bool won = false;

	for (unsigned n = 0; n < i->part_count; n++) {
		const struct incident_part *p = &i->parts[n];

		level = p->level > level ? p->level : level;
		score += others[p->level];
		won |= p->won;
	}
	score = score - others[level] + severity_score(level) + (won ? 10 : 0);
	return score < 100 ? score : 100;
}

enum severity incident_severity(const struct incident *i)
{
	unsigned score = incident_score(i);

	return score >= 80   ? SEV_CRITICAL
	       : score >= 60 ? SEV_HIGH
	       : score >= 40 ? SEV_MEDIUM
	       : score >= 20 ? SEV_LOW
			     : SEV_INFO;
}

uint32_t incident_count(const struct incident *i)
{
	uint32_t count = i->left_out;

	for (unsigned n = 0; n < i->part_count; n++)
		count = sum_u32(count, i->parts[n].count);
	return count;
}
