/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walks the protocol buffer wire format (https://protobuf.dev/programming-guides/encoding/) without unpacking: one
 * field after another, borrowed. For paths where a message is looked at in passing and memory for it would be too much.
 */
#pragma once

#include "agent/base/buf.h"
#include "agent/base/err.h"
#include "agent/base/str.h"

#include <stdbool.h>
#include <stdint.h>

enum wire_type { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_BYTES = 2, WIRE_FIXED32 = 5 };

struct wire_field {
	uint32_t number;
	enum wire_type type;
	uint64_t value;	  /* VARINT, FIXED64, FIXED32 */
	struct str bytes; /* BYTES */
};

/*
 * Take the next field off *message. ERR_NOT_FOUND: there is none left. ERR_PROTOCOL: the bytes are no field (a varint
 * of more than ten bytes, a length past the end, number 0 or above 2^29-1, a group or an unknown type).
 */
ERR_CHECK enum err wire_next(struct str *message, struct wire_field *out);

/* Whether the whole message is fields. */
bool wire_valid(struct str message);

/* The bytes field of that number in a message known to be valid, the last one if there are several; empty if none. */
struct str wire_bytes(struct str message, uint32_t number);

/* Append a field; zero and empty are left out, as proto3 does. */
void wire_put_int(struct buf *b, uint32_t number, uint64_t value);
void wire_put_fixed64(struct buf *b, uint32_t number, uint64_t value);
void wire_put_bytes(struct buf *b, uint32_t number, struct str bytes);
/* What stands before the len bytes of a message that the caller appends. */
void wire_put_head(struct buf *b, uint32_t number, size_t len);
/* As wire_put_bytes, but written when empty too: elements of a repeated field, and messages that are there. */
void wire_put_message(struct buf *b, uint32_t number, struct str message);
