/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file becomes an object and the other way round. The whole file is in memory, for it is at most OBJECT_BYTES_MAX and
 * its hash comes before its bytes.
 */
#include "server-stub/cli/object_bytes.h"

#include "agent/base/buf.h"
#include "agent/base/clock.h"
#include "agent/base/key.h"
#include "agent/cli/command.h"
#include "proto/object.h"
#include "server-stub/cli/fleet_aim.h"
#include "server-stub/cli/list.h"
#include "server-stub/cli/object_out.h"
#include "server-stub/cli/signing.h"

#include <mbedtls/base64.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE 45000 /* bytes of one call; the service takes requests of 64 KiB */

/* -- from a file to the service -- */

struct content {
	uint8_t *bytes; /* owned */
	size_t len;
	uint8_t sha256[32];
};

static int load(const char *file, struct content *c)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	struct stat st;
	int status = OPTS_GO_ON;

	if (fd < 0 || fstat(fd, &st) != 0) {
		status = opts_failed(COMMAND_FAILED, "%s: %s", file, strerror(errno));
		goto out;
	}
	if (!S_ISREG(st.st_mode) || st.st_size > OBJECT_BYTES_MAX) {
		status = opts_failed(COMMAND_FAILED, "%s: %s", file,
				     S_ISREG(st.st_mode) ? "is larger than any object" : "is no file");
		goto out;
	}
	c->bytes = malloc((size_t)st.st_size + 1);
	while (c->bytes && c->len < (size_t)st.st_size) {
		ssize_t n = read(fd, c->bytes + c->len, (size_t)st.st_size - c->len);

		if (n <= 0)
			break;
		c->len += (size_t)n;
	}
	if (!c->bytes || c->len < (size_t)st.st_size)
		status = opts_failed(COMMAND_FAILED, "%s: %s", file,
				     c->bytes ? "cannot be read whole" : "out of memory");
	else
		key_sha256(c->bytes, c->len, c->sha256);
out:
	if (fd >= 0)
		close(fd);
	return status;
}

static int copy(struct str bytes, struct content *c)
{
	c->bytes = malloc(bytes.len + 1);
	if (!c->bytes)
		return opts_failed(COMMAND_FAILED, "out of memory");
	memcpy(c->bytes, bytes.data, bytes.len);
	c->len = bytes.len;
	key_sha256(c->bytes, c->len, c->sha256);
	return OPTS_GO_ON;
}

static json_t *plain(const struct object_bytes_offer *o, const struct object *said)
{
	char hex[65];
	struct buf b = buf_over(hex, sizeof(hex) - 1);
	json_t *body;

	buf_hex(&b, said->sha256, sizeof(said->sha256));
	hex[b.len] = 0;
	body = json_pack("{s:s, s:s, s:I, s:s}", "kind", o->kind, "name", said->name, "size", (json_int_t)said->size,
			 "sha256", hex);
	if (o->version)
		json_object_set_new(body, "version", json_integer(o->version));
	return body;
}

/* Signed here: the service cannot make one. */
static json_t *seal(const struct object_bytes_offer *o, const struct object *said, int *status)
{
	uint8_t bytes[OBJECT_STATEMENT_MAX];
	struct buf b = buf_over(bytes, sizeof(bytes));
	const struct opts_list one = {1, {o->key_file}};
	json_t *list = NULL;

	if (object_encode(&b, said) == ERR_OK)
		list = signing_list(o->keys ? o->keys : &one, b.data, b.len, status);
	else
		*status = opts_failed(COMMAND_FAILED, "the statement of the object is too long to be signed");
	if (!list)
		return NULL;
	return json_pack("{s:o, s:o}", "statement", signing_base64(bytes, b.len), "signatures", list);
}

