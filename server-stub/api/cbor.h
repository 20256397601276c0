/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads CBOR (RFC 8949) as authenticators write it (CTAP2's canonical form): definite lengths only. Item by item, over
 * bytes of the caller, without recursion. Pure; never allocates.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/str.h"

#include <stdint.h>

/* The major types, by their number. */
enum cbor_type {
	CBOR_NUMBER = 0, /* value */
	CBOR_NEGATIVE,	 /* -1 - value */
	CBOR_BYTES,	 /* bytes */
	CBOR_TEXT,	 /* bytes; not checked to be UTF-8 */
	CBOR_ARRAY,	 /* value items follow */
	CBOR_MAP,	 /* value pairs follow, a key and what it stands for */
	CBOR_TAG,	 /* one item follows */
	CBOR_SIMPLE,	 /* true, false, null, a float */
};

struct cbor_item {
	enum cbor_type type;
	uint64_t value;
	struct str bytes; /* lies in the input */
};

/* Take one item from the front: a string with its bytes, of an array, map or tag only the head. ERR_INVALID: there is
 * none, or it is cut off; ERR_UNSUPPORTED: its length is not said. After an error *rest is anywhere. */
ERR_CHECK enum err cbor_next(struct str *rest, struct cbor_item *out);

/* Take one item and all that is in it. Errors as above. */
ERR_CHECK enum err cbor_skip(struct str *rest);
