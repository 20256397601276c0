/* SPDX-License-Identifier: Apache-2.0 */
/* Opens without waiting, looks at what it got, and closes what is no regular file before anything is read from it. */
#include "agent/base/regular.h"

#include <errno.h>
#include <fcntl.h>
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
