/* SPDX-License-Identifier: Apache-2.0 */
/* Sums that stay at the highest number in place of beginning again at 0, for counts that outsiders decide. */
#pragma once

#include <stdint.h>

/* a + b, at most UINT32_MAX. */
static inline uint32_t sum_u32(uint32_t a, uint32_t b)
{
	return a + b < a ? UINT32_MAX : a + b;
}
