/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the pack. Root alone may have written it, so nobody else decides what the guard looks for. Never reads it. */
#include "agent/actor/sys/pack_open.h"

#include "agent/actor/sys/child.h"
#include "agent/base/say.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_trusted(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (st.st_uid == 0 || st.st_uid == geteuid()) &&
	       !(st.st_mode & (S_IWGRP | S_IWOTH));
}

int pack_open(const struct settings *settings)
{
	char path[SETTINGS_PATH_MAX];
	int fd;

	errno = 0;
	if (settings->pack_file[0])
		snprintf(path, sizeof(path), "%s", settings->pack_file);
	else if (child_beside(PACK_OPEN_NAME, R_OK, path) != ERR_OK) {
		errno = 0;
		return -1;
	}
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || is_trusted(fd))
		return fd;
	close(fd);
	say(SAY_WARNING, "%s: not used: it must be a file of root's that nobody else may write", path);
	errno = 0;
	return -1;
}