static int describe(struct rest *r, const char *file, const struct object_bytes_offer *o, struct object *said)
{
	const struct object_kind *kind = object_kind_named(o->kind);
	const char *slash = strrchr(file, '/');
	char why[OBJECT_WHY_MAX];

	if (!kind || kind->way != OBJECT_DOWN)
		return opts_failed(COMMAND_USAGE, "%s: there is no such kind of objects for devices", o->kind);
	said->kind = kind->number;
	said->created_s = clock_wall_s();
	said->version = (uint64_t)(o->version > 0 ? o->version : clock_wall_ms());
	snprintf(said->name, sizeof(said->name), "%s", o->name ? o->name : slash ? slash + 1 : file);
	snprintf(said->author, sizeof(said->author), "%s", rest_context(r)->user);
	snprintf(said->group, sizeof(said->group), "%s", o->group ? o->group : "");
	return object_check(said, why) == ERR_OK ? OPTS_GO_ON : opts_failed(COMMAND_USAGE, "%s: %s", file, why);
}

static void measure(const struct content *c, struct object *said)
{
	said->size = (uint32_t)c->len;
	memcpy(said->sha256, c->sha256, sizeof(said->sha256));
}

json_t *object_bytes_seal(struct rest *r, const struct object_bytes_offer *o, int *status)
{
	struct content c = {.len = 0};
	struct object said = {.kind = 0};

	*status = copy(o->bytes, &c);
	free(c.bytes);
	measure(&c, &said);
	if (*status == OPTS_GO_ON)
		*status = describe(r, o->name, o, &said);
	return *status == OPTS_GO_ON ? seal(o, &said, status) : NULL;
}

/* A file that becomes an object. */
struct making {
	const char *file;
	const struct object_bytes_offer *offer;
	const struct content *content;
};

/* The call that makes it: signed by whoever signs it, or to be signed by the service. NULL: *status says why. */
static json_t *compose(struct rest *r, const struct making *m, int *status)
{
	struct object said = {.kind = 0};

	if (m->offer->sealed)
		return json_copy(m->offer->sealed);
	measure(m->content, &said);
	*status = describe(r, m->file, m->offer, &said);
	if (*status != OPTS_GO_ON)
		return NULL;
	return m->offer->key_file || m->offer->keys ? seal(m->offer, &said, status) : plain(m->offer, &said);
}

/* How many bytes the service has: of a statement that came before, those that came with it then. */
static size_t bytes_there(json_t *object, const struct content *c)
{
	json_int_t have = json_integer_value(json_object_get(object, "have"));

	return have > 0 && (size_t)have < c->len ? (size_t)have : have > 0 ? c->len : 0;
}

static int send_bytes(struct rest *r, const struct content *c, json_t **object)
{
	struct list_url url = {.text = "/api/v1/objects/"};
	int status = OPTS_GO_ON;

	const char *id = json_string_value(json_object_get(*object, "id"));
	char path[LIST_URL_MAX + 16];

	if (!id || !rest_encode(url.text, sizeof(url.text), id))
		return opts_failed(COMMAND_FAILED, "the service: its answer names no object");
	snprintf(path, sizeof(path), "%s/bytes", url.text);
	for (size_t at = bytes_there(*object, c); status == OPTS_GO_ON && at < c->len;) {
		size_t len = c->len - at < PIECE ? c->len - at : PIECE;
		json_t *body =
			json_pack("{s:I, s:o}", "offset", (json_int_t)at, "data", signing_base64(c->bytes + at, len));

		json_decref(*object);
		*object = NULL;
		status = rest_call(r, &(struct rest_call){.method = "POST", .path = path, .body = body}, object);
		json_decref(body);
		at += len;
	}
	return status;
}

int object_bytes_offer(struct rest *r, const char *file, const struct object_bytes_offer *o, json_t **answer)
{
	struct content c = {.len = 0};
	json_t *body = NULL;
	int status = o->bytes.data ? copy(o->bytes, &c) : load(file, &c);

	if (status == OPTS_GO_ON)
		body = compose(r, &(struct making){file, o, &c}, &status);
	if (status == OPTS_GO_ON) {
		fleet_aim_put(body, o->devices, o->group, o->all);
		status = rest_call(r, &(struct rest_call){.method = "POST", .path = "/api/v1/objects", .body = body},
				   answer);
	}
	if (status == OPTS_GO_ON)
		status = send_bytes(r, &c, answer);
	json_decref(body);
	free(c.bytes);
	return status == OPTS_GO_ON ? COMMAND_OK : status;
}

