/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Follows each device's chain of receipts (proto/chain.h): whether a receipt comes from the device's actor, or from a
 * core that makes, changes, drops or moves receipts. What does not fit opens one incident for the device, of rule
 * PROVE_RULE, which stays open until the chain was sound for PROVE_SOUND_US. For this folder only.
 */
#pragma once

#include "agent/base/err.h"
#include "server-stub/ingest/content.h"
#include "server-stub/ingest/follow.h"

#include <stdbool.h>
#include <stdint.h>

#define PROVE_RULE "receipt_chain"
#define PROVE_SOUND_US (24 * INT64_C(3600) * 1000000)
#define PROVE_WAIT_US (300 * INT64_C(1000000)) /* for a signature, which devices make within a second */

/* One device's chain during one batch. */
struct prove {
	struct store *store;
	const struct follow_news *news;
	int64_t received_us;
	struct views_chain chain;
	bool is_bound, is_changed;
	unsigned signatures; /* that were checked: each takes longer than all the rest of its batch */
};

/* Read how far the device's chain was followed. */
ERR_CHECK enum err prove_begin(struct prove *p, const struct log_batch *batch);

/*
 * Fill in receipt->proof and the receipt's place, before it is stored. ERR_EXISTS: the device has told of this very
 * receipt before, as its actor does when a core was killed; nothing of it is to be stored.
 */
ERR_CHECK enum err prove_receipt(struct prove *p, const struct content *record, struct views_receipt *receipt);

/*
 * Check a signature of the actor and give the receipts that it covers their proof. A device to which no key is bound
 * gets the key that signed: it joined before receipts were chained.
 */
ERR_CHECK enum err prove_head(struct prove *p, const struct content *record);

/* Whether receipts wait for their signature longer than it takes, as of this record of the device. */
ERR_CHECK enum err prove_waits(struct prove *p, const struct content *record);

/* Store how far the chain was followed. */
ERR_CHECK enum err prove_end(struct prove *p);

/* Whether this proof says that somebody else than the device's actor made the receipt. */
bool prove_is_forged(enum views_proof proof);
