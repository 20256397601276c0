/* SPDX-License-Identifier: Apache-2.0 */
/* Spreads retries. Its random numbers are keyed hashes of a counter, so that a simulation can be repeated. */
#include "agent/uplink/backoff.h"

int64_t backoff_draw(struct backoff *b, int64_t bound)
{
	b->draws++;
	return (int64_t)(hash_bytes(&b->key, &b->draws, sizeof(b->draws)) % (uint64_t)(bound + 1));
}

void backoff_failed(struct backoff *b)
{
	b->failures += b->failures < 32;
}

int64_t backoff_delay(struct backoff *b)
{
	int64_t range = BACKOFF_BASE_US;

	for (uint32_t i = 0; i < b->failures && range < BACKOFF_MAX_US; i++)
		range *= 2;
	if (range > BACKOFF_MAX_US)
		range = BACKOFF_MAX_US;
	return BACKOFF_MIN_US + backoff_draw(b, range - BACKOFF_MIN_US);
}
