/* SPDX-License-Identifier: Apache-2.0 */
#include "server-stub/fleet/fleet_password.h"

#include <sodium.h>

#include <stdint.h>
#include <string.h>

#define LETTERS 20
#define HASH_OPS 3
#define HASH_MEMORY (64u << 20)

_Static_assert(FLEET_PASSWORD_HASH >= crypto_pwhash_STRBYTES, "room for a hash");
_Static_assert(LETTERS + LETTERS / 5 <= FLEET_PASSWORD_MAX, "room for the letters, a dash between groups, a NUL");

/* Letters that are not mistaken for each other, in groups. */
void fleet_password_make(char text[FLEET_PASSWORD_MAX])
{
	static const char letters[] = "abcdefghijkmnpqrstuvwxyz23456789";
	uint8_t random[LETTERS];
	size_t len = 0;

	randombytes_buf(random, sizeof(random));
	for (unsigned i = 0; i < LETTERS; i++) {
		if (i > 0 && i % 5 == 0)
			text[len++] = '-';
		text[len++] = letters[random[i] % 32];
	}
	text[len] = '\0';
	sodium_memzero(random, sizeof(random));
}

enum err fleet_password_hash(const char *password, char hash[FLEET_PASSWORD_HASH])
{
	if (crypto_pwhash_str(hash, password, strlen(password), HASH_OPS, HASH_MEMORY) == 0)
		return ERR_OK;
	hash[0] = '\0';
	return ERR_NO_MEMORY;
}

bool fleet_password_fits(const char *password, const char *hash)
{
	return crypto_pwhash_str_verify(hash, password, strlen(password)) == 0;
}
