/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long to wait before the next try: a random time in a range that doubles with each failure ("full jitter"), so
 * that the devices of a fleet do not all try at once. After a good session the range ends at BACKOFF_BASE_US.
 */
#pragma once

#include "agent/base/hash.h"
#include "agent/base/now.h"

#include <stdint.h>

#define BACKOFF_MIN_US (100 * MS_US)
#define BACKOFF_BASE_US SECOND_US
#define BACKOFF_MAX_US (5 * MINUTE_US)

struct backoff {
	struct hash_key key; /* random, and different on each device */
	uint64_t draws;	     /* random numbers drawn so far */
	uint32_t failures;   /* one after another; the caller sets it to 0 after a success */
};

/* A random number from 0 to `bound`. */
int64_t backoff_draw(struct backoff *b, int64_t bound);

/* Count a failure. */
void backoff_failed(struct backoff *b);

/* Microseconds to wait before the next try. */
int64_t backoff_delay(struct backoff *b);
