/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log: what devices sent, as the batches came, one row for each batch (device, spool, first and last sequence
 * number, count, blob), because an index over every record would make SQLite ten times slower. It only grows at its
 * end, and retention cuts its front. A row keeps its number, which only rises: it is the position from which a reader
 * goes on.
 */
#pragma once

#include "agent/base/str.h"
#include "server-stub/store/store.h"

/* One batch as it came over the link. */
struct log_batch {
	uint8_t device[STORE_ID];
	uint8_t spool[STORE_ID];
	uint64_t first_seq, last_seq;
	uint32_t count;
	int64_t received_us;
	struct str blob; /* the encoded Batch message */
};

/* The last sequence number of a spool that is durable; 0 when there is none. */
ERR_CHECK enum err log_committed(struct store *s, const uint8_t device[STORE_ID], const uint8_t spool[STORE_ID],
				 uint64_t *seq);
/* Append a batch. ERR_REPLAYED: first_seq is not above what is committed; the caller trims what was sent again
 * (ingest.h). */
ERR_CHECK enum err log_append(struct store *s, const struct log_batch *b);
/*
 * List at most `max` batches, of one device or (NULL) of all. The oldest come first, from behind the rowid `after`;
 * with `newest` the newest come first, from before `after`, or from the end when it is 0.
 */
ERR_CHECK enum err log_list(struct store *s, const uint8_t *device, bool newest, uint64_t after, unsigned max,
			    bool (*each)(void *arg, uint64_t rowid, const struct log_batch *b), void *arg);
