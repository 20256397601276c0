/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A new password with all that takes long: random characters, the strongest hash that the system's crypt(3) offers, and
 * the box sealed to the escrow key.
 */
#include "agent/actor/sys/worker.h"

#include <string.h>

/* 64 characters that are hard to mistake for another and mean nothing to a shell: 20 of them carry 120 bits. */
static const char alphabet[] = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz-_.+:=@%";
#define SECRET_LEN 20

_Static_assert(sizeof(alphabet) == 64 + 1, "six bits a character");
_Static_assert(SECRET_LEN < WORKER_SECRET_MAX, "with a NUL");

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
	err = password_make(out->secret, out->hash);
	if (IS_ENABLED(CONFIG_UPLINK) && err == ERR_OK && escrow->len > 0)
		err = key_seal(escrow, key_random_kernel, out->secret, SECRET_LEN, out->sealed, sizeof(out->sealed),
			       &sealed_len);
	out->sealed_len = (uint16_t)sealed_len;
	if (err != ERR_OK)
		key_wipe(out, sizeof(*out));
	return err;
}
