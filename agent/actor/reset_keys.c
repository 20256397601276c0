/* SPDX-License-Identifier: Apache-2.0 */
/* Renames authorized_keys. The directory is the account's own, so nothing in it is trusted: no link, no path. */
#include "agent/actor/reset_keys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const names[] = {"authorized_keys", "authorized_keys2"};

/* The account's .ssh, opened so that no link can lead elsewhere. */
static int open_ssh(const char *home, uid_t uid)
{
	int dir = open(home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int ssh = dir >= 0 ? openat(dir, ".ssh", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
	struct stat st;
	int number = errno;

	if (dir >= 0)
		close(dir);
	if (ssh >= 0 && (fstat(ssh, &st) != 0 || (st.st_uid != uid && st.st_uid != 0))) {
		close(ssh);
		ssh = -1;
		number = EPERM;
	}
	errno = number;
	return ssh;
}

enum err reset_keys(const char *home, uid_t uid, int64_t wall_s, char aside[RESET_KEYS_NAME_MAX])
{
	int ssh = open_ssh(home, uid);
	enum err err = ERR_NOT_FOUND;

	if (ssh < 0)
		return errno == ENOTDIR ? ERR_NOT_FOUND : err_from_errno(errno);
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char fresh[64];

		snprintf(fresh, sizeof(fresh), "%s.caltrop-%lld", names[i], (long long)wall_s);
		if (renameat(ssh, names[i], ssh, fresh) == 0) {
			snprintf(aside, RESET_KEYS_NAME_MAX, "%.400s/.ssh/%s", home, fresh);
			err = ERR_OK;
		} else if (errno != ENOENT) {
			err = err_from_errno(errno);
			break;
		}
	}
	if (err == ERR_OK && fsync(ssh) != 0)
		err = err_from_errno(errno);
	close(ssh);
	return err;
}
