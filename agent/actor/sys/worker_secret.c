/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A new password with all that takes long: random characters, the strongest hash that the system's crypt(3) offers
 * (libxcrypt names it when no prefix is given: yescrypt, 20 ms; a C library with crypt(3) alone gets SHA-512), and the
 * box sealed to the escrow key.
 */
#include "agent/actor/sys/worker.h"

#include "agent/actor/sys/crypt_compat.h"
#include "agent/base/str.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* 64 characters that are hard to mistake for another and mean nothing to a shell: 20 of them carry 120 bits. */
static const char alphabet[] = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz-_.+:=@%";
#define SECRET_LEN 20

_Static_assert(sizeof(alphabet) == 64 + 1, "six bits a character");
_Static_assert(SECRET_LEN < WORKER_SECRET_MAX, "with a NUL");

static const char salt_characters[] = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

static enum err make_salt(bool strongest, char salt[WORKER_HASH_MAX])
{
	uint8_t random[32];
	size_t at = 3;

	if (key_random_kernel.fill(NULL, random, sizeof(random)) != 0)
		return ERR_CRYPTO;
	if (strongest)
		return crypt_gensalt_rn(NULL, 0, (const char *)random, sizeof(random), salt, WORKER_HASH_MAX)
			       ? ERR_OK
			       : ERR_CRYPTO;
	memcpy(salt, "$6$", 3);
	for (unsigned i = 0; i < 16; i++)
		salt[at++] = salt_characters[random[i] & 63];
	salt[at++] = '$';
	salt[at] = '\0';
	return ERR_OK;
}

/* crypt(3) says "*0" or NULL when it could not. */
static enum err make_hash(const char *secret, bool strongest, char hash[WORKER_HASH_MAX])
{
	struct crypt_data *data = calloc(1, sizeof(*data));
	char salt[WORKER_HASH_MAX];
	const char *made;
	enum err err = ERR_CRYPTO;

	if (!data)
		return ERR_NO_MEMORY;
	if (make_salt(strongest, salt) == ERR_OK) {
		made = crypt_r(secret, salt, data);
		if (made && made[0] == '$')
			err = str_copy(str_from(made), hash, WORKER_HASH_MAX);
	}
	key_wipe(data, sizeof(*data));
	free(data);
	return err;
}

enum err worker_prepare(const struct key_der *escrow, struct worker_secret *out)
{
	uint8_t random[SECRET_LEN];
	size_t sealed_len = 0;
	enum err err;

	memset(out, 0, sizeof(*out));
	if (key_random_kernel.fill(NULL, random, sizeof(random)) != 0)
		return ERR_CRYPTO;
	for (unsigned i = 0; i < SECRET_LEN; i++)
		out->secret[i] = alphabet[random[i] & 63];
	key_wipe(random, sizeof(random));
	err = make_hash(out->secret, true, out->hash);
	if (err != ERR_OK)
		err = make_hash(out->secret, false, out->hash);
	if (IS_ENABLED(CONFIG_UPLINK) && err == ERR_OK && escrow->len > 0)
		err = key_seal(escrow, key_random_kernel, out->secret, SECRET_LEN, out->sealed, sizeof(out->sealed),
			       &sealed_len);
	out->sealed_len = (uint16_t)sealed_len;
	if (err != ERR_OK)
		key_wipe(out, sizeof(*out));
	return err;
}
