/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counts what the correlations of a pack count (sigma-correlation-rules-specification.md): events, different values of
 * a field, or which rules matched, for each group of values of the fields to group by, within a time span that slides.
 * The guard counts with it, and so do the tests of packs and `caltrop rule test`; they differ in the memory they give.
 *
 * A correlation matches when its condition becomes true for a group: with the event that completes it, and not again
 * before the condition was false; a sequence matches again when another one is whole. Events that are counted while the
 * condition holds are told apart from that: they belong to the same matter. An event that lacks a field to group by is
 * not counted, for it is in no group. A correlation that counts others counts their matches, with the values of the
 * events that completed them. One event stands for one place of an ordered sequence at most, and is counted once
 * however many of the rules it matched. Equal events that came together may be given as one that happened several
 * times; what others then count of a correlation is still one match.
 *
 * Time is that of the events. One that comes late counts at its own time, if that is within the group's window.
 * Memory is the caller's (tally.h). Allocates nothing.
 *
 *   correlate_begin(correlate, event, its time, how often it happened)
 *   for each rule that it matches:               correlate_rule(correlate, rule)
 *   for each correlation, in the pack's order:   correlate_count(correlate, number)
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/hash.h"
#include "agent/sigma/sigma.h"
#include "agent/sigma/tally.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct correlate {
	const struct pack *pack;
	const struct hash_key *key;
	struct tally *tallies; /* one for each correlation, or one for all */
	uint32_t tally_count;
	const struct sigma_event *event;
	int64_t now_us;
	uint32_t times;
	uint8_t rules[PACK_RULES_MAX / 8]; /* bit: this rule matches the present event */
	uint8_t fired[PACK_RULES_MAX / 8]; /* bit: this correlation matches with it */
};

enum correlate_answer {
	CORRELATE_NOTHING,
	CORRELATE_GOES_ON, /* the event was counted, and the condition holds as it did before */
	CORRELATE_MATCHES,
};

/* Memory for tables, aligned to 8, and the most groups that each correlation may have in it. */
struct correlate_room {
	void *memory;
	size_t bytes;
	uint32_t groups_max; /* 1 to TALLY_GROUPS_MAX */
};

/* Marks that a group of the correlation needs so that the condition's answer is the same with more. */
uint32_t correlate_marks(const struct pack_correlation *row);

/* Bytes of room in which each correlation of the pack has `groups` groups. */
size_t correlate_size(const struct pack *pack, uint32_t groups);

/*
 * Begin with empty tables, one for each correlation, which share the room equally. Pack, key and room must outlive it.
 * The key is random where somebody else chooses the values. ERR_FULL: the memory does not hold one group of each.
 */
ERR_CHECK enum err correlate_init(struct correlate *c, const struct pack *pack, const struct hash_key *key,
				  const struct correlate_room *room);

/* Begin with one table for all, which may have marks of before. It has correlate_marks() of those that are counted. */
void correlate_over(struct correlate *c, const struct pack *pack, const struct hash_key *key, struct tally *tally);

/* The next event, which happened `times` times, 1 or more, and which no rule matches yet. It must outlive the calls of
 * correlate_count(). */
void correlate_begin(struct correlate *c, const struct sigma_event *event, int64_t now_us, uint32_t times);

/* The event matches this rule. */
void correlate_rule(struct correlate *c, uint32_t rule);

/* Whether the event matches a rule, or completed a correlation (PACK_CORRELATION). */
bool correlate_has(const struct correlate *c, uint32_t target);

/* Count the event for correlation number `number`. */
enum correlate_answer correlate_count(struct correlate *c, uint32_t number);

/* How many groups were forgotten within their windows for want of room. */
uint64_t correlate_lost(const struct correlate *c);
