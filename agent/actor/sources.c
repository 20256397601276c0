/* SPDX-License-Identifier: Apache-2.0 */
/* Opens what is named in the settings, nothing else, read-only. See sources.h. */
#include "agent/actor/sources.h"

#include "agent/base/str.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_EVENTS (IN_MODIFY | IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF)
#define DIR_EVENTS (IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ONLYDIR)
#define SIBLINGS_MAX 4096	/* directory entries looked at for a rotated file */

/* Directory and last part of a path; the directory of "/x" is "/". */
static const char *split(const char *path, char dir[SETTINGS_PATH_MAX])
{
	const char *slash = strrchr(path, '/');
	size_t len = (size_t)(slash - path);

	memcpy(dir, path, len ? len : 1);
	dir[len ? len : 1] = '\0';
	return slash + 1;
}

/* The directory, or the nearest one above it that exists: it tells when the next one down appears. */
static int watch_dir(int inotify, char dir[SETTINGS_PATH_MAX])
{
	for (;;) {
		int watch = inotify_add_watch(inotify, dir, DIR_EVENTS);
		char above[SETTINGS_PATH_MAX];

		if (watch >= 0 || (errno != ENOENT && errno != ENOTDIR) || strcmp(dir, "/") == 0)
			return watch;
		(void)split(dir, above);
		memcpy(dir, above, sizeof(above));
	}
}

static enum err open_regular(int dir, const char *name, int *fd)
{
	struct stat st;

	*fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (*fd < 0)
		return err_from_errno(errno);
	if (fstat(*fd, &st) == 0 && S_ISREG(st.st_mode))
		return ERR_OK;
	close(*fd);
	*fd = -1;
	return ERR_INVALID;
}

/* NAME.1, NAME-20260101 and the like, with the inode that was followed. */
static enum err open_sibling(const char *path, uint64_t inode, int *fd)
{
	char dir_path[SETTINGS_PATH_MAX];
	const char *name = split(path, dir_path);
	DIR *dir = opendir(dir_path);
	enum err err = ERR_NOT_FOUND;
	const struct dirent *entry;

	if (!dir)
		return err_from_errno(errno);
	for (unsigned seen = 0; err == ERR_NOT_FOUND && seen < SIBLINGS_MAX && (entry = readdir(dir)) != NULL; seen++) {
		struct str rest = str_from(entry->d_name);
		struct stat st;

		if (entry->d_ino != inode || !str_take(&rest, str_from(name)) ||
		    (!str_starts(rest, STR(".")) && !str_starts(rest, STR("-"))))
			continue;
		err = open_regular(dirfd(dir), entry->d_name, fd);
		if (err == ERR_OK && (fstat(*fd, &st) != 0 || st.st_ino != inode)) {
			close(*fd);
			*fd = -1;
			err = ERR_NOT_FOUND;
		}
	}
	closedir(dir);
	return err;
}

/* The watch goes on the very file that was opened, through its descriptor, not on whatever has the name by now. */
static int watch_file(int inotify, int fd)
{
	char link[32];

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	return inotify_add_watch(inotify, link, FILE_EVENTS);
}

int sources_answer(const struct settings *s, int inotify, struct actor_source *m)
{
	char dir[SETTINGS_PATH_MAX];
	int fd = -1;

	m->watch = m->dir_watch = -1;
	if (m->index >= s->file_count) {
		m->status = ERR_INVALID;
		return -1;
	}
	if (m->sibling) {
		m->status = (uint16_t)open_sibling(s->files[m->index], m->inode, &fd);
		return fd;
	}
	(void)split(s->files[m->index], dir);
	/* First the directory: a file that appears between the two is then seen at least once. */
	m->dir_watch = watch_dir(inotify, dir);
	m->status = (uint16_t)open_regular(AT_FDCWD, s->files[m->index], &fd);
	if (fd >= 0)
		m->watch = watch_file(inotify, fd);
	return fd;
}
