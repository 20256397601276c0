/* SPDX-License-Identifier: Apache-2.0 */
/* Renames authorized_keys. The directory is the account's own, so nothing in it is trusted: no link, no path. */
#include "agent/actor/sys/reset_keys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const names[] = {"authorized_keys", "authorized_keys2"};

int reset_keys_open(const char *home, uid_t uid)
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

bool reset_keys_any(const char *home, uid_t uid)
{
	int ssh = reset_keys_open(home, uid);
	DIR *dir = ssh >= 0 ? fdopendir(ssh) : NULL;
	const struct dirent *entry;
	bool any = false;

	if (!dir) {
		if (ssh >= 0)
			close(ssh);
		return false;
	}
	while (!any && (entry = readdir(dir)) != NULL)
		any = strncmp(entry->d_name, names[0], strlen(names[0])) == 0;
	closedir(dir);
	return any;
}

void reset_keys_name(const char *home, int64_t wall_s, char aside[RESET_KEYS_NAME_MAX])
{
	snprintf(aside, RESET_KEYS_NAME_MAX, "%.400s/.ssh/%s.caltrop-%lld", home, names[0], (long long)wall_s);
}

enum err reset_keys(int ssh, int64_t wall_s)
{
	enum err err = ERR_NOT_FOUND;

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char fresh[64];

		snprintf(fresh, sizeof(fresh), "%s.caltrop-%lld", names[i], (long long)wall_s);
		if (renameat(ssh, names[i], ssh, fresh) == 0)
			err = ERR_OK;
		else if (errno != ENOENT)
			return err_from_errno(errno);
	}
	return err;
}
