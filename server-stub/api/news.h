/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A queue from the threads that commit to the thread that streams. It holds what changed, and the reader looks in the
 * store for the rest. It is bounded: when it overflows, `lost` tells the reader to look for everything it waits for, so
 * nothing is missed.
 */
#pragma once

#include "server-stub/api/api.h"

#include <stdbool.h>
#include <stdint.h>

struct news_item {
	uint8_t kind; /* enum api_news */
	uint8_t id[STORE_ID];
};

struct news;

struct news *news_new(void); /* NULL: out of memory */
void news_free(struct news *n);

/* Append news, from any thread. True: the caller must wake the reader. Without listeners nothing is kept. */
bool news_put(struct news *n, enum api_news kind, const uint8_t *id);

/* Take at most `max` items that came since the last call. There may be more when `count` is `max`. For the reader. */
struct news_taken {
	bool lost, batches;
	unsigned count;
};
struct news_taken news_take(struct news *n, struct news_item *items, unsigned max);

/* Add 1 or -1 to the number of listeners. A listener first calls this, then looks in the store. For the reader. */
void news_listen(struct news *n, int more);
