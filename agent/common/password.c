/* SPDX-License-Identifier: Apache-2.0 */
/* Makes hashes by crypt(3). Which ones may be given is password_check.c's. */
#include "agent/common/password.h"

#include "agent/base/key.h"
#include "agent/common/crypt_compat.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const char salt_characters[] = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

static enum err make_salt(bool strongest, char salt[PASSWORD_HASH_MAX])
{
	uint8_t random[32];
	size_t at = 3;

	if (key_random_kernel.fill(NULL, random, sizeof(random)) != 0)
		return ERR_CRYPTO;
	if (strongest)
		return crypt_gensalt_rn(NULL, 0, (const char *)random, sizeof(random), salt, PASSWORD_HASH_MAX)
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
static enum err make_hash(const char *secret, bool strongest, char hash[PASSWORD_HASH_MAX])
{
	struct crypt_data *data = calloc(1, sizeof(*data));
	char salt[PASSWORD_HASH_MAX];
	const char *made;
	enum err err = ERR_CRYPTO;

	if (!data)
		return ERR_NO_MEMORY;
	if (make_salt(strongest, salt) == ERR_OK) {
		made = crypt_r(secret, salt, data);
		if (made && made[0] == '$')
			err = str_copy(str_from(made), hash, PASSWORD_HASH_MAX);
	}
	key_wipe(data, sizeof(*data));
	free(data);
	return err;
}

enum err password_make(const char *secret, char hash[PASSWORD_HASH_MAX])
{
	enum err err = make_hash(secret, true, hash);

	return err == ERR_OK ? ERR_OK : make_hash(secret, false, hash);
}

bool password_is_known(const char *hash)
{
	int said = crypt_checksalt(hash);

	return said == CRYPT_SALT_OK || said == CRYPT_SALT_TOO_CHEAP;
}
