/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the follower counts of many devices together: who banned one address (ingest/crowd.h), in the whole fleet and in
 * each group, and who got one file (ingest/spread.h). What it finds becomes notices, and offers to groups. Counts and
 * offers are in the store (store/store_crowd.h), in the transaction that told of them, so a start of the service goes
 * on where the last one ended. For the follower's thread.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/str.h"
#include "server-stub/gateway/offers.h"
#include "server-stub/store/log.h"
#include "server-stub/store/views.h"

#include <stdbool.h>
#include <stdint.h>

struct crowds;

/* What becomes of an address that several devices ban. */
struct crowds_terms {
	unsigned least;	   /* devices, 2 to WITNESSES_MAX */
	int64_t window_us; /* within which they ban it */
	int64_t ban_us;	   /* for which the other devices of their group are to; 0: they are not */
	void *context;
	void (*offer)(void *context, const struct offer *offer); /* called on the follower's thread */
};

/* Begin with nothing counted. The store outlives it. ERR_NO_MEMORY. */
ERR_CHECK enum err crowds_open(struct store *store, const struct crowds_terms *terms, struct crowds **out);

/* Take up what the store has and make its offers, if that was not done yet. Errors of the store. */
ERR_CHECK enum err crowds_load(struct crowds *c, int64_t wall_us);

/* Count, inside of the follower's transaction. An error of the store is said and costs a later start this count. */
void crowds_receipt(struct crowds *c, const struct views_receipt *receipt);
void crowds_file(struct crowds *c, const struct log_batch *batch, struct str file);

/* Write what was found, at the end of the transaction. Errors of the store: it stays found. */
ERR_CHECK enum err crowds_end(struct crowds *c);

/* After the commit: make the offers that were found. True: notices were written, which the log has now. */
bool crowds_tell(struct crowds *c);

/* Remove from the store what is older than counts. Errors of the store. */
ERR_CHECK enum err crowds_care(struct crowds *c, int64_t wall_us);

/* NULL does nothing. */
void crowds_close(struct crowds *c);
