/* SPDX-License-Identifier: Apache-2.0 */
/* A challenge is its time (8 bytes), random bytes, and the front of HMAC-SHA-256 over both and the purpose. */
#include "server-stub/api/challenge.h"

#include "agent/base/key.h"
#include "agent/base/require.h"

#include <mbedtls/md.h>
#include <sodium.h>

#include <stdbool.h>
#include <string.h>

#define TIME 8
#define CODE 16

_Static_assert(CHALLENGE_BYTES == TIME + CHALLENGE_RANDOM + CODE, "its parts");

static void code_of(const struct challenge_book *book, struct str purpose, const uint8_t *challenge, uint8_t code[CODE])
{
	mbedtls_md_context_t md;
	uint8_t mac[32];

	mbedtls_md_init(&md);
	require(mbedtls_md_setup(&md, mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), 1) == 0);
	require(mbedtls_md_hmac_starts(&md, book->key, sizeof(book->key)) == 0);
	require(mbedtls_md_hmac_update(&md, challenge, TIME + CHALLENGE_RANDOM) == 0);
	require(mbedtls_md_hmac_update(&md, (const uint8_t *)purpose.data, purpose.len) == 0);
	require(mbedtls_md_hmac_finish(&md, mac) == 0);
	mbedtls_md_free(&md);
	memcpy(code, mac, CODE);
}

static int64_t time_of(const uint8_t *challenge)
{
	uint64_t us = 0;

	for (unsigned i = 0; i < TIME; i++)
		us = us << 8 | challenge[i];
	return (int64_t)us;
}

static bool is_used(const struct challenge_used *u, const uint8_t *challenge, int64_t mono_us)
{
	return u->until_us > mono_us && memcmp(u->random, challenge + TIME, CHALLENGE_RANDOM) == 0;
}

void challenge_make(const struct challenge_book *book, struct str purpose, int64_t mono_us,
		    uint8_t challenge[CHALLENGE_BYTES])
{
	for (unsigned i = 0; i < TIME; i++)
		challenge[i] = (uint8_t)((uint64_t)mono_us >> (56 - 8 * i));
	randombytes_buf(challenge + TIME, CHALLENGE_RANDOM);
	code_of(book, purpose, challenge, challenge + TIME + CHALLENGE_RANDOM);
}

enum err challenge_check(const struct challenge_book *book, struct str purpose, int64_t mono_us,
			 const uint8_t challenge[CHALLENGE_BYTES])
{
	uint8_t code[CODE];

	code_of(book, purpose, challenge, code);
	if (!key_equal(code, challenge + TIME + CHALLENGE_RANDOM, CODE))
		return ERR_INVALID;
	if (mono_us - time_of(challenge) > CHALLENGE_GOOD_US)
		return ERR_EXPIRED;
	for (unsigned i = 0; i < CHALLENGE_USED_MAX; i++)
		if (is_used(&book->used[i], challenge, mono_us))
			return ERR_REPLAYED;
	return ERR_OK;
}

enum err challenge_use(struct challenge_book *book, int64_t mono_us, const uint8_t challenge[CHALLENGE_BYTES])
{
	for (unsigned i = 0; i < CHALLENGE_USED_MAX; i++) {
		struct challenge_used *u = &book->used[i];

		if (u->until_us > mono_us)
			continue;
		u->until_us = time_of(challenge) + CHALLENGE_GOOD_US + 1;
		memcpy(u->random, challenge + TIME, CHALLENGE_RANDOM);
		return ERR_OK;
	}
	return ERR_BUSY;
}
