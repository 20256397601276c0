/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counts what the correlations of a pack count (sigma-correlation-rules-specification.md): events, different values of
 * a field, or which rules matched, for each group of values of the fields to group by, within a time span that slides.
 * A correlation matches when its condition becomes true for a group: with the event that completes it, and not again
 * before the condition was false; a sequence matches again when another one is whole. An event that lacks a field to
 * group by is not counted, for it is in no group.
 *
 * A correlation that counts others counts their matches, with the values of the events that completed them. One event
 * stands for one place of an ordered sequence at most.
 *
 * Time is that of the events, which come in its order; an event from before the last one counts as at the same time.
 * Memory is the caller's and shared equally by the correlations; where a group finds no room, the one whose last event
 * came first is forgotten and counted. Allocates nothing.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/hash.h"
#include "agent/base/lru.h"
#include "agent/sigma/sigma.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CORRELATE_GROUPS_MAX 65534 /* of one correlation */

struct correlate {
	const struct pack *pack;
	struct hash_key key;
	struct lru *groups; /* one table for each correlation, in the caller's memory */
	int64_t last_us;
	uint64_t events;		   /* that were counted or not */
	uint8_t fired[PACK_RULES_MAX / 8]; /* bit: this correlation matched with the present event */
};

/* Which rules matched the present event: bit rule % 8 of byte rule / 8. */
struct correlate_event {
	const struct sigma_event *event;
	const uint8_t *rules;
	int64_t time_us;
};

/* Memory for the tables, aligned to 8, and the most groups that each correlation may have in it. */
struct correlate_room {
	void *memory;
	size_t bytes;
	uint32_t groups_max; /* 1 to CORRELATE_GROUPS_MAX */
};

/*
 * Begin with empty tables in the room's memory, which must outlive it. `key` is random where somebody else chooses the
 * values. ERR_FULL: the memory does not hold one group of each.
 */
ERR_CHECK enum err correlate_init(struct correlate *c, const struct pack *pack, const struct hash_key *key,
				  const struct correlate_room *room);

/* Count an event. `fired` is called for each correlation that matches with it, in their order in the pack. */
void correlate_event(struct correlate *c, const struct correlate_event *e,
		     void (*fired)(void *context, uint32_t correlation), void *context);

/* How many groups were forgotten for want of room. */
uint64_t correlate_evicted(const struct correlate *c);
