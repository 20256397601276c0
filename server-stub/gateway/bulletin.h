/* SPDX-License-Identifier: Apache-2.0 */
/* What a transaction changes that others wait for, gathered until it is committed. For the gateway's threads. */
#pragma once

#include "server-stub/store/store.h"

#include <stdbool.h>

#define BULLETIN_MAX 16384 /* of one transaction, each id once in a row; what is more is found by who looks */

/* Who is told, on the thread that committed; each may be NULL. */
struct bulletin_news {
	void *context;
	void (*order)(void *context, const uint8_t id[STORE_ID]); /* a target changed, or a receipt came */
	void (*incident)(void *context, const uint8_t id[STORE_ID]);
	void (*batch)(void *context);
};

enum bulletin_kind { BULLETIN_ORDER, BULLETIN_INCIDENT };

struct bulletin {
	unsigned count;
	bool has_batches;
	struct {
		enum bulletin_kind kind;
		uint8_t id[STORE_ID];
	} items[BULLETIN_MAX];
};

/* Empty it, for the next transaction. */
void bulletin_begin(struct bulletin *b);

/* Note what changed. The same as the last one is noted once. */
void bulletin_note(struct bulletin *b, enum bulletin_kind kind, const uint8_t id[STORE_ID]);

/* Tell all of it, after the commit. */
void bulletin_tell(const struct bulletin *b, const struct bulletin_news *news);