/* -- from the service to a file -- */

struct fetch {
	int fd;
	uint64_t at, size;
	struct key_hash hash;
	char sha256[65]; /* that it has to have */
};

static bool write_all(int fd, const uint8_t *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno != EINTR)
			return false;
		bytes += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
	return true;
}

/* The bytes of one answer. False: there are none. */
static bool take(struct fetch *f, json_t *answer)
{
	const char *text = json_string_value(json_object_get(answer, "data"));
	size_t cap = text ? strlen(text) / 4 * 3 + 4 : 0, len = 0;
	uint8_t *bytes = text ? malloc(cap) : NULL;
	bool good = bytes && mbedtls_base64_decode(bytes, cap, &len, (const unsigned char *)text, strlen(text)) == 0 &&
		    len > 0 && len <= f->size - f->at && write_all(f->fd, bytes, len);

	if (good) {
		key_hash_add(&f->hash, bytes, len);
		f->at += len;
	}
	free(bytes);
	return good;
}

static int fetch(struct rest *r, const char *url, struct fetch *f)
{
	int status = OPTS_GO_ON;

	while (status == OPTS_GO_ON && f->at < f->size) {
		char path[LIST_URL_MAX + 64];
		json_t *answer = NULL;

		snprintf(path, sizeof(path), "%s/bytes?offset=%llu", url, (unsigned long long)f->at);
		status = rest_call(r, &(struct rest_call){.method = "GET", .path = path}, &answer);
		if (status == OPTS_GO_ON && !take(f, answer))
			status = opts_failed(COMMAND_FAILED, "the object: %s",
					     errno ? strerror(errno) : "its bytes end too early");
		json_decref(answer);
	}
	return status;
}

static bool hash_is(struct fetch *f)
{
	uint8_t digest[32];
	char hex[65];
	struct buf b = buf_over(hex, sizeof(hex) - 1);

	key_hash_end(&f->hash, digest);
	buf_hex(&b, digest, sizeof(digest));
	hex[b.len] = 0;
	return strcmp(hex, f->sha256) == 0;
}

static int look_up(struct rest *r, const char *url, struct fetch *f)
{
	json_t *answer = NULL;
	int status = rest_call(r, &(struct rest_call){.method = "GET", .path = url}, &answer);
	const char *hash = json_string_value(json_object_get(answer, "sha256"));

	if (status == OPTS_GO_ON && !hash)
		status = opts_failed(COMMAND_FAILED, "the service: its answer names no hash");
	if (status == OPTS_GO_ON) {
		snprintf(f->sha256, sizeof(f->sha256), "%s", hash);
		f->size = (uint64_t)json_integer_value(json_object_get(answer, "size"));
	}
	json_decref(answer);
	return status;
}

int object_bytes_get(struct rest *r, const char *id, const char *file)
{
	struct list_url url = {.text = "/api/v1/objects/"};
	struct fetch f = {.fd = -1};
	int status;

	if (!rest_encode(url.text, sizeof(url.text), id))
		return opts_failed(COMMAND_USAGE, "%s: is not the id of an object", id);
	status = look_up(r, url.text, &f);
	if (status != OPTS_GO_ON)
		return status;
	status = object_out_open(file, &f.fd);
	if (status != OPTS_GO_ON)
		return status;
	key_hash_begin(&f.hash);
	errno = 0;
	status = fetch(r, url.text, &f);
	if (!hash_is(&f) && status == OPTS_GO_ON)
		status = opts_failed(COMMAND_FAILED, "the object: its bytes do not have its hash");
	status = object_out_close(file, f.fd, status);
	return status == OPTS_GO_ON ? COMMAND_OK : status;
}
