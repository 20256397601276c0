/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How often something may be done: never more than `limit` times in any stretch of time as long as the window. Pure. A
 * limit of 0 allows nothing. What was taken counts for the window and up to one slot, a sixtieth of it, more.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define BUDGET_SLOTS 60

struct budget {
	uint32_t limit;
	uint32_t taken; /* in all slots */
	int64_t slot_us;
	int64_t slot;			   /* the newest: its time / slot_us */
	uint32_t counts[BUDGET_SLOTS + 1]; /* by slot, a ring: the newest, which is not over, and a window */
};

void budget_init(struct budget *b, uint32_t limit, int64_t window_us, int64_t now_us);

/* When one more may be done: now_us, or the time when so much is older than the window; INT64_MAX for a limit of 0. */
int64_t budget_next_us(const struct budget *b, int64_t now_us);

/* Whether one more may be done now; takes it when so. A clock that goes back gives nothing. */
bool budget_spend(struct budget *b, int64_t now_us);
