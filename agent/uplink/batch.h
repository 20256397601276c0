/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes a frame with a Batch (proto/caltrop/v1/link.proto) while its records are read: each is copied once, from the
 * spool's chunk into the frame. protobuf-c would need memory for all records beside the frame. The bytes are those of
 * the protobuf encoding (https://protobuf.dev/programming-guides/encoding/); the unit test unpacks them by protobuf-c.
 */
#pragma once

#include "agent/base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BATCH_HEAD 32  /* bytes kept for what comes before the entries: frame header, tags, lengths, spool_id */
#define BATCH_ENTRY 20 /* the most bytes that an entry has beside its record */

struct batch {
	uint8_t *memory;
	size_t cap, used; /* used counts BATCH_HEAD and the entries */
	unsigned count;
	uint64_t last_seq;
};

/* Begin in `cap` bytes of memory, which must outlive the batch. */
struct batch batch_over(void *memory, size_t cap);

/* Add a copy of a record. False: it does not fit, and nothing was added. */
bool batch_add(struct batch *b, uint64_t seq, struct str record);

/* Complete the frame. Returns it; it lies within the memory. Empty: no record was added. */
struct str batch_end(struct batch *b, const uint8_t spool_id[16]);
