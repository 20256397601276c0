/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the trust bundle. Every file but device_id may be absent. When a file exists and does not parse, no part of the
 * bundle is trusted.
 */
#include "agent/common/trust.h"

#include "agent/base/hex.h"
#include "agent/base/regular.h"
#include "agent/base/str.h"
#include "agent/common/trust_bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define FILE_MAX 8192 /* bytes; eight PUBLIC KEY blocks need 1.5 KiB */

/* Read a whole file and end it with a NUL. ERR_NOT_FOUND, ERR_TOO_LONG or the error of the file. */
static enum err read_text(int dir, const char *name, char text[FILE_MAX])
{
	int fd;
	size_t len = 0;
	ssize_t got = 1;
	enum err err = regular_open(dir, name, O_RDONLY, &fd);

	if (err != ERR_OK)
		return err;
	while (got > 0 && len < FILE_MAX) {
		got = read(fd, text + len, FILE_MAX - len);
		if (got > 0)
			len += (size_t)got;
	}
	if (got < 0)
		err = err_from_errno(errno);
	else if (len >= FILE_MAX || memchr(text, '\0', len))
		err = ERR_TOO_LONG;
	text[len < FILE_MAX ? len : 0] = '\0';
	close(fd);
	return err;
}

static enum err parse_device_id(const char *text, struct trust *out)
{
	struct str digits = str_trim(str_from(text));

	return hex_read(digits, out->device_id, sizeof(out->device_id)) ? ERR_OK : ERR_CORRUPT;
}

static enum err parse_group(const char *text, struct trust *out)
{
	return str_copy(str_trim(str_from(text)), out->group, sizeof(out->group)) == ERR_OK ? ERR_OK : ERR_CORRUPT;
}

static enum err parse_server_name(const char *text, struct trust *out)
{
	return str_copy(str_trim(str_from(text)), out->server_name, sizeof(out->server_name)) == ERR_OK ? ERR_OK
													: ERR_CORRUPT;
}

/*
 * Read one block. key_verify() finds a wrong signature only after it has accepted the key, so that proves a good key.
 */
static enum err parse_key(const char *text, struct key_der *key)
{
	static const uint8_t no_signature[1];
	size_t len;

	if (key_from_pem("PUBLIC KEY", text, key->bytes, sizeof(key->bytes), &len) != ERR_OK)
		return ERR_CORRUPT;
	key->len = (uint16_t)len;
	return key_verify(key, "", 0, no_signature, 1) == ERR_SIGNATURE ? ERR_OK : ERR_CORRUPT;
}

static enum err parse_escrow(const char *text, struct trust *out)
{
	return parse_key(text, &out->escrow);
}

static enum err parse_order_keys(const char *text, struct trust *out)
{
	static const char begin[] = "-----BEGIN PUBLIC KEY-----", end[] = "-----END PUBLIC KEY-----";

	while ((text = strstr(text, begin)) != NULL) {
		if (out->order_key_count == TRUST_ORDER_KEYS_MAX ||
		    parse_key(text, &out->order_keys[out->order_key_count]) != ERR_OK)
			return ERR_CORRUPT;
		out->order_verbs[out->order_key_count] = out->order_kinds[out->order_key_count] = BUNDLE_ALL;
		out->order_key_count++;
		text = strstr(text, end);
		if (!text)
			return ERR_CORRUPT;
	}
	return ERR_OK;
}

void trust_adopt(struct trust *t, const struct bundle *b)
{
	t->order_key_count = b->order_count;
	t->order_in_browser = 0;
	for (unsigned i = 0; i < b->order_count; i++) {
		t->order_keys[i] = b->orders[i].key;
		t->order_verbs[i] = b->orders[i].verbs;
		t->order_kinds[i] = b->orders[i].kinds;
		t->order_in_browser |= (uint32_t)b->orders[i].in_browser << i;
	}
	t->escrow = b->escrow;
	t->version = b->version;
	memcpy(t->fleet, b->fleet, sizeof(t->fleet));
	t->roots_needed = b->roots_needed;
	t->root_count = b->root_count;
	memcpy(t->roots, b->roots, sizeof(t->roots));
	t->rule_count = b->rule_count;
	memcpy(t->rules, b->rules, sizeof(t->rules));
}

/* ERR_NOT_FOUND: this device has got none yet. */
static enum err load_bundle(int dir, struct trust *out)
{
	struct bundle bundle;
	enum err err = trust_bundle_read(dir, &bundle, out->digest);

	if (err == ERR_OK)
		trust_adopt(out, &bundle);
	return err;
}

static const struct {
	const char *name;
	enum err (*parse)(const char *text, struct trust *out);
	bool first; /* only until there is a bundle */
} files[] = {
	{"device_id", parse_device_id, false},	   {"group", parse_group, false},
	{"server_name", parse_server_name, false}, {"order_keys.pem", parse_order_keys, true},
	{"escrow.pem", parse_escrow, true},
};

static enum err load(int dir, struct trust *out, const char **bad_file)
{
	char text[FILE_MAX];
	enum err bundle = load_bundle(dir, out);

	if (bundle != ERR_OK && bundle != ERR_NOT_FOUND) {
		if (bad_file)
			*bad_file = TRUST_BUNDLE_FILE;
		return ERR_CORRUPT;
	}
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		enum err err;

		if (files[i].first && bundle == ERR_OK)
			continue;
		err = read_text(dir, files[i].name, text);

		if (err == ERR_NOT_FOUND && i > 0)
			continue;
		if (err == ERR_NOT_FOUND)
			return err;
		if (err == ERR_OK)
			err = files[i].parse(text, out);
		if (err != ERR_OK) {
			if (bad_file)
				*bad_file = files[i].name;
			return ERR_CORRUPT;
		}
	}
	return ERR_OK;
}

enum err trust_load(const char *dir, struct trust *out, const char **bad_file)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum err err;

	memset(out, 0, sizeof(*out));
	if (bad_file)
		*bad_file = NULL;
	if (fd < 0)
		return err_from_errno(errno);
	err = load(fd, out, bad_file);
	close(fd);
	if (err != ERR_OK)
		memset(out, 0, sizeof(*out));
	return err;
}
