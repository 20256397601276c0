/* SPDX-License-Identifier: Apache-2.0 */
/* Opens without waiting, looks at what it got, and closes what is no regular file before anything is read from it. */
#include "agent/base/regular.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

enum err regular_follow(int dir, const char *name, int flags, int *fd)
{
	struct stat st;
	enum err err = ERR_KIND;

	*fd = openat(dir, name, flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);
	if (*fd < 0)
		return err_from_errno(errno);
	if (fstat(*fd, &st) != 0)
		err = err_from_errno(errno);
	else if (S_ISREG(st.st_mode))
		return ERR_OK;
	close(*fd);
	*fd = -1;
	return err;
}

enum err regular_open(int dir, const char *name, int flags, int *fd)
{
	return regular_follow(dir, name, flags | O_NOFOLLOW, fd);
}

enum err regular_read(int fd, void *bytes, size_t cap, size_t *len)
{
	char more;

	for (*len = 0; *len < cap;) {
		ssize_t n = pread(fd, (char *)bytes + *len, cap - *len, (off_t)*len);

		if (n < 0 && errno != EINTR)
			return err_from_errno(errno);
		if (n == 0)
			return ERR_OK;
		*len += n > 0 ? (size_t)n : 0;
	}
	return pread(fd, &more, 1, (off_t)cap) == 0 ? ERR_OK : ERR_TOO_LONG;
}

enum err regular_write(int fd, struct str bytes)
{
	while (bytes.len > 0) {
		ssize_t n = write(fd, bytes.data, bytes.len);

		if (n < 0 && errno != EINTR)
			return err_from_errno(errno);
		bytes = str_sub(bytes, n > 0 ? (size_t)n : 0, SIZE_MAX);
	}
	return ERR_OK;
}

enum err regular_keep(int fd, struct str bytes)
{
	enum err err = regular_write(fd, bytes);

	return err == ERR_OK && fsync(fd) != 0 ? err_from_errno(errno) : err;
}
