/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the incident that a finding belongs to, and makes one of two. Never opens or closes one otherwise. */
#include "agent/incident/incident_table.h"

#include "agent/base/sum.h"

#include <string.h>

bool incident_shares(const struct incident *i, const struct incident_keys *keys)
{
	for (unsigned n = 0; n < i->key_count; n++)
		for (unsigned k = 0; k < keys->seen_count; k++)
			if (i->keys[n] == keys->seen[k])
				return true;
	return false;
}

static bool is_older(const struct incident *a, const struct incident *b)
{
	if (a->opened_us != b->opened_us)
		return a->opened_us < b->opened_us;
	return memcmp(a->id, b->id, INCIDENT_ID) < 0;
}

/* Whether other findings may join it still. */
static bool is_joinable(const struct incidents *t, const struct incident *i)
{
	int64_t now_us = t->work.now.mono_us;

	return now_us - i->opened_us < INCIDENT_JOIN_US &&
	       (i->findings > 0 || now_us - i->closed_us < INCIDENT_REOPEN_US);
}

/* Of two that match the better one: the open one, of two open ones the older, of two closed ones the later. */
static bool is_better(const struct incident *a, const struct incident *b)
{
	if (!b || !a->findings != !b->findings)
		return !b || a->findings > 0;
	return a->findings > 0 ? is_older(a, b) : a->closed_us > b->closed_us;
}

static void merge_part(struct incidents *t, struct incident *old, const struct incident_part *from)
{
	struct incident_part *to = incident_part(old, from->rule);

	if (!to && (to = incident_part_place(t, old, from->level)) != NULL) {
		*to = *from;
		return;
	}
	if (!to) {
		old->left_out = sum_u32(old->left_out, from->count);
		return;
	}
	to->count = sum_u32(to->count, from->count);
	to->recorded = sum_u32(to->recorded, from->recorded);
	if (from->first_wall_us < to->first_wall_us)
		to->first_wall_us = from->first_wall_us;
	if (from->last_wall_us > to->last_wall_us)
		to->last_wall_us = from->last_wall_us;
	to->won |= from->won;
}

static void merge_parts(struct incidents *t, struct incident *old, const struct incident *young)
{
	for (unsigned n = 0; n < young->part_count; n++)
		merge_part(t, old, &young->parts[n]);
	old->left_out = sum_u32(old->left_out, young->left_out);
}

static void add_merged(struct incident *old, const uint8_t id[INCIDENT_ID])
{
	if (old->merged_count < INCIDENT_MERGED_MAX)
		memcpy(old->merged[old->merged_count], id, INCIDENT_ID);
	old->merged_count += old->merged_count < UINT8_MAX;
}

static void merge_rest(struct incidents *t, struct incident *old, const struct incident *young)
{
	struct incident_keys keys = {.own_count = 0};

	for (unsigned n = 0; n < young->key_count; n++) {
		keys.own[0] = young->keys[n];
		keys.own_count = 1;
		incident_keys_put(t, old, &keys);
	}
	add_merged(old, young->id);
	for (unsigned n = 0; n < young->merged_count && n < INCIDENT_MERGED_MAX; n++)
		add_merged(old, young->merged[n]);
	old->joined = sum_u32(old->joined, young->joined);
	old->findings += young->findings;
	if (young->first_wall_us < old->first_wall_us)
		old->first_wall_us = young->first_wall_us;
	if (young->last_wall_us > old->last_wall_us)
		old->last_wall_us = young->last_wall_us;
}

/* The younger incident becomes part of the older one; `gone` is what is to be told of it. */
static void merge(struct incidents *t, struct incident *old, struct incident *young, struct incident_gone *gone)
{
	for (struct finding *f = lru_oldest(&t->findings); f; f = lru_newer(&t->findings, f)) {
		if (f->incident != young)
			continue;
		gone->finding = *f;
		f->incident = old;
		memcpy(f->id, old->id, INCIDENT_ID);
	}
	merge_parts(t, old, young);
	merge_rest(t, old, young);
	gone->incident = *young;
	gone->incident.findings = 0;
	gone->incident.is_merged = true;
	memcpy(gone->incident.into, old->id, INCIDENT_ID);
	gone->finding.incident = &gone->incident;
	lru_remove(&t->table, young);
	t->open--;
	t->merged++;
}

struct incident *incident_match(struct incidents *t, const struct incident_keys *keys, struct incident *own,
				unsigned *merges)
{
	struct incident *best = own, *next;

	*merges = 0;
	for (struct incident *i = lru_newest(&t->table); i; i = lru_older(&t->table, i))
		if (i != own && is_joinable(t, i) && incident_shares(i, keys) && is_better(i, best))
			best = i;
	if (!best || best->findings == 0)
		return best;
	for (struct incident *i = lru_newest(&t->table); i && *merges < INCIDENT_MERGES_MAX; i = next) {
		next = lru_older(&t->table, i);
		if (i != best && i->findings > 0 && (i == own || (is_joinable(t, i) && incident_shares(i, keys))))
			merge(t, best, i, &t->merges[(*merges)++]);
	}
	return best;
}
