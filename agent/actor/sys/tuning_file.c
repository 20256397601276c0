/* SPDX-License-Identifier: Apache-2.0 */
/* Reads and writes what is kept of the service's settings. Judges nothing but its form. */
#include "agent/actor/sys/tuning_file.h"

#include "agent/base/buf.h"
#include "agent/base/hash.h"
#include "agent/base/regular.h"
#include "agent/base/view.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FILE_NAME "tuning"
#define NEW_NAME "tuning.new"
#define HEAD 24
#define BYTES_MAX (HEAD + TUNING_BYTES_MAX + 4)

static const char magic[4] = {'C', 'T', 'S', '1'};

enum err tuning_file_bytes(int fd, struct tuning_file *out)
{
	return regular_read(fd, out->text, sizeof(out->text), &out->len);
}

static enum err decode(const uint8_t *bytes, size_t len, struct tuning_file *out)
{
	struct view v = view_over(bytes, len);
	char head[sizeof(magic)];

	view_bytes(&v, head, sizeof(head));
	out->version = view_be64(&v);
	out->tried = view_be64(&v);
	out->len = view_be32(&v);
	if (v.short_read || memcmp(head, magic, sizeof(head)) != 0 || out->len > sizeof(out->text))
		return ERR_CORRUPT;
	view_bytes(&v, out->text, out->len);
	uint32_t crc = view_be32(&v);

	return view_done(&v) == ERR_OK && crc == hash_crc32c(0, bytes, len - 4) ? ERR_OK : ERR_CORRUPT;
}

enum err tuning_file_read(int dir, struct tuning_file *out)
{
	uint8_t bytes[BYTES_MAX];
	size_t len = 0;
	int fd;
	enum err err = regular_open(dir, FILE_NAME, O_RDONLY, &fd);

	memset(out, 0, sizeof(*out));
	if (err != ERR_OK)
		return err;
	err = regular_read(fd, bytes, sizeof(bytes), &len);
	close(fd);
	if (err == ERR_OK)
		err = decode(bytes, len, out);
	if (err != ERR_OK)
		memset(out, 0, sizeof(*out));
	return err == ERR_TOO_LONG ? ERR_CORRUPT : err;
}

enum err tuning_file_write(int dir, const struct tuning_file *f)
{
	uint8_t bytes[BYTES_MAX];
	struct buf b = buf_over(bytes, sizeof(bytes));
	int fd;
	enum err err;

	buf_bytes(&b, magic, sizeof(magic));
	buf_be64(&b, f->version);
	buf_be64(&b, f->tried);
	buf_be32(&b, (uint32_t)f->len);
	buf_bytes(&b, f->text, f->len);
	buf_be32(&b, hash_crc32c(0, bytes, b.len));
	err = regular_open(dir, NEW_NAME, O_WRONLY | O_CREAT | O_TRUNC, &fd);
	if (err != ERR_OK)
		return err;
	err = regular_keep(fd, buf_str(&b));
	close(fd);
	if (err == ERR_OK && (renameat(dir, NEW_NAME, dir, FILE_NAME) != 0 || fsync(dir) != 0))
		err = err_from_errno(errno);
	return err;
}
