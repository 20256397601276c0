/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When to try again after a failure: anywhere in a range that doubles each time ("full jitter"), so that a fleet
 * does not come back in step. The first try after a good session comes within a second.
 */
#pragma once

#include "agent/base/hash.h"
#include "agent/base/now.h"

#include <stdint.h>

#define BACKOFF_MIN_US (100 * MS_US)
#define BACKOFF_BASE_US SECOND_US
#define BACKOFF_MAX_US (5 * MINUTE_US)

struct backoff {
	struct hash_key key; /* random: what makes devices differ */
	uint64_t draws;
	uint32_t failures; /* in a row */
};

/* A number in [0, bound]. */
int64_t backoff_draw(struct backoff *b, int64_t bound);

/* A try failed. */
void backoff_failed(struct backoff *b);

/* How long to wait now. */
int64_t backoff_delay(struct backoff *b);
