/* SPDX-License-Identifier: Apache-2.0 */
/* Counts uses in the slots of a sliding window; see budget.h. Never reads a clock. */
#include "agent/base/budget.h"

#include <string.h>

#define RING (BUDGET_SLOTS + 1)

void budget_init(struct budget *b, uint32_t limit, int64_t window_us, int64_t now_us)
{
	memset(b, 0, sizeof(*b));
	b->limit = limit;
	b->slot_us = (window_us + BUDGET_SLOTS - 1) / BUDGET_SLOTS;
	b->slot = now_us / b->slot_us;
}

/* Make `slot` the newest one, and drop the counts of slots that are then older than the window. */
static void go_on(struct budget *b, int64_t slot)
{
	if (slot - b->slot >= RING) {
		memset(b->counts, 0, sizeof(b->counts));
		b->taken = 0;
		b->slot = slot;
	}
	while (b->slot < slot) {
		uint32_t *oldest = &b->counts[++b->slot % RING];

		b->taken -= *oldest;
		*oldest = 0;
	}
}

bool budget_spend(struct budget *b, int64_t now_us)
{
	go_on(b, now_us / b->slot_us);
	if (b->taken >= b->limit)
		return false;
	b->counts[b->slot % RING]++;
	b->taken++;
	return true;
}

int64_t budget_next_us(const struct budget *b, int64_t now_us)
{
	uint32_t taken = b->taken;
	int64_t next_us = now_us;

	if (b->limit == 0)
		return INT64_MAX;
	/* Walk from the oldest slot: the uses of each are free again once that slot is older than the window. */
	for (int64_t slot = b->slot - BUDGET_SLOTS; taken >= b->limit; slot++) {
		taken -= b->counts[(slot + RING) % RING];
		next_us = (slot + RING) * b->slot_us;
	}
	return next_us > now_us ? next_us : now_us;
}
