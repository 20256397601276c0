/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A limit on how often something may be done: at most `limit` times in any interval as long as the window. Each use
 * counts for at least the window and at most one slot (a sixtieth of the window) longer. A limit of 0 allows nothing.
 * Pure; times are microseconds of a monotonic clock.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define BUDGET_SLOTS 60

struct budget {
	uint32_t limit;
	uint32_t taken;			   /* uses in all slots */
	int64_t slot_us;		   /* the length of a slot */
	int64_t slot;			   /* the newest slot: its start / slot_us */
	uint32_t counts[BUDGET_SLOTS + 1]; /* uses in each slot, as a ring: the current slot and a whole window */
};

/* Begin with no uses. window_us must be positive. */
void budget_init(struct budget *b, uint32_t limit, int64_t window_us, int64_t now_us);

/* The earliest time, not before now_us, at which one more use is allowed. INT64_MAX: never, because the limit is 0. */
int64_t budget_next_us(const struct budget *b, int64_t now_us);

/*
 * Count one use, if it is allowed now. False: it is not, and nothing was counted. A clock that is set back frees none.
 */
bool budget_spend(struct budget *b, int64_t now_us);
