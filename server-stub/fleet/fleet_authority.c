/* SPDX-License-Identifier: Apache-2.0 */
/* Each file is replaced whole, and the next authority's own files go last: until then the change can be made again. */
#include "server-stub/fleet/fleet_authority.h"

#include "agent/base/buf.h"
#include "server-stub/fleet/fleet_bundle.h"
#include "server-stub/fleet/fleet_file.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define DAY_S INT64_C(86400)
#define CA "ca.pem"
#define CA_KEY "ca_key.pem"
#define LINK_CERT "server.pem"

static enum err make(struct fleet_authority *a, int64_t wall_s)
{
	struct key_der public_key;
	struct key_cert_request request = {
		.kind = KEY_CERT_CA,
		.subject_key = &public_key,
		.issuer_key = &a->key,
		.subject = FLEET_CA_NAME,
		.issuer = FLEET_CA_NAME,
		.serial = {1},
		.not_before_s = wall_s - DAY_S,
		.not_after_s = wall_s + FLEET_CA_DAYS * DAY_S,
	};
	enum err err = key_generate(key_random_kernel, &a->key);

	if (err == ERR_OK)
		err = key_public(&a->key, &public_key);
	if (err == ERR_OK && key_random_kernel.fill(NULL, request.serial + 1, sizeof(request.serial) - 1) != 0)
		err = ERR_CRYPTO;
	return err == ERR_OK ? key_cert(&request, key_random_kernel, a->cert, &a->cert_len) : err;
}

enum err fleet_authority_make(struct fleet_authority *a, int64_t wall_s, const char **bad)
{
	struct fleet_file_pem pem;
	enum err err = make(a, wall_s);

	*bad = a->cert_name;
	if (err != ERR_OK)
		return err;
	pem = (struct fleet_file_pem){"EC PRIVATE KEY", a->key.bytes, a->key.len, 0600};
	*bad = a->key_name;
	err = fleet_file_create_pem((struct fleet_file){a->dir, a->key_name}, &pem);
	if (err != ERR_OK)
		return err;
	pem = (struct fleet_file_pem){"CERTIFICATE", a->cert, a->cert_len, 0644};
	*bad = a->cert_name;
	return fleet_file_create_pem((struct fleet_file){a->dir, a->cert_name}, &pem);
}

static enum err say(char *error, struct fleet_file f, enum err err)
{
	snprintf(error, FLEET_CONF_ERROR_MAX, "%.200s/%s: %s", f.dir, f.name, err_text(err));
	return err;
}

static enum err replace(struct fleet_file f, struct str text, mode_t mode, char *error)
{
	enum err err = fleet_file_replace(f, text, mode);

	if (err == ERR_OK)
		err = fleet_file_give(f);
	return err == ERR_OK ? ERR_OK : say(error, f, err);
}

static void drop(struct fleet_file f)
{
	char path[FLEET_FILE_PATH_MAX];

	if (fleet_file_path(f, path) == ERR_OK)
		(void)unlink(path);
}

enum err fleet_authority_next(const char *dir, int64_t wall_s, char error[FLEET_CONF_ERROR_MAX])
{
	const struct fleet_file cert = {dir, FLEET_AUTHORITY_NEXT}, key = {dir, FLEET_AUTHORITY_NEXT_KEY};
	struct fleet_authority a = {.dir = dir, .cert_name = cert.name, .key_name = key.name};
	static struct fleet fleet;
	const char *bad = NULL;
	enum err err = fleet_load(dir, &fleet, &bad);

	if (err != ERR_OK)
		return say(error, (struct fleet_file){dir, bad}, err);
	err = fleet_authority_make(&a, wall_s, &bad);
	key_wipe(&a.key, sizeof(a.key));
	if (err == ERR_EXISTS) {
		snprintf(error, FLEET_CONF_ERROR_MAX,
			 "%.200s/%s exists already: a next authority was made. Have devices accept it (caltrop trust "
			 "ca), or remove next_ca.pem and next_ca_key.pem to make another",
			 dir, bad);
		return err;
	}
	if (err == ERR_OK)
		err = fleet_file_give(key);
	if (err == ERR_OK)
		err = fleet_file_give(cert);
	return err == ERR_OK ? ERR_OK : say(error, (struct fleet_file){dir, bad}, err);
}

/* -- use -- */

struct change {
	const char *dir;
	struct fleet fleet;
	char next[FLEET_FILE_MAX / 8], key[FLEET_FILE_MAX / 8]; /* PEM */
	size_t next_len, key_len;
};

