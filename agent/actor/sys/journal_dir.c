/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the journal's directory. Reads none of its files: the core does, as a member of their group. */
#include "agent/actor/sys/journal_dir.h"

#include "agent/base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#define MACHINE_ID 32 /* hexadecimal digits, machine-id(5) */
#define WATCHED (IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)

static bool read_machine_id(char id[MACHINE_ID + 1])
{
	int fd = open("/etc/machine-id", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, id, MACHINE_ID) : -1;

	if (fd >= 0)
		close(fd);
	id[MACHINE_ID] = '\0';
	return n == MACHINE_ID && strspn(id, "0123456789abcdef") == MACHINE_ID;
}

static bool is_dir(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool find(const struct settings *settings, char path[SETTINGS_PATH_MAX])
{
	static const char *const above[] = {"/var/log/journal", "/run/log/journal"};
	char id[MACHINE_ID + 1];

	if (settings->journal_dir[0])
		return str_copy(str_from(settings->journal_dir), path, SETTINGS_PATH_MAX) == ERR_OK && is_dir(path);
	if (!read_machine_id(id))
		return false;
	for (size_t i = 0; i < sizeof(above) / sizeof(above[0]); i++) {
		snprintf(path, SETTINGS_PATH_MAX, "%s/%s", above[i], id);
		if (is_dir(path))
			return true;
	}
	return false;
}

int journal_dir_open(const struct settings *settings)
{
	char path[SETTINGS_PATH_MAX];

	if (find(settings, path))
		return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	errno = ENOENT;
	return -1;
}

int journal_dir_watch(const struct settings *settings)
{
	char path[SETTINGS_PATH_MAX];
	int fd;

	errno = ENOENT;
	if (!find(settings, path))
		return -1;
	fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (fd >= 0 && inotify_add_watch(fd, path, WATCHED) < 0) {
		int number = errno;

		close(fd);
		errno = number;
		return -1;
	}
	return fd;
}

gid_t journal_dir_group(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 ? st.st_gid : 0;
}
