/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Retention by severity: takes events of informational and low severity out of batches that are older than a bound, and
 * leaves the rest: events of a higher severity, and findings, receipts, signatures and health, whatever theirs is. What
 * goes tells the views nothing, so they can still be made anew. Goes along the log from its front and remembers how far
 * (log_thinned). Pure except for the store that it is given.
 */
#pragma once

#include "agent/base/buf.h"
#include "agent/base/err.h"
#include "proto/frame.h"
#include "server-stub/store/log.h"

#include <stdbool.h>
#include <stdint.h>

#define THIN_BATCHES 256 /* looked at in one transaction */

struct thin {
	struct store *store;
	uint64_t removed; /* records, since the caller set it to 0 */
	/* private */
	int64_t older_than_us;
	uint64_t position;
	unsigned count;
	bool ended;
	struct log_batch rest; /* of the batch that something is taken out of; it has a blob if there is one */
	char memory[FRAME_BYTES_MAX];
};

/*
 * Thin the next THIN_BATCHES of those received before, in a transaction of its own. *more: there may be further ones.
 * Errors of the store.
 */
ERR_CHECK enum err thin_some(struct thin *t, int64_t older_than_us, bool *more);

/*
 * Write the encoded Batch without those events into `out`; *left and *gone count its records. What is no batch, or
 * does not fit, is not thinned: *gone is 0.
 */
void thin_batch(struct str batch, struct buf *out, uint32_t *left, uint32_t *gone);
