/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The follower of the log: it fills the views (store/views.h) from it, keeps the log within its bounds, and makes the
 * views anew. It is the only writer of views. One follower at a time works on a store.
 */
#pragma once

#include "agent/base/err.h"
#include "server-stub/store/log.h"
#include "server-stub/store/views.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Of one transaction. The writer of the log waits for it: 2048 entries take about as long as one of its own, and a
 * signature as long as tens of entries. Both take turns, so the views keep up only if all that came during one turn of
 * the writer fits into one of theirs.
 */
#define FOLLOW_ENTRIES 2048
#define FOLLOW_SIGNATURES 128

/*
 * Called inside the transaction for each receipt and incident that was written, and for each caltrop.v1.File, whose
 * bytes are valid; they are for others after the commit. `end` comes last, may write to the store, and its error takes
 * the transaction back: then the same entries are told again, later. `after` is called after the commit. Each may be
 * NULL.
 */
struct follow_news {
	void *context;
	void (*receipt)(void *context, const struct views_receipt *receipt);
	void (*incident)(void *context, const struct views_incident *incident);
	void (*file)(void *context, const struct log_batch *batch, struct str file);
	enum err (*end)(void *context);
	void (*after)(void *context);
};

struct follow {
	struct store *store;
	struct follow_news news;
	uint64_t rejected; /* entries, and findings, that say nothing that can be */
};

/*
 * Tell the live views of the next entries of the log, at most FOLLOW_ENTRIES with FOLLOW_SIGNATURES, in a transaction
 * of its own. Views that were emptied are first made what the kept ones are. *more: there may be further entries.
 * Errors of the store.
 */
ERR_CHECK enum err follow_some(struct follow *f, bool *more);

/* The same up to the log's end. */
ERR_CHECK enum err follow_all(struct follow *f);

/*
 * Remove what is beyond the bounds: the oldest entries of the log, and receipts, closed incidents and ended sessions of
 * the same age. Orders and the audit log are kept. Works in many short transactions. *removed counts the log's entries.
 */
ERR_CHECK enum err follow_retain(struct follow *f, const struct store_retention *r, int64_t wall_us, unsigned *removed);

/* Make the live views anew from the kept ones and the log. */
ERR_CHECK enum err follow_rebuild(struct follow *f);
