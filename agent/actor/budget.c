/* SPDX-License-Identifier: Apache-2.0 */
/* Token buckets in integer microseconds; see budget.h. */
#include "agent/actor/budget.h"

void budget_init(struct budget *b, uint32_t limit, int64_t window_us, int64_t now_us)
{
	*b = (struct budget){limit, window_us, window_us, now_us};
}

bool budget_take(struct budget *b, int64_t now_us)
{
	int64_t cost = b->limit ? b->window_us / b->limit : b->window_us + 1;

	if (now_us > b->last_us)
		b->credit_us += now_us - b->last_us < b->window_us ? now_us - b->last_us : b->window_us;
	if (b->credit_us > b->window_us)
		b->credit_us = b->window_us;
	b->last_us = now_us;
	if (b->credit_us < cost)
		return false;
	b->credit_us -= cost;
	return true;
}