static enum err read_next(struct change *c, char *error)
{
	const struct fleet_file next = {c->dir, FLEET_AUTHORITY_NEXT}, key = {c->dir, FLEET_AUTHORITY_NEXT_KEY};
	const char *bad = NULL;
	enum err err = fleet_file_read(next, c->next, sizeof(c->next), &c->next_len);

	if (err == ERR_NOT_FOUND) {
		snprintf(error, FLEET_CONF_ERROR_MAX,
			 "there is no next authority; `caltrop-server authority new` makes one");
		return err;
	}
	if (err != ERR_OK)
		return say(error, next, err);
	err = fleet_file_read(key, c->key, sizeof(c->key), &c->key_len);
	if (err != ERR_OK)
		return say(error, key, err);
	err = fleet_load(c->dir, &c->fleet, &bad);
	return err == ERR_OK ? ERR_OK : say(error, (struct fleet_file){c->dir, bad}, err);
}

/* A device that does not know the next authority would refuse the service, and could not be told of it any more. */
static enum err is_accepted(const struct change *c, char *error)
{
	static struct fleet_bundle now;
	uint8_t der[KEY_CERT_MAX];
	size_t len;
	enum err err = key_from_pem("CERTIFICATE", c->next, der, sizeof(der), &len);

	if (err == ERR_OK)
		err = fleet_bundle_read(c->dir, &now);
	if (err != ERR_OK)
		return say(error, (struct fleet_file){c->dir, FLEET_AUTHORITY_NEXT}, err);
	for (unsigned i = 0; now.len > 0 && i < now.bundle.ca_count; i++)
		if (now.bundle.cas[i].len == len && memcmp(now.bundle.cas[i].der, der, len) == 0)
			return ERR_OK;
	snprintf(error, FLEET_CONF_ERROR_MAX, "devices don't accept it yet: caltrop trust ca %.200s/%s --root-key FILE",
		 c->dir, FLEET_AUTHORITY_NEXT);
	return ERR_UNTRUSTED;
}

static enum err write_id(const struct change *c, char *error)
{
	const struct fleet_file file = {c->dir, FLEET_ID_FILE};
	char text[2 * STORE_FLEET + 1];
	struct buf b = buf_over(text, sizeof(text));

	buf_hex(&b, c->fleet.id, STORE_FLEET);
	buf_text(&b, "\n");
	return replace(file, (struct str){text, b.len}, 0644, error);
}

/* The new one first: it signs. Those behind it are accepted from devices. */
static enum err write_ca(const struct change *c, char *error)
{
	const struct fleet_file file = {c->dir, CA};
	char text[FLEET_FILE_MAX];
	size_t len;
	enum err err;

	memcpy(text, c->next, c->next_len);
	err = fleet_file_read(file, text + c->next_len, sizeof(text) - c->next_len, &len);
	if (err != ERR_OK)
		return say(error, file, err);
	/* It was written already, by a call that was cut. */
	if (strncmp(text + c->next_len, c->next, c->next_len) == 0)
		return ERR_OK;
	if (c->fleet.old_ca_count == FLEET_CAS_MAX - 1) {
		snprintf(error, FLEET_CONF_ERROR_MAX, "%.200s/%s has %d authorities: remove one that no device needs",
			 c->dir, CA, FLEET_CAS_MAX);
		return ERR_FULL;
	}
	return replace(file, (struct str){text, c->next_len + len}, 0644, error);
}

enum err fleet_authority_use(const char *dir, char error[FLEET_CONF_ERROR_MAX])
{
	static struct change c;
	enum err err;

	c = (struct change){.dir = dir};
	err = read_next(&c, error);
	if (err == ERR_OK)
		err = is_accepted(&c, error);
	if (err == ERR_OK)
		err = write_id(&c, error);
	if (err == ERR_OK)
		err = write_ca(&c, error);
	if (err == ERR_OK)
		err = replace((struct fleet_file){dir, CA_KEY}, (struct str){c.key, c.key_len}, 0600, error);
	key_wipe(&c, sizeof(c));
	if (err != ERR_OK)
		return err;
	/* The service makes its own anew when it starts. */
	drop((struct fleet_file){dir, LINK_CERT});
	drop((struct fleet_file){dir, FLEET_AUTHORITY_NEXT_KEY});
	drop((struct fleet_file){dir, FLEET_AUTHORITY_NEXT});
	return ERR_OK;
}
