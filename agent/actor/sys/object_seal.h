/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who signed an object that the device keeps, in .NAME.signed beside it (object_file.h): its statement and the
 * signatures that it came with, so that whoever goes by it can look again whether they are still trusted:
 *
 *   statement_len:u16 statement  signature_count:u8 ( key_id[8]  len:u8  signature )*
 *
 * big-endian. Only root can write there, but nothing that is read is believed: it is the signatures that count.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/str.h"
#include "agent/common/message.h"

#include <stdint.h>

/* A statement, and who signed it. */
struct object_seal {
	uint16_t statement_len, signature_count;
	uint8_t statement[MESSAGE_STATEMENT_MAX]; /* proto/object.h */
	struct actor_signature signatures[MESSAGE_SIGNATURES_MAX];
};

/* Pure: the seal from its bytes. ERR_CORRUPT; then *out is zero. */
ERR_CHECK enum err object_seal_read(struct str bytes, struct object_seal *out);

/* The seal of the object of that name, in the directory of its kind. ERR_NOT_FOUND; ERR_CORRUPT: it is none. */
ERR_CHECK enum err object_seal_load(int dir, const char *name, struct object_seal *out);

/*
 * Put a seal in its place, durable. On an error the one before it stays, or this one is there and may not be durable.
 */
ERR_CHECK enum err object_seal_keep(int dir, const char *name, const struct object_seal *seal);
