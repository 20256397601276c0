/* SPDX-License-Identifier: Apache-2.0 */
/* Seals and opens session tickets, and keeps their keys. Knows nothing of connections. */
#include "server-stub/gateway/ticket.h"

#include "agent/base/buf.h"
#include "agent/base/key.h"
#include "agent/base/view.h"
#include "server-stub/fleet/fleet_file.h"

#include <mbedtls/gcm.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define KEYS 2
#define KEY_BYTES 32
#define NONCE 12
#define TAG 16
#define HEAD (4 + NONCE + TAG)
#define IDENTITY (STORE_ID + 16 + 8 + 8)
#define PLAIN_MAX (IDENTITY + 4096)
#define RECORD (8 + 4 + KEY_BYTES) /* of the file: created_s id key */

struct ticket_key {
	int64_t created_s; /* 0: none */
	uint8_t id[4];
	uint8_t bytes[KEY_BYTES];
};

struct ticket_keys {
	pthread_mutex_t mutex;
	char dir[256];
	struct ticket_key keys[KEYS]; /* newest first */
};

static enum err save(const struct ticket_keys *k)
{
	uint8_t memory[KEYS * RECORD];
	struct buf b = buf_over(memory, sizeof(memory));
	enum err err;

	for (unsigned i = 0; i < KEYS; i++) {
		buf_be64(&b, (uint64_t)k->keys[i].created_s);
		buf_bytes(&b, k->keys[i].id, sizeof(k->keys[i].id));
		buf_bytes(&b, k->keys[i].bytes, KEY_BYTES);
	}
	err = fleet_file_replace((struct fleet_file){k->dir, "ticket.key"}, buf_str(&b), 0600);
	key_wipe(memory, sizeof(memory));
	return err;
}

/* A file that is not as long as it should be is no loss: tickets under its keys are not taken, that is all. */
static void load(struct ticket_keys *k)
{
	char bytes[KEYS * RECORD + 1];
	size_t len;
	struct view v;

	if (fleet_file_read((struct fleet_file){k->dir, "ticket.key"}, bytes, sizeof(bytes), &len) != ERR_OK ||
	    len != KEYS * RECORD)
		return;
	v = view_over(bytes, len);
	for (unsigned i = 0; i < KEYS; i++) {
		k->keys[i].created_s = (int64_t)view_be64(&v);
		view_bytes(&v, k->keys[i].id, sizeof(k->keys[i].id));
		view_bytes(&v, k->keys[i].bytes, KEY_BYTES);
	}
	key_wipe(bytes, sizeof(bytes));
}

enum err ticket_keys_rotate(struct ticket_keys *k, int64_t wall_s)
{
	struct ticket_key fresh = {.created_s = wall_s};
	enum err err = ERR_OK;

	pthread_mutex_lock(&k->mutex);
	/* A key from the future is a clock that was set back: make a new one too. */
	if (k->keys[0].created_s == 0 || wall_s - k->keys[0].created_s >= TICKET_ROTATE_S ||
	    wall_s < k->keys[0].created_s) {
		if (key_random_kernel.fill(NULL, fresh.id, sizeof(fresh.id)) != 0 ||
		    key_random_kernel.fill(NULL, fresh.bytes, sizeof(fresh.bytes)) != 0) {
			err = ERR_CRYPTO;
		} else {
			k->keys[1] = k->keys[0];
			k->keys[0] = fresh;
			err = save(k);
		}
	}
	pthread_mutex_unlock(&k->mutex);
	key_wipe(&fresh, sizeof(fresh));
	return err;
}

enum err ticket_keys_open(const char *dir, int64_t wall_s, struct ticket_keys **out)
{
	struct ticket_keys *k = calloc(1, sizeof(*k));
	enum err err;

	*out = NULL;
	if (!k)
		return ERR_NO_MEMORY;
	pthread_mutex_init(&k->mutex, NULL);
	err = str_copy(str_from(dir), k->dir, sizeof(k->dir));
	if (err == ERR_OK) {
		load(k);
		err = ticket_keys_rotate(k, wall_s);
	}
	if (err == ERR_OK)
		*out = k;
	else
		ticket_keys_close(k);
	return err;
}

void ticket_keys_close(struct ticket_keys *k)
{
	if (!k)
		return;
	pthread_mutex_destroy(&k->mutex);
	key_wipe(k, sizeof(*k));
	free(k);
}

