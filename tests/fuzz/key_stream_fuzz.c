/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sealed streams that somebody changed on their way: what opens to its end is what was sealed. The input is changes of
 * a stream: three bytes of an offset and one that is XORed there; the first two bytes cut that much off its end.
 */
#include "agent/base/key_stream.h"
#include "agent/base/require.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PLAIN (KEY_STREAM_PIECE + 100)
#define SEALED (KEY_STREAM_HEAD + PLAIN + 2 * KEY_STREAM_TAG)

static struct key_der private_key;
static uint8_t plain[PLAIN], sealed[SEALED];

static int fill(void *context, unsigned char *out, size_t len)
{
	uint8_t *next = context;

	for (size_t i = 0; i < len; i++)
		out[i] = (*next)++;
	return 0;
}

/* The same one in every run. */
static void make(void)
{
	uint8_t seed = 1;
	const struct key_random random = {fill, &seed};
	struct key_der public_key;
	struct key_stream s;

	memset(plain, 'x', sizeof(plain));
	require(key_generate(random, &private_key) == ERR_OK && key_public(&private_key, &public_key) == ERR_OK);
	require(key_stream_begin(&s, &public_key, random, sealed) == ERR_OK);
	require(key_stream_seal(&s, (struct str){(char *)plain, KEY_STREAM_PIECE}, false, sealed + KEY_STREAM_HEAD) ==
		ERR_OK);
	require(key_stream_seal(&s, (struct str){(char *)plain, PLAIN - KEY_STREAM_PIECE}, true,
				sealed + KEY_STREAM_HEAD + KEY_STREAM_PIECE + KEY_STREAM_TAG) == ERR_OK);
}

/* The bytes that came out of it; SIZE_MAX: it did not open to its end. */
static size_t open_all(uint8_t *bytes, size_t len, uint8_t *out)
{
	size_t at = KEY_STREAM_HEAD, done = 0;
	struct key_stream s;

	if (len < KEY_STREAM_HEAD || key_stream_accept(&s, &private_key, bytes) != ERR_OK)
		return SIZE_MAX;
	for (bool last = false; !last;) {
		size_t piece = len - at;

		last = piece <= KEY_STREAM_PIECE + KEY_STREAM_TAG;
		if (!last)
			piece = KEY_STREAM_PIECE + KEY_STREAM_TAG;
		if (key_stream_open(&s, (struct str){(char *)bytes + at, piece}, last, out + done) != ERR_OK)
			return SIZE_MAX;
		at += piece;
		done += piece - KEY_STREAM_TAG;
	}
	return done;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t bytes[SEALED], out[SEALED];
	size_t len = SEALED, cut, done;

	if (private_key.len == 0)
		make();
	memcpy(bytes, sealed, sizeof(bytes));
	cut = size >= 2 ? (size_t)(data[0] << 8 | data[1]) % SEALED : 0;
	len -= cut;
	for (size_t i = 2; i + 4 <= size; i += 4)
		bytes[(size_t)(data[i] << 16 | data[i + 1] << 8 | data[i + 2]) % SEALED] ^= data[i + 3];
	done = open_all(bytes, len, out);
	require(done == SIZE_MAX || (done == PLAIN && memcmp(out, plain, PLAIN) == 0));
	return 0;
}
