/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the threads that commit to the one that streams: what changed, not how; readers look in the store. Bounded; when
 * more comes than is taken away, `lost` tells the readers to look at all they wait for, so nothing is missed.
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

/* Any thread. Whether the reader must be woken. Without listeners nothing is kept. */
bool news_put(struct news *n, enum api_news kind, const uint8_t *id);

/* The reader: what came since the last take, up to max items. More may be there when it gives max. */
struct news_taken {
	bool lost, batches;
	unsigned count;
};
struct news_taken news_take(struct news *n, struct news_item *items, unsigned max);

/* The reader listens from now on, or a listener less. Listen first, then look in the store. */
void news_listen(struct news *n, int more);
