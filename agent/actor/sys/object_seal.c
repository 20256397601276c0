/* SPDX-License-Identifier: Apache-2.0 */
/* Reads and keeps who signed an object. Never judges: mandate.c does. */
#include "agent/actor/sys/object_seal.h"

#include "agent/base/buf.h"
#include "agent/base/regular.h"
#include "agent/base/view.h"
#include "proto/object.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SEAL_BYTES_MAX (3 + MESSAGE_STATEMENT_MAX + MESSAGE_SIGNATURES_MAX * (9 + MESSAGE_SIGNATURE_MAX))
#define NAME_BYTES (OBJECT_NAME_MAX + 12) /* ".NAME.signed" */
#define NEW_FILE ".signed"		  /* no object's name, so no seal's */

static void seal_name(const char *name, char out[NAME_BYTES])
{
	snprintf(out, NAME_BYTES, ".%.*s.signed", OBJECT_NAME_MAX - 1, name);
}

enum err object_seal_read(struct str bytes, struct object_seal *out)
{
	struct view v = view_over(bytes.data, bytes.len);
	bool good;

	memset(out, 0, sizeof(*out));
	out->statement_len = view_be16(&v);
	good = out->statement_len <= sizeof(out->statement);
	if (good)
		view_bytes(&v, out->statement, out->statement_len);
	out->signature_count = view_be8(&v);
	good = good && out->signature_count <= MESSAGE_SIGNATURES_MAX;
	for (unsigned i = 0; good && i < out->signature_count; i++) {
		struct actor_signature *s = &out->signatures[i];

		view_bytes(&v, s->key_id, sizeof(s->key_id));
		s->len = view_be8(&v);
		good = s->len <= sizeof(s->bytes);
		if (good)
			view_bytes(&v, s->bytes, s->len);
	}
	if (good && view_done(&v) == ERR_OK)
		return ERR_OK;
	memset(out, 0, sizeof(*out));
	return ERR_CORRUPT;
}

enum err object_seal_load(int dir, const char *name, struct object_seal *seal)
{
	char file[NAME_BYTES], bytes[SEAL_BYTES_MAX];
	size_t len;
	int fd;

	seal_name(name, file);
	enum err err = regular_open(dir, file, O_RDONLY, &fd);

	if (err != ERR_OK)
		return err;
	err = regular_read(fd, bytes, sizeof(bytes), &len);
	close(fd);
	return err == ERR_OK ? object_seal_read((struct str){bytes, len}, seal) : err;
}

static void put_seal(struct buf *b, const struct object_seal *seal)
{
	buf_be16(b, seal->statement_len);
	buf_bytes(b, seal->statement, seal->statement_len);
	buf_be8(b, (uint8_t)seal->signature_count);
	for (unsigned i = 0; i < seal->signature_count; i++) {
		const struct actor_signature *s = &seal->signatures[i];

		buf_bytes(b, s->key_id, sizeof(s->key_id));
		buf_be8(b, (uint8_t)s->len);
		buf_bytes(b, s->bytes, s->len);
	}
}

enum err object_seal_keep(int dir, const char *name, const struct object_seal *seal)
{
	char file[NAME_BYTES], bytes[SEAL_BYTES_MAX];
	struct buf b = buf_over(bytes, sizeof(bytes));
	int fd;

	put_seal(&b, seal);
	if (buf_check(&b) != ERR_OK)
		return ERR_TOO_LONG;
	seal_name(name, file);
	enum err err = regular_open(dir, NEW_FILE, O_WRONLY | O_CREAT | O_TRUNC, &fd);

	if (err != ERR_OK)
		return err;
	/* A short write leaves no whole seal, and is told by its length. */
	if (write(fd, b.data, b.len) != (ssize_t)b.len || fchmod(fd, 0644) != 0 || fsync(fd) != 0)
		err = errno ? err_from_errno(errno) : ERR_NO_SPACE;
	close(fd);
	if (err == ERR_OK && (renameat(dir, NEW_FILE, dir, file) != 0 || fsync(dir) != 0))
		err = err_from_errno(errno);
	return err;
}
