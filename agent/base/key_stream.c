/* SPDX-License-Identifier: Apache-2.0 */
/* Sealed streams: what a device sends to the holder of the escrow key that is larger than a secret. */
#include "agent/base/key_stream.h"

#include "agent/base/buf.h"

#include <mbedtls/gcm.h>

#include <string.h>

#define NONCE 12

static const char magic[4] = {'C', 'T', 'X', '1'};

enum err key_stream_begin(struct key_stream *s, const struct key_der *public_key, struct key_random random,
			  uint8_t head[KEY_STREAM_HEAD])
{
	size_t len;
	enum err err;

	memset(s, 0, sizeof(*s));
	if (random.fill(random.context, s->key, sizeof(s->key)) != 0)
		return ERR_CRYPTO;
	memcpy(head, magic, sizeof(magic));
	err = key_seal(public_key, random, s->key, sizeof(s->key), head + sizeof(magic),
		       KEY_STREAM_HEAD - sizeof(magic), &len);
	if (err != ERR_OK)
		key_wipe(s, sizeof(*s));
	return err;
}

enum err key_stream_accept(struct key_stream *s, const struct key_der *private_key, const uint8_t head[KEY_STREAM_HEAD])
{
	size_t len;

	memset(s, 0, sizeof(*s));
	if (memcmp(head, magic, sizeof(magic)) != 0)
		return ERR_INVALID;
	return key_open(private_key, head + sizeof(magic), KEY_STREAM_HEAD - sizeof(magic), s->key, sizeof(s->key),
			&len);
}

static bool fits(const struct key_stream *s, size_t len, bool last)
{
	return !s->ended && (last ? len <= KEY_STREAM_PIECE : len == KEY_STREAM_PIECE);
}

static void put_nonce(const struct key_stream *s, bool last, uint8_t nonce[NONCE])
{
	struct buf b = buf_over(nonce, NONCE);

	buf_be32(&b, last ? UINT32_C(1) << 24 : 0);
	buf_be64(&b, s->number);
}

/* The next piece is the one behind it. After an error there is none. */
static enum err advance(struct key_stream *s, int failed, bool last)
{
	s->number++;
	s->ended = last || failed;
	if (s->ended)
		key_wipe(s->key, sizeof(s->key));
	return failed ? ERR_CRYPTO : ERR_OK;
}

enum err key_stream_seal(struct key_stream *s, struct str plain, bool last, uint8_t *out)
{
	uint8_t nonce[NONCE], tag[KEY_STREAM_TAG];
	mbedtls_gcm_context gcm;
	int failed;

	if (!fits(s, plain.len, last))
		return ERR_INVALID;
	put_nonce(s, last, nonce);
	mbedtls_gcm_init(&gcm);
	failed = mbedtls_gcm_setkey(&gcm, MBEDTLS_CIPHER_ID_AES, s->key, KEY_STREAM_KEY * 8);
	if (!failed)
		failed = mbedtls_gcm_crypt_and_tag(&gcm, MBEDTLS_GCM_ENCRYPT, plain.len, nonce, sizeof(nonce), NULL, 0,
						   (const uint8_t *)plain.data, out, sizeof(tag), tag);
	mbedtls_gcm_free(&gcm);
	memcpy(out + plain.len, tag, sizeof(tag));
	return advance(s, failed, last);
}

enum err key_stream_open(struct key_stream *s, struct str sealed, bool last, uint8_t *out)
{
	uint8_t nonce[NONCE], tag[KEY_STREAM_TAG];
	mbedtls_gcm_context gcm;
	size_t len;
	int failed;

	if (sealed.len < KEY_STREAM_TAG || !fits(s, sealed.len - KEY_STREAM_TAG, last))
		return ERR_INVALID;
	len = sealed.len - KEY_STREAM_TAG;
	memcpy(tag, sealed.data + len, sizeof(tag));
	put_nonce(s, last, nonce);
	mbedtls_gcm_init(&gcm);
	failed = mbedtls_gcm_setkey(&gcm, MBEDTLS_CIPHER_ID_AES, s->key, KEY_STREAM_KEY * 8);
	if (!failed)
		failed = mbedtls_gcm_auth_decrypt(&gcm, len, nonce, sizeof(nonce), NULL, 0, tag, sizeof(tag),
						  (const uint8_t *)sealed.data, out);
	mbedtls_gcm_free(&gcm);
	return advance(s, failed, last);
}
