/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A frame with a Batch (proto/caltrop/v1/link.proto), written as its records are read: they go from the spool's
 * chunk into the frame in one copy, where protobuf-c would want all of them in memory beside it first. The bytes
 * are those of the protobuf encoding (https://protobuf.dev/programming-guides/encoding/); the unit test unpacks
 * them with protobuf-c.
 */
#pragma once

#include "agent/base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BATCH_HEAD 32  /* room for what stands before the entries: frame header, tags, lengths, spool_id */
#define BATCH_ENTRY 20 /* most bytes that stand beside a record's own */

struct batch {
	uint8_t *memory;
	size_t cap, used; /* used: BATCH_HEAD and the entries */
	unsigned count;
	uint64_t last_seq;
};

/* Begin in memory of `cap` bytes. */
struct batch batch_over(void *memory, size_t cap);

/* Add a record. False: it does not fit any more. */
bool batch_add(struct batch *b, uint64_t seq, struct str record);

/* The whole frame, somewhere in the memory; empty when no record was added. */
struct str batch_end(struct batch *b, const uint8_t spool_id[16]);
