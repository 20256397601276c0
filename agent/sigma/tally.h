/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What correlations remember: for each correlation and group (the values that it groups by) the latest marks, each a
 * time and a value. Windows slide. The table is bounded; when it is full, the group that was marked longest ago is
 * forgotten, and counted if its window was not over. A group's key is made of the correlation's id, so marks outlive a
 * restart and another pack.
 */
#pragma once

#include "agent/base/buf.h"
#include "agent/base/lru.h"
#include "agent/base/view.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TALLY_GROUPS_MAX 65534u /* of one table */
#define TALLY_MARKS_MAX 65536u	/* of one group; of those that are saved TALLY_SAVED_MAX */
#define TALLY_SAVED_MAX 255u

struct tally {
	struct lru groups;
	uint64_t lost;	 /* groups that were forgotten within their window */
	uint32_t marks;	 /* of one group at most; the oldest one makes room */
	uint32_t serial; /* of the last event */
};

enum tally_kind {
	TALLY_TIMES,  /* events are counted */
	TALLY_VALUES, /* different values are */
	TALLY_STEPS,  /* `value` is a step of an order, from 0, which counts only behind those before it */
};

/* An event that a correlation counts. */
struct tally_event {
	enum tally_kind kind;
	uint64_t group; /* its key, not 0 */
	int64_t now_us;
	int64_t window_us;
	uint64_t value;
};

/* What the group has in the window that ends with the event, or with a later one that it knows already. */
struct tally_counted {
	uint32_t before, after; /* events, values or steps without and with this event, up to the table's marks */
	uint32_t step;		/* STEPS: those of the order with this event; 0: the one before it is missing */
	bool moved;		/* STEPS: that order began later than the last one that came as far */
	bool *held;		/* the caller's, of the group: false at first, true of one that was restored */
};

size_t tally_size(uint32_t groups, uint32_t marks);

/*
 * Begin empty in memory of tally_size() bytes, aligned to 8, which must outlive it. From 1 to TALLY_GROUPS_MAX and
 * TALLY_MARKS_MAX.
 */
void tally_init(struct tally *t, void *memory, uint32_t groups, uint32_t marks);

/* Mark the event. False: it is older than the group's window, or a step without any before it, and is not counted. */
bool tally_count(struct tally *t, const struct tally_event *e, struct tally_counted *out);

/* Append the groups, those marked last first. Returns how many found no room. */
uint32_t tally_save(const struct tally *t, struct buf *b, int64_t now_us);

/* Read them back, every mark `elapsed_us` older. What comes behind damage is left out. */
void tally_restore(struct tally *t, struct view *v, int64_t now_us, int64_t elapsed_us);
