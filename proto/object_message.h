/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The four messages by which objects are transferred (ObjectOffer, ObjectFetch, ObjectChunk and ObjectDone of
 * proto/caltrop/v1/link.proto), the same in both directions, as plain values. Read and written tag by tag, so that a
 * piece is copied once and needs no memory beside its frame; a unit test holds them and the generated code together.
 */
#pragma once

#include "agent/base/buf.h"
#include "agent/base/err.h"
#include "agent/base/key.h"
#include "agent/base/str.h"
#include "proto/object.h"

#include <stdint.h>

#define OBJECT_MESSAGE_CHUNK_MAX 8192 /* bytes of one piece */
#define OBJECT_MESSAGE_SIGNATURES_MAX 3
#define OBJECT_MESSAGE_TEXT_MAX 160
#define OBJECT_MESSAGE_MAX (OBJECT_MESSAGE_CHUNK_MAX + 64) /* bytes of one frame, its header included */

enum object_what { OBJECT_OFFER = 1, OBJECT_FETCH = 2, OBJECT_CHUNK = 3, OBJECT_DONE = 4 };

/* caltrop.v1.ObjectDone.Status */
enum object_status { OBJECT_KEPT = 1, OBJECT_REFUSED = 2, OBJECT_LATER = 3, OBJECT_GONE = 4 };

/* The number of the offer in the `oneof` of each direction; the others follow it. */
enum object_direction { OBJECT_TO_SERVER = 7, OBJECT_TO_DEVICE = 8 };

struct object_signature {
	uint8_t key_id[KEY_ID];
	uint8_t len;
	uint8_t bytes[KEY_SIGNATURE_MAX];
};

/* Whether one of the signatures names that key. */
bool object_message_signed_by(const struct object_signature *signatures, unsigned count, const uint8_t key_id[KEY_ID]);

struct object_message {
	uint8_t what; /* enum object_what */
	uint8_t id[OBJECT_ID];
	uint64_t offset; /* FETCH, CHUNK */
	struct str data; /* OFFER: the statement, CHUNK: the piece, DONE: the sentence; borrowed */
	uint8_t status;	 /* DONE: enum object_status */
	unsigned signature_count;
	struct object_signature signatures[OBJECT_MESSAGE_SIGNATURES_MAX]; /* OFFER */
};

/*
 * Append a whole frame, at most OBJECT_MESSAGE_MAX bytes. A message that does not fit sets b->overflow and writes
 * nothing. A sentence is cut at OBJECT_MESSAGE_TEXT_MAX. An offer's id is not written: the statement has it.
 */
void object_message_put(struct buf *b, enum object_direction direction, const struct object_message *m);

/* Which of the four messages the field of that number in the `oneof` is; 0: another one. */
enum object_what object_message_what(enum object_direction direction, uint32_t number);

/*
 * Read the body of a message; out->data borrows it. An offer's id is computed. ERR_PROTOCOL: a field is not as the
 * .proto says, or longer than its limit.
 */
ERR_CHECK enum err object_message_take(enum object_what what, struct str body, struct object_message *out);
