/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What correlations remember: for each correlation and group (the values that it groups by) the latest marks, each a
 * time and a value. Windows slide. The table is bounded; when it is full, the group that was marked longest ago is
 * forgotten, and counted. A group's key is made of the correlation's id, so marks outlive a restart and another pack.
 */
#pragma once

#include "agent/base/buf.h"
#include "agent/base/lru.h"
#include "agent/base/now.h"
#include "agent/base/view.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TALLY_MARKS 64u /* of one group: more events or values than that cannot be counted */

struct tally {
	struct lru groups;
	uint64_t lost; /* groups that were forgotten */
};

/* An event that a correlation counts. */
struct tally_event {
	uint64_t group;	 /* its key, not 0 */
	uint32_t now;	 /* tally_ticks() */
	uint32_t window; /* ticks */
	uint32_t value;	 /* the hash of what is counted once; of an event in an order, which one of them it is */
};

size_t tally_size(uint32_t groups);

/* Begin empty in memory of tally_size() bytes, aligned to 8, which must outlive it. */
void tally_init(struct tally *t, void *memory, uint32_t groups);

/* Microseconds as ticks of marks. */
uint32_t tally_ticks(int64_t us);

/* Mark the event. Returns how many there are in the window, up to TALLY_MARKS. */
uint32_t tally_times(struct tally *t, const struct tally_event *e);

/* Mark the event's value. Returns how many different ones there are in the window, up to TALLY_MARKS. */
uint32_t tally_values(struct tally *t, const struct tally_event *e);

/*
 * Mark step number `value` of an order, from 0. It counts only if those before came before it, all within the window.
 * Returns how many steps are done: value + 1, or 0.
 */
uint32_t tally_steps(struct tally *t, const struct tally_event *e);

/* Append the groups, those marked last first. Returns how many found no room. */
uint32_t tally_save(const struct tally *t, struct buf *b, uint32_t now);

/* Read them back, every mark `elapsed` ticks older. What comes behind damage is left out. */
void tally_restore(struct tally *t, struct view *v, uint32_t now, uint32_t elapsed);
