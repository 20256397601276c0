/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sealed streams: a sealed box (key.h) for what is too large for one, made and opened piece by piece in bounded memory.
 * The format is Caltrop's own:
 *
 *   "CTX1"  box  piece...
 *
 * The box is key_seal()'s, over the 32 bytes of a random key that is used for this stream only. Each piece is up to
 * KEY_STREAM_PIECE bytes of AES-256-GCM and its tag (16 bytes). All but the last are full; the last may be empty. The
 * nonce (12 bytes) is 1 for the last piece and else 0, three zeros, and the piece's number from 0 on, big-endian. So a
 * stream that lost its end, or whose pieces changed places, does not open.
 */
#pragma once

#include "agent/base/key.h"
#include "agent/base/str.h"

#define KEY_STREAM_PIECE 16384
#define KEY_STREAM_TAG 16
#define KEY_STREAM_KEY 32
#define KEY_STREAM_HEAD (4 + KEY_SEAL_OVERHEAD + KEY_STREAM_KEY) /* bytes before the first piece */

struct key_stream {
	uint8_t key[KEY_STREAM_KEY];
	uint64_t number; /* of the next piece */
	bool ended;	 /* the last one was made or opened */
};

/* Begin one that only the holder of the private key can open, and write its head. Errors as of key_seal(). */
ERR_CHECK enum err key_stream_begin(struct key_stream *s, const struct key_der *public_key, struct key_random random,
				    uint8_t head[KEY_STREAM_HEAD]);

/*
 * Seal the next piece, of KEY_STREAM_PIECE bytes, or, as the last one, of at most that. out[plain.len +
 * KEY_STREAM_TAG] may begin where `plain` does. After the last one the key is wiped. ERR_INVALID: another length, or
 * behind the last one. ERR_CRYPTO.
 */
ERR_CHECK enum err key_stream_seal(struct key_stream *s, struct str plain, bool last, uint8_t *out);

/* Read the head of one. ERR_INVALID: it is none. ERR_CRYPTO: it is for another key, or was changed. */
ERR_CHECK enum err key_stream_accept(struct key_stream *s, const struct key_der *private_key,
				     const uint8_t head[KEY_STREAM_HEAD]);

/*
 * Open the next piece; `last`: no bytes follow it. out[sealed.len - KEY_STREAM_TAG] may begin where `sealed` does.
 * ERR_INVALID: no piece has that length. ERR_CRYPTO: it was changed, or is not the one that belongs here.
 */
ERR_CHECK enum err key_stream_open(struct key_stream *s, struct str sealed, bool last, uint8_t *out);
