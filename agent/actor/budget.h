/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How often a rule may act: a token bucket that holds `limit` and refills over its window. Pure. A limit of 0 allows
 * nothing.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct budget {
	uint32_t limit;
	int64_t window_us;
	int64_t credit_us;	/* window_us is a full bucket, one action costs window_us / limit */
	int64_t last_us;
};

void budget_init(struct budget *b, uint32_t limit, int64_t window_us, int64_t now_us);

/* Whether one more may be done now; takes it when so. */
bool budget_take(struct budget *b, int64_t now_us);
