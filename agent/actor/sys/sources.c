/* SPDX-License-Identifier: Apache-2.0 */
/* Opens what is named in the settings, nothing else, read-only. See sources.h. */
#include "agent/actor/sys/sources.h"

#include "agent/actor/sys/trail.h"
#include "agent/base/str.h"
#include "agent/common/file_pattern.h"

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

	if (inotify < 0)
		return -1;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	return inotify_add_watch(inotify, link, events);
}

/* Whether it is, or may be, the file of account secrets, which no setting may hand to the core. */
static bool is_secret(const struct settings *s, int fd)
{
	struct stat file, shadow;

	if (stat(s->shadow, &shadow) != 0)
		return errno != ENOENT && errno != ENOTDIR;
	return fstat(fd, &file) != 0 || (file.st_dev == shadow.st_dev && file.st_ino == shadow.st_ino);
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

/* Go on from trail_begin() to the file. */
static enum err open_file(const struct settings *s, struct trail *t, struct actor_source *m, int *fd)
{
	enum err err;

	/* First the directory: a file that appears between the two is then seen at least once. */
	if (t->dir >= 0)
		m->dir_watch = watch(t->inotify, t->dir, DIR_EVENTS);
	err = trail_file(t, fd);
	/* Links led on to another directory, and the file may have appeared there meanwhile. */
	if (t->links && t->dir >= 0)
		m->dir_watch = watch(t->inotify, t->dir, DIR_EVENTS);
	if (err == ERR_NOT_FOUND && t->links)
		err = trail_file(t, fd);
	if (err == ERR_OK)
		err = not_secret(s, t, fd);
	if (*fd >= 0)
		m->watch = watch(t->inotify, *fd, FILE_EVENTS);
	return err;
}

/* The newest matches of a pattern. */
struct matches {
	unsigned count, all;
	struct match {
		int64_t written_s;
		char name[MESSAGE_NAME_MAX];
	} rows[SETTINGS_FILES_MAX];
};

static void note_match(struct matches *found, const char *name, int64_t written_s)
{
	struct match *row = &found->rows[found->count < SETTINGS_FILES_MAX ? found->count : 0];

	found->all++;
	for (unsigned i = 1; found->count == SETTINGS_FILES_MAX && i < SETTINGS_FILES_MAX; i++)
		if (found->rows[i].written_s < row->written_s)
			row = &found->rows[i];
	if (found->count == SETTINGS_FILES_MAX && row->written_s >= written_s)
		return;
	found->count += found->count < SETTINGS_FILES_MAX;
	row->written_s = written_s;
	snprintf(row->name, sizeof(row->name), "%s", name);
}

static enum err find_matches(const struct trail *t, const char *pattern, struct matches *found)
{
	int readable = openat(t->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = readable >= 0 ? fdopendir(readable) : NULL;
	const struct dirent *entry;
	enum err err;

	found->count = found->all = 0;
	if (!dir) {
		err = err_from_errno(errno);
		if (readable >= 0)
			close(readable);
		return err;
	}
	for (unsigned seen = 0; seen < SIBLINGS_MAX && (entry = readdir(dir)) != NULL; seen++) {
		struct stat st;

		if (file_pattern_fits(pattern, str_from(entry->d_name)) &&
		    fstatat(t->dir, entry->d_name, &st, 0) == 0 && S_ISREG(st.st_mode))
			note_match(found, entry->d_name, st.st_mtim.tv_sec);
	}
	closedir(dir);
	return ERR_OK;
}

/* The next match behind m->name, which becomes it; an empty one: there are no more. */
static enum err open_next(const struct settings *s, struct trail *t, struct actor_source *m, int *fd)
{
	static struct matches found;
	const char *pattern = s->files[m->index], *next = NULL;
	enum err err = trail_begin(t, pattern, t->inotify);

	if (t->dir >= 0)
		m->list_watch = watch(t->inotify, t->dir, DIR_EVENTS);
	if (err == ERR_OK)
		err = find_matches(t, pattern, &found);
	for (unsigned i = 0; err == ERR_OK && i < found.count; i++)
		if (strcmp(found.rows[i].name, m->name) > 0 && (!next || strcmp(found.rows[i].name, next) < 0))
			next = found.rows[i].name;
	m->matches = err == ERR_OK ? (uint16_t)(found.all < UINT16_MAX ? found.all : UINT16_MAX) : 0;
	memset(m->name, 0, sizeof(m->name));
	if (!next)
		return err == ERR_OK ? ERR_NOT_FOUND : err;
	snprintf(m->name, sizeof(m->name), "%s", next);
	snprintf(t->rest, sizeof(t->rest), "%s", next);
	return open_file(s, t, m, fd);
}

static enum err open_one(const struct settings *s, struct trail *t, struct actor_source *m, int *fd)
{
	char path[SETTINGS_PATH_MAX + MESSAGE_NAME_MAX];
	const char *row = s->files[m->index];
	enum err err;

	snprintf(path, sizeof(path), "%s", row);
	if (file_pattern_is(row)) {
		if (!file_pattern_fits(row, str_from(m->name)) || strchr(m->name, '/'))
			return ERR_DENIED;
		snprintf(path, sizeof(path), "%.*s%s", (int)file_pattern_dir(row), row, m->name);
	}
	err = trail_begin(t, path, t->inotify);
	if (m->sibling)
		return err == ERR_OK ? open_sibling(s, t, m->inode, fd) : err;
	if (err == ERR_OK)
		return open_file(s, t, m, fd);
	if (t->dir >= 0)
		m->dir_watch = watch(t->inotify, t->dir, DIR_EVENTS);
	return err;
}

int sources_answer(const struct settings *s, int inotify, struct actor_source *m)
{
	struct trail t = {.dir = -1, .inotify = inotify};
	enum err err = ERR_INVALID;
	int fd = -1;

	m->watch = m->dir_watch = m->list_watch = -1;
	m->matches = 0;
	memset(m->why, 0, sizeof(m->why));
	memset(m->entry, 0, sizeof(m->entry));
	if (m->index < s->file_count && !(m->next && !file_pattern_is(s->files[m->index])))
		err = m->next ? open_next(s, &t, m, &fd) : open_one(s, &t, m, &fd);
	memcpy(m->why, t.why, sizeof(m->why));
	trail_entry(&t, m->entry);
	m->status = (uint16_t)err;
	trail_end(&t);
	return fd;
}
