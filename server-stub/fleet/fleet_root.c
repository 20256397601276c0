/* SPDX-License-Identifier: Apache-2.0 */
/* Makes root keys and signs the first trust bundle with them; wipes them afterwards. */
#include "server-stub/fleet/fleet_root.h"

#include "proto/bundle.h"
#include "server-stub/fleet/fleet_bundle.h"
#include "server-stub/fleet/fleet_file.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static enum err say(char *error, const char *dir, const char *name, enum err err)
{
	snprintf(error, FLEET_CONF_ERROR_MAX, "%.200s/%s: %s", dir, name, err_text(err));
	return err;
}

void fleet_root_name(const struct fleet_root *r, unsigned place, char name[32])
{
	if (r->count == 1)
		snprintf(name, 32, "root_key.pem");
	else
		snprintf(name, 32, "root_key_%u.pem", place + 1);
}

static void fill(const struct fleet *f, const struct fleet_root *r, int64_t wall_s, struct bundle *b)
{
	b->created_s = wall_s;
	b->roots_needed = (uint8_t)r->needed;
	b->root_count = (uint8_t)r->count;
	b->order_count = (uint8_t)f->order_public_count;
	for (unsigned i = 0; i < f->order_public_count; i++) {
		b->orders[i].key = f->order_public[i];
		b->orders[i].verbs = b->orders[i].kinds = BUNDLE_ALL;
		snprintf(b->orders[i].name, sizeof(b->orders[i].name), i ? "service %u" : "service", i + 1);
	}
	b->ca_count = 1;
	b->cas[0].len = (uint16_t)f->ca_cert_len;
	memcpy(b->cas[0].der, f->ca_cert, f->ca_cert_len);
	b->escrow = f->escrow;
	memcpy(b->fleet, f->id, sizeof(b->fleet));
}

static enum err make_keys(const struct fleet_root *r, struct key_der *keys, struct bundle *b)
{
	enum err err = ERR_OK;

	for (unsigned i = 0; err == ERR_OK && i < r->count; i++) {
		err = key_generate(key_random_kernel, &keys[i]);
		if (err == ERR_OK)
			err = key_public(&keys[i], &b->roots[i]);
	}
	return err;
}

static enum err sign(const struct fleet *f, const struct fleet_root *r, const struct key_der *keys,
		     const struct bundle *b)
{
	struct bundle_sealed sealed = {.signature_count = 0};
	struct buf bytes = buf_over(sealed.bytes, sizeof(sealed.bytes));
	uint8_t memory[BUNDLE_SEALED_MAX];
	struct buf out = buf_over(memory, sizeof(memory));
	char why[BUNDLE_WHY_MAX];
	enum err err = bundle_encode(&bytes, b, why);

	sealed.len = (uint16_t)bytes.len;
	for (unsigned i = 0; err == ERR_OK && i < r->count; i++)
		err = bundle_sign(&sealed, &keys[i], key_random_kernel);
	if (err == ERR_OK)
		err = bundle_seal(&out, &sealed);
	return err == ERR_OK ? fleet_file_create((struct fleet_file){f->dir, FLEET_BUNDLE_FILE}, buf_str(&out), 0644)
			     : err;
}

/* The keys that were written; after an error those are taken back. */
static enum err write_keys(const struct fleet_root *r, const struct key_der *keys, char *error)
{
	char name[32], path[FLEET_FILE_PATH_MAX];
	enum err err = ERR_OK;
	unsigned made = 0;

	for (; err == ERR_OK && made < r->count; made++) {
		const struct fleet_file_pem pem = {"EC PRIVATE KEY", keys[made].bytes, keys[made].len, 0600};

		fleet_root_name(r, made, name);
		err = fleet_file_create_pem((struct fleet_file){r->dir, name}, &pem);
	}
	if (err == ERR_OK)
		return ERR_OK;
	(void)say(error, r->dir, name, err);
	for (unsigned i = 0; i + 1 < made; i++) {
		fleet_root_name(r, i, name);
		if (fleet_file_path((struct fleet_file){r->dir, name}, path) == ERR_OK)
			unlink(path);
	}
	return err;
}

enum err fleet_root_create(const struct fleet *f, const struct fleet_root *r, int64_t wall_s,
			   char error[FLEET_CONF_ERROR_MAX])
{
	struct key_der keys[BUNDLE_ROOTS_MAX];
	struct bundle bundle = {.version = 1};
	enum err err = make_keys(r, keys, &bundle);

	fill(f, r, wall_s, &bundle);
	if (err == ERR_OK)
		err = sign(f, r, keys, &bundle);
	if (err != ERR_OK)
		(void)say(error, f->dir, FLEET_BUNDLE_FILE, err);
	else
		/* Last: nothing can fail behind it, so no error leaves a root key. */
		err = write_keys(r, keys, error);
	key_wipe(keys, sizeof(keys));
	return err;
}
