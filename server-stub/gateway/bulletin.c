/* SPDX-License-Identifier: Apache-2.0 */
/* A bounded list of ids. What does not fit is not told; who waits for it looks again by himself. */
#include "server-stub/gateway/bulletin.h"

#include <string.h>

void bulletin_begin(struct bulletin *b)
{
	b->count = 0;
	b->has_batches = false;
}

void bulletin_note(struct bulletin *b, enum bulletin_kind kind, const uint8_t id[STORE_ID])
{
	if (b->count == BULLETIN_MAX ||
	    (b->count && b->items[b->count - 1].kind == kind && memcmp(b->items[b->count - 1].id, id, STORE_ID) == 0))
		return;
	b->items[b->count].kind = kind;
	memcpy(b->items[b->count++].id, id, STORE_ID);
}

void bulletin_tell(const struct bulletin *b, const struct bulletin_news *news)
{
	for (unsigned i = 0; i < b->count; i++) {
		if (b->items[i].kind == BULLETIN_ORDER && news->order)
			news->order(news->context, b->items[i].id);
		else if (b->items[i].kind == BULLETIN_INCIDENT && news->incident)
			news->incident(news->context, b->items[i].id);
	}
	if (b->has_batches && news->batch)
		news->batch(news->context);
}
