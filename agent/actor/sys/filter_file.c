/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps policies on the disk; judges nothing but their form. */
#include "agent/actor/sys/filter_file.h"

#include "agent/base/hash.h"
#include "agent/base/regular.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define NEW_FILE "policy.new"

enum err filter_file_bytes(int dir, const char *name, struct filter_file *out)
{
	uint8_t more;
	ssize_t n = 0;
	int fd;
	enum err err = regular_open(dir, name, O_RDONLY, &fd);

	out->len = 0;
	if (err != ERR_OK)
		return err;
	while (out->len < sizeof(out->bytes) &&
	       (n = read(fd, out->bytes + out->len, sizeof(out->bytes) - out->len)) > 0)
		out->len += (size_t)n;
	if (n < 0)
		err = err_from_errno(errno);
	else if (out->len == sizeof(out->bytes) && read(fd, &more, 1) != 0)
		err = ERR_TOO_LONG;
	close(fd);
	return err;
}

enum err filter_file_decode(struct filter_file *f, char why[FILTER_WHY_MAX])
{
	static const struct hash_key key = {1, 2};

	f->mark = hash_bytes(&key, f->bytes, f->len);
	return filter_decode((struct str){(const char *)f->bytes, f->len}, &f->filter, why);
}

enum err filter_file_read(int dir, const char *name, struct filter_file *out)
{
	char why[FILTER_WHY_MAX];
	enum err err = filter_file_bytes(dir, name, out);

	return err == ERR_OK ? filter_file_decode(out, why) : err;
}

enum err filter_file_write(int dir, const char *name, const struct filter_file *f)
{
	int fd;
	enum err err = regular_open(dir, NEW_FILE, O_WRONLY | O_CREAT | O_TRUNC, &fd);

	if (err != ERR_OK)
		return err;
	err = regular_keep(fd, (struct str){(const char *)f->bytes, f->len});
	close(fd);
	return err == ERR_OK ? filter_file_rename(dir, NEW_FILE, name) : err;
}

enum err filter_file_rename(int dir, const char *from, const char *to)
{
	return renameat(dir, from, dir, to) == 0 && fsync(dir) == 0 ? ERR_OK : err_from_errno(errno);
}

enum err filter_file_remove(int dir, const char *name)
{
	if ((unlinkat(dir, name, 0) != 0 && errno != ENOENT) || fsync(dir) != 0)
		return err_from_errno(errno);
	return ERR_OK;
}
