/* SPDX-License-Identifier: Apache-2.0 */
/* Looks at locks, and takes none. */
#include "agent/actor/lookout/lookout_update.h"

#include <fcntl.h>
#include <stddef.h>
#include <sys/stat.h>
#include <unistd.h>

static _Atomic bool maintained;

void lookout_update_maintain(bool on)
{
	maintained = on;
}

bool lookout_update_maintained(void)
{
	return maintained;
}

/* Asked for a read lock, the kernel names write locks only: to have one, a process must have been able to write. */
bool lookout_update_locked(const char *path)
{
	struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	bool locked;

	if (fd < 0)
		return false;
	locked = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == 0 && !(st.st_mode & (S_IWGRP | S_IWOTH)) &&
		 fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
	close(fd);
	return locked;
}

bool lookout_update_runs(void)
{
	static const char *const locks[] = {"/var/lib/dpkg/lock", "/var/lib/dpkg/lock-frontend",
					    "/var/lib/rpm/.rpm.lock", "/usr/lib/sysimage/rpm/.rpm.lock",
					    "/var/lock/opkg.lock"};

	for (size_t i = 0; i < sizeof(locks) / sizeof(locks[0]); i++)
		if (lookout_update_locked(locks[i]))
			return true;
	return false;
}
