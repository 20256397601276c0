/* SPDX-License-Identifier: Apache-2.0 */
/* Reads and replaces small files. Never follows a link. */
#include "agent/shell/file.h"

#include "agent/base/regular.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static enum err write_all(int fd, struct str bytes)
{
	while (bytes.len) {
		ssize_t n = write(fd, bytes.data, bytes.len);

		if (n < 0 && errno != EINTR)
			return err_from_errno(errno);
		bytes = str_sub(bytes, n > 0 ? (size_t)n : 0, bytes.len);
	}
	return ERR_OK;
}

enum err file_put(int dir, const char *name, struct str bytes, const struct file_owner *owner)
{
	char temporary[64];

	snprintf(temporary, sizeof(temporary), "%s.new", name);
	unlinkat(dir, temporary, 0);
	int fd = openat(dir, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return err_from_errno(errno);
	enum err err = write_all(fd, bytes);

	if (err == ERR_OK && owner &&
	    (fchmod(fd, owner->mode) != 0 || (owner->uid != (uid_t)-1 && fchown(fd, owner->uid, owner->gid) != 0)))
		err = err_from_errno(errno);
	if (err == ERR_OK && fdatasync(fd) != 0)
		err = err_from_errno(errno);
	close(fd);
	if (err == ERR_OK && renameat(dir, temporary, dir, name) != 0)
		err = err_from_errno(errno);
	if (err)
		unlinkat(dir, temporary, 0);
	else if (fsync(dir) != 0)
		err = err_from_errno(errno);
	return err;
}

enum err file_replace(int dir, const char *name, const void *data, size_t len)
{
	return file_put(dir, name, (struct str){data, len}, NULL);
}

enum err file_read(int dir, const char *name, struct buf *out)
{
	int fd;
	enum err err = regular_open(dir, name, O_RDONLY, &fd);

	out->len = 0;
	while (err == ERR_OK && out->len < out->cap) {
		ssize_t n = read(fd, out->data + out->len, out->cap - out->len);

		if (n == 0)
			break;
		if (n > 0)
			out->len += (size_t)n;
		else if (errno != EINTR)
			err = err_from_errno(errno);
	}
	if (fd >= 0)
		close(fd);
	if (err == ERR_OK && out->len == out->cap)
		err = ERR_TOO_LONG;
	out->len = err ? 0 : out->len;
	out->data[out->len] = 0;
	return err;
}
