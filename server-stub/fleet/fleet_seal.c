/* SPDX-License-Identifier: Apache-2.0 */
/* Seals and opens secrets of second factors. Whoever opens one wipes it. */
#include "server-stub/fleet/fleet_seal.h"

#include "agent/base/key.h"
#include "server-stub/fleet/fleet_file.h"

#include <sodium.h>

#include <string.h>

#define NONCE crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG crypto_aead_xchacha20poly1305_ietf_ABYTES
#define LABEL "CALTROP FACTOR KEY"

_Static_assert(FLEET_SEAL_KEY == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "the cipher's key");
_Static_assert(PERSON_TOTP_KEPT == FLEET_SEAL_ID + NONCE + PERSON_TOTP + TAG, "room for a sealed secret");

/* -- the key -- */

static void identify(struct fleet_seal *seal)
{
	uint8_t digest[STORE_HASH];

	key_sha256(seal->key, sizeof(seal->key), digest);
	memcpy(seal->id, digest, sizeof(seal->id));
}

void fleet_seal_make(struct fleet_seal *out)
{
	randombytes_buf(out->key, sizeof(out->key));
	identify(out);
}

enum err fleet_seal_load(const char *dir, struct fleet_seal *out, bool *made)
{
	const struct fleet_file file = {dir, FLEET_SEAL_FILE};
	struct fleet_file_pem pem = {.label = LABEL, .der = out->key, .len = sizeof(out->key), .mode = 0600};
	struct key_der key;
	enum err err = fleet_file_key(file, LABEL, &key);

	*made = err == ERR_NOT_FOUND;
	if (*made) {
		fleet_seal_make(out);
		return fleet_file_create_pem(file, &pem);
	}
	if (err == ERR_OK && key.len != sizeof(out->key))
		err = ERR_CORRUPT;
	if (err == ERR_OK) {
		memcpy(out->key, key.bytes, sizeof(out->key));
		identify(out);
	}
	key_wipe(&key, sizeof(key));
	return err;
}

/* -- one secret -- */

struct place {
	const char *name; /* of the operator */
	enum fleet_seal_which which;
	uint8_t *kept;
};

static bool is_zero(const uint8_t *bytes, size_t len)
{
	return sodium_is_zero(bytes, len) == 1;
}

static bool is_sealed(const uint8_t kept[PERSON_TOTP_KEPT])
{
	return !is_zero(kept + PERSON_TOTP, PERSON_TOTP_KEPT - PERSON_TOTP);
}

/* What is authenticated beside the secret. */
static size_t about(const struct place *p, uint8_t out[STORE_NAME_MAX + 1])
{
	size_t len = strnlen(p->name, STORE_NAME_MAX);

	out[0] = (uint8_t)p->which;
	memcpy(out + 1, p->name, len);
	return len + 1;
}

static void seal_one(const struct fleet_seal *seal, const struct place *p)
{
	uint8_t sealed[PERSON_TOTP_KEPT], with[STORE_NAME_MAX + 1];
	uint8_t *nonce = sealed + FLEET_SEAL_ID, *text = nonce + NONCE;
	size_t len = about(p, with);

	if (is_zero(p->kept, PERSON_TOTP_KEPT) || is_sealed(p->kept))
		return;
	memcpy(sealed, seal->id, FLEET_SEAL_ID);
	randombytes_buf(nonce, NONCE);
	(void)crypto_aead_xchacha20poly1305_ietf_encrypt(text, NULL, p->kept, PERSON_TOTP, with, len, NULL, nonce,
							 seal->key);
	memcpy(p->kept, sealed, sizeof(sealed));
}

static enum err open_one(const struct fleet_seal *seal, const struct place *p)
{
	uint8_t secret[PERSON_TOTP_KEPT] = {0}, with[STORE_NAME_MAX + 1];
	const uint8_t *nonce = p->kept + FLEET_SEAL_ID, *text = nonce + NONCE;
	size_t len = about(p, with);

	if (!is_sealed(p->kept))
		return ERR_OK;
	if (memcmp(p->kept, seal->id, FLEET_SEAL_ID) != 0)
		return ERR_NOT_FOUND;
	if (crypto_aead_xchacha20poly1305_ietf_decrypt(secret, NULL, NULL, text, PERSON_TOTP + TAG, with, len, nonce,
						       seal->key) != 0)
		return ERR_CORRUPT;
	memcpy(p->kept, secret, sizeof(secret));
	key_wipe(secret, sizeof(secret));
	return ERR_OK;
}

void fleet_seal_close(const struct fleet_seal *seal, struct person *u)
{
	seal_one(seal, &(struct place){u->name, SEAL_IN_FORCE, u->totp});
	seal_one(seal, &(struct place){u->name, SEAL_NEXT, u->totp_next});
}

enum err fleet_seal_open(const struct fleet_seal *seal, struct person *u, enum fleet_seal_which which)
{
	return open_one(seal, &(struct place){u->name, which, which == SEAL_NEXT ? u->totp_next : u->totp});
}

/* -- all of a store -- */

struct walk {
	const struct fleet_seal *seal;
	struct fleet_seal_count *count;
	bool found;
	struct person open; /* one whose secrets are open */
};

static bool look(void *arg, const struct person *u)
{
	struct walk *w = arg;
	struct person copy = *u;

	w->found = (!is_zero(u->totp, sizeof(u->totp)) && !is_sealed(u->totp)) ||
		   (!is_zero(u->totp_next, sizeof(u->totp_next)) && !is_sealed(u->totp_next));
	if (w->found)
		w->open = *u;
	else if (fleet_seal_open(w->seal, &copy, SEAL_IN_FORCE) != ERR_OK)
		w->count->lost++;
	key_wipe(&copy, sizeof(copy));
	return !w->found;
}

static enum err seal_open_ones(struct walk *w, struct store *s)
{
	enum err err;

	for (;;) {
		w->found = false;
		w->count->lost = 0;
		err = person_list(s, look, w);
		if (err != ERR_OK || !w->found)
			return err;
		fleet_seal_close(w->seal, &w->open);
		err = person_put(s, &w->open);
		if (err != ERR_OK)
			return err;
		w->count->sealed++;
	}
}

enum err fleet_seal_all(const struct fleet_seal *seal, struct store *s, struct fleet_seal_count *out)
{
	struct walk w = {.seal = seal, .count = out};
	enum err err = store_begin(s);

	*out = (struct fleet_seal_count){0};
	if (err != ERR_OK)
		return err;
	err = seal_open_ones(&w, s);
	if (err == ERR_OK)
		return store_commit(s);
	store_rollback(s);
	return err;
}