static bool find_key(struct ticket_keys *k, const uint8_t *id, struct ticket_key *out)
{
	bool found = false;

	pthread_mutex_lock(&k->mutex);
	for (unsigned i = 0; i < KEYS && !found; i++) {
		found = k->keys[i].created_s != 0 && (!id || memcmp(k->keys[i].id, id, sizeof(out->id)) == 0);
		if (found)
			*out = k->keys[i];
	}
	pthread_mutex_unlock(&k->mutex);
	return found;
}

/* Identity and session, in the clear. */
static enum err write_plain(const struct ticket_seal *seal, uint8_t plain[PLAIN_MAX], size_t *len)
{
	struct buf b = buf_over(plain, PLAIN_MAX);

	buf_bytes(&b, seal->identity->device, STORE_ID);
	buf_bytes(&b, seal->identity->serial, 16);
	buf_be64(&b, (uint64_t)seal->identity->not_after_s);
	buf_be64(&b, (uint64_t)seal->wall_s);
	buf_put(&b, seal->session);
	*len = b.len;
	return buf_check(&b);
}

enum err ticket_seal(struct ticket_keys *k, const struct ticket_seal *seal, struct buf *out)
{
	uint8_t plain[PLAIN_MAX], head[HEAD], sealed[PLAIN_MAX];
	mbedtls_gcm_context gcm;
	struct ticket_key key;
	size_t len;
	enum err err = write_plain(seal, plain, &len);

	if (err != ERR_OK)
		return err;
	if (!find_key(k, NULL, &key))
		return ERR_CRYPTO;
	memcpy(head, key.id, 4);
	mbedtls_gcm_init(&gcm);
	if (key_random_kernel.fill(NULL, head + 4, NONCE) != 0 ||
	    mbedtls_gcm_setkey(&gcm, MBEDTLS_CIPHER_ID_AES, key.bytes, KEY_BYTES * 8) != 0 ||
	    mbedtls_gcm_crypt_and_tag(&gcm, MBEDTLS_GCM_ENCRYPT, len, head + 4, NONCE, head, 4, plain, sealed, TAG,
				      head + 4 + NONCE) != 0)
		err = ERR_CRYPTO;
	mbedtls_gcm_free(&gcm);
	key_wipe(&key, sizeof(key));
	key_wipe(plain, sizeof(plain));
	if (err != ERR_OK)
		return err;
	buf_bytes(out, head, HEAD);
	buf_bytes(out, sealed, len);
	return buf_check(out);
}

static enum err read_plain(const uint8_t *plain, size_t len, int64_t wall_s, struct ticket_identity *identity)
{
	struct view v = view_over(plain, len);
	int64_t made_s;

	view_bytes(&v, identity->device, STORE_ID);
	view_bytes(&v, identity->serial, 16);
	identity->not_after_s = (int64_t)view_be64(&v);
	made_s = (int64_t)view_be64(&v);
	if (v.short_read)
		return ERR_CRYPTO;
	return wall_s < made_s || wall_s - made_s > TICKET_LIFETIME_S ? ERR_EXPIRED : ERR_OK;
}

enum err ticket_open(struct ticket_keys *k, const struct ticket_open *open, struct buf *session,
		     struct ticket_identity *identity)
{
	uint8_t plain[PLAIN_MAX];
	mbedtls_gcm_context gcm;
	struct ticket_key key;
	size_t len = open->len - HEAD;
	enum err err = ERR_OK;

	if (open->len < HEAD + IDENTITY || len > sizeof(plain) || !find_key(k, open->bytes, &key))
		return ERR_CRYPTO;
	mbedtls_gcm_init(&gcm);
	if (mbedtls_gcm_setkey(&gcm, MBEDTLS_CIPHER_ID_AES, key.bytes, KEY_BYTES * 8) != 0 ||
	    mbedtls_gcm_auth_decrypt(&gcm, len, open->bytes + 4, NONCE, open->bytes, 4, open->bytes + 4 + NONCE, TAG,
				     open->bytes + HEAD, plain) != 0)
		err = ERR_CRYPTO;
	mbedtls_gcm_free(&gcm);
	key_wipe(&key, sizeof(key));
	if (err == ERR_OK)
		err = read_plain(plain, len, open->wall_s, identity);
	if (err == ERR_OK) {
		buf_bytes(session, plain + IDENTITY, len - IDENTITY);
		err = buf_check(session);
	}
	key_wipe(plain, sizeof(plain));
	return err;
}
