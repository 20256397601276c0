/* SPDX-License-Identifier: Apache-2.0 */
/* A list under a lock; of stored batches, which are many, only a flag. */
#include "server-stub/api/news.h"

#include "agent/base/require.h"

#include <uv.h>

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct news {
	uv_mutex_t lock;
	atomic_int listeners;
	bool lost, batches;
	unsigned count;
	struct news_item items[API_NEWS_MAX];
};

struct news *news_new(void)
{
	struct news *n = calloc(1, sizeof(*n));

	if (n && uv_mutex_init(&n->lock)) {
		free(n);
		return NULL;
	}
	return n;
}

void news_free(struct news *n)
{
	if (!n)
		return;
	uv_mutex_destroy(&n->lock);
	free(n);
}

bool news_put(struct news *n, enum api_news kind, const uint8_t *id)
{
	bool was_empty;

	if (atomic_load(&n->listeners) == 0)
		return false;
	uv_mutex_lock(&n->lock);
	was_empty = n->count == 0 && !n->batches && !n->lost;
	if (kind == API_NEWS_BATCH) {
		n->batches = true;
	} else if (n->count == API_NEWS_MAX) {
		n->lost = true;
	} else {
		n->items[n->count].kind = (uint8_t)kind;
		memcpy(n->items[n->count].id, id, STORE_ID);
		n->count++;
	}
	uv_mutex_unlock(&n->lock);
	return was_empty;
}

struct news_taken news_take(struct news *n, struct news_item *items, unsigned max)
{
	struct news_taken taken;

	uv_mutex_lock(&n->lock);
	taken = (struct news_taken){n->lost, n->batches, n->count < max ? n->count : max};
	memcpy(items, n->items, taken.count * sizeof(items[0]));
	n->count -= taken.count;
	memmove(n->items, n->items + taken.count, n->count * sizeof(items[0]));
	n->lost = n->batches = false;
	uv_mutex_unlock(&n->lock);
	return taken;
}

void news_listen(struct news *n, int more)
{
	require(atomic_fetch_add(&n->listeners, more) + more >= 0);
}
