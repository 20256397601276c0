/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stores the batches that sessions receive. It checks a batch, leaves out records that are committed already (each
 * record is stored once, by device, spool and sequence number), and appends it to the log; it writes nothing else. Pure
 * except for the store that it is given. The caller begins a transaction, calls ingest_batch for many batches, commits,
 * and then acknowledges.
 */
#pragma once

#include "agent/base/err.h"
#include "server-stub/store/log.h"

#include <stdint.h>

struct ingest_counts {
	uint64_t records, duplicates, rejected, findings, receipts;
};

/*
 * Store a batch and add to *counts. ERR_OK: *committed_seq may be acknowledged after the commit. ERR_PROTOCOL: it is no
 * batch, its sequence numbers do not rise, or a record does not parse; nothing was stored, and the caller closes the
 * link. Errors of the store are passed on.
 */
ERR_CHECK enum err ingest_batch(struct store *s, const struct log_batch *batch, struct ingest_counts *counts,
				uint64_t *committed_seq);
