/* SPDX-License-Identifier: Apache-2.0 */
/* Opens what is named in the settings, nothing else, read-only. See sources.h. */
#include "agent/actor/sys/sources.h"

#include "agent/actor/sys/trail.h"
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
#define DIR_EVENTS (IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_MOVE_SELF | IN_ONLYDIR)
#define SIBLINGS_MAX 4096 /* directory entries looked at for a rotated file */

/* A watch goes on the very file or directory that was opened, through its descriptor, whatever has the name by now. */
static int watch(int inotify, int fd, uint32_t events)
{
	char link[32];

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	return inotify_add_watch(inotify, link, events);
}

/* Whether it is the file of account secrets, which no setting may hand to the core. */
static bool is_secret(const struct settings *s, int fd)
{
	struct stat file, shadow;

	return stat(s->shadow, &shadow) == 0 && fstat(fd, &file) == 0 && file.st_dev == shadow.st_dev &&
	       file.st_ino == shadow.st_ino;
}

static void drop(int *fd)
{
	close(*fd);
	*fd = -1;
}

static enum err not_secret(const struct settings *s, struct trail *t, int *fd)
{
	if (!is_secret(s, *fd))
		return ERR_OK;
	drop(fd);
	snprintf(t->why, sizeof(t->why), "it is the file of account secrets");
	return ERR_DENIED;
}

/* NAME.1, NAME-20260101 and the like, with the inode that was followed. */
static enum err open_sibling(const struct settings *s, struct trail *t, uint64_t inode, int *fd)
{
	int readable = openat(t->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = readable >= 0 ? fdopendir(readable) : NULL;
	enum err err = ERR_NOT_FOUND;
	const struct dirent *entry;

	if (!dir) {
		err = err_from_errno(errno);
		if (readable >= 0)
			close(readable);
		return err;
	}
	for (unsigned seen = 0; err == ERR_NOT_FOUND && seen < SIBLINGS_MAX && (entry = readdir(dir)) != NULL; seen++) {
		struct str rest = str_from(entry->d_name);
		struct stat st;

		if (entry->d_ino != inode || !str_take(&rest, str_from(t->rest)) ||
		    (!str_starts(rest, STR(".")) && !str_starts(rest, STR("-"))))
			continue;
		err = trail_sibling(t, entry->d_name, fd);
		if (err == ERR_OK)
			err = not_secret(s, t, fd);
		if (err == ERR_OK && (fstat(*fd, &st) != 0 || st.st_ino != inode)) {
			drop(fd);
			err = ERR_NOT_FOUND;
		}
	}
	closedir(dir);
	return err;
}

int sources_answer(const struct settings *s, int inotify, struct actor_source *m)
{
	struct trail t;
	enum err err;
	int fd = -1;

	m->watch = m->dir_watch = -1;
	memset(m->why, 0, sizeof(m->why));
	if (m->index >= s->file_count) {
		m->status = ERR_INVALID;
		return -1;
	}
	err = trail_begin(&t, s->files[m->index], inotify);
	if (m->sibling) {
		err = err == ERR_OK ? open_sibling(s, &t, m->inode, &fd) : err;
	} else {
		/* First the directory: a file that appears between the two is then seen at least once. */
		if (t.dir >= 0)
			m->dir_watch = watch(inotify, t.dir, DIR_EVENTS);
		err = err == ERR_OK ? trail_file(&t, &fd) : err;
		err = err == ERR_OK ? not_secret(s, &t, &fd) : err;
		/* What is missing behind a link appears elsewhere, so the core must look again by itself. */
		if (err == ERR_NOT_FOUND && t.links)
			m->dir_watch = -1;
		if (fd >= 0)
			m->watch = watch(inotify, fd, FILE_EVENTS);
	}
	memcpy(m->why, t.why, sizeof(m->why));
	m->status = (uint16_t)err;
	trail_end(&t);
	return fd;
}
