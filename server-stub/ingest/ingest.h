/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between the sessions and the store: validates a batch, trims what is committed already (exactly once by device, spool
 * and sequence), and folds findings, receipts and health into their rows. Pure but for the store it is given; group
 * commit is the caller's (begin, many ingest_batch, commit, then acknowledge).
 */
#pragma once

#include "agent/base/err.h"
#include "server-stub/store/store.h"

#include <stdint.h>

struct ingest_counts {
	uint64_t records, duplicates, rejected, findings, receipts;
};

/* Called for each thing people wait for, inside the transaction; it becomes true at commit. */
struct ingest_news {
	void *context;
	void (*receipt)(void *context, const struct store_receipt *receipt);
	void (*incident)(void *context, const struct store_incident *incident);
};

/*
 * ERR_OK: *committed_seq is what may be acknowledged after the commit. ERR_PROTOCOL: not a batch, sequence numbers that
 * do not rise, a record that does not parse: nothing was stored, close the link. Store errors as they come.
 */
ERR_CHECK enum err ingest_batch(struct store *s, const struct store_batch *batch, const struct ingest_news *news,
				struct ingest_counts *counts, uint64_t *committed_seq);
