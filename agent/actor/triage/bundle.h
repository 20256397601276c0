/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The archive that a collection fills: tar (tar.h), as it is or in a sealed stream (base/key_stream.h), written to a
 * descriptor in pieces of one size. It never becomes larger than it may be, and what is put last always finds room.
 */
#pragma once

#include "agent/base/key_stream.h"
#include "agent/base/str.h"

#include <stdbool.h>
#include <stdint.h>

#define BUNDLE_LAST_MAX (16u << 10) /* bytes that are kept free for the last entry */
#define BUNDLE_MIN (64u << 10)	    /* bytes; no smaller one is begun */

struct bundle {
	int fd;
	bool sealed;
	enum err err;	/* the first error of writing; nothing is written behind it */
	uint64_t room;	/* plain bytes that may follow, headers and padding with them; the last entry's are apart */
	uint64_t bytes; /* written */
	int64_t time_s;
	struct key_stream stream;
	struct key_hash hash; /* of what was written */
	size_t filled;
	uint8_t piece[KEY_STREAM_PIECE + KEY_STREAM_TAG];
};

struct bundle_terms {
	int fd;			      /* borrowed; it is written from its current offset on */
	const struct key_der *escrow; /* to whom it is sealed; len 0: to nobody */
	uint32_t bytes_max;	      /* that are written at most, BUNDLE_MIN or more */
	int64_t time_s;		      /* of all entries */
};

/* Begin one. Errors as of key_stream_begin(), and of write(2). ERR_INVALID: bytes_max. */
ERR_CHECK enum err bundle_begin(struct bundle *b, const struct bundle_terms *terms);

/* The bytes that an entry may have now. */
uint64_t bundle_room(const struct bundle *b);

/* Add an entry. ERR_TOO_LONG: it has more than that; ERR_INVALID: tar_header(). Then nothing was added. Else b->err. */
ERR_CHECK enum err bundle_put(struct bundle *b, const char *name, struct str bytes);

/* Add the last entry, of at most BUNDLE_LAST_MAX bytes, and end; *sha256 is of all that was written. Errors as above.
 */
ERR_CHECK enum err bundle_end(struct bundle *b, const char *name, struct str bytes, uint8_t sha256[32]);
