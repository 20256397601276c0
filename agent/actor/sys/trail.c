/* SPDX-License-Identifier: Apache-2.0 */
/* Walks to a log file by O_PATH descriptors, so that what was looked at is what is opened. Changes nothing. */
#include "agent/actor/sys/trail.h"

#include "agent/base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#define PART_MAX MESSAGE_NAME_MAX
#define LOOK (O_PATH | O_NOFOLLOW | O_CLOEXEC)

static void proc_path(int fd, char path[32])
{
	snprintf(path, 32, "/proc/self/fd/%d", fd);
}

/* ERR_DENIED, with the path of what fd stands for and what is wrong with it. */
static enum err refuse(struct trail *t, int fd, const char *what)
{
	char link[32], path[sizeof(t->why)];
	ssize_t len;

	proc_path(fd, link);
	len = readlink(link, path, sizeof(path) - 1);
	path[len > 0 ? len : 0] = '\0';
	snprintf(t->why, sizeof(t->why), "%.*s %s", (int)(sizeof(t->why) - strlen(what) - 2), path, what);
	return ERR_DENIED;
}

static bool is_root(const struct trail *t, uid_t uid)
{
	return uid == 0 || uid == t->root || uid == geteuid();
}

/* What is wrong with the owner or the mode, NULL when only root and daemons may write it. */
static const char *fault_of(const struct trail *t, const struct stat *st)
{
	if (!is_root(t, st->st_uid) && st->st_uid > TRAIL_SYSTEM_MAX)
		return "belongs to a user";
	if ((st->st_mode & S_IWGRP) && st->st_gid > TRAIL_SYSTEM_MAX)
		return "may be written by a group of users";
	if ((st->st_mode & S_IWOTH) && !(S_ISDIR(st->st_mode) && (st->st_mode & S_ISVTX) && is_root(t, st->st_uid)))
		return "may be written by everybody";
	return NULL;
}

/*
 * Without IN_MASK_ADD a directory that another log file is in would lose the events that its watch asked for. A watch
 * that cannot be set is no error: the core looks again by itself.
 */
static void watch_moves(const struct trail *t, int fd)
{
	char link[32];

	proc_path(fd, link);
	if (t->inotify >= 0)
		(void)inotify_add_watch(t->inotify, link, IN_MOVE_SELF | IN_ONLYDIR | IN_MASK_ADD);
}

/* A link that is replaced or removed loses a name. The watch is on the link itself, whose descriptor this is. */
static void watch_link(const struct trail *t, int fd)
{
	char link[32];

	proc_path(fd, link);
	if (t->inotify >= 0)
		(void)inotify_add_watch(t->inotify, link, IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF | IN_MASK_ADD);
}

static enum err go_in(struct trail *t, int fd, const struct stat *st)
{
	const char *fault = fault_of(t, st);

	if (fault) {
		enum err err = refuse(t, fd, fault);

		close(fd);
		return err;
	}
	if (!is_root(t, st->st_uid) || (st->st_mode & S_IWOTH) || ((st->st_mode & S_IWGRP) && st->st_gid != 0))
		t->shared = true;
	watch_moves(t, fd);
	if (t->dir >= 0)
		close(t->dir);
	t->dir = fd;
	return ERR_OK;
}

static enum err go_to_root(struct trail *t)
{
	int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0) {
		if (fd >= 0)
			close(fd);
		return ERR_IO;
	}
	t->root = st.st_uid;
	return go_in(t, fd, &st);
}

/* The link's text takes its place in the rest. */
static enum err follow(struct trail *t, int link, const struct stat *st, const char *behind)
{
	char text[TRAIL_PATH_MAX], rest[TRAIL_PATH_MAX];
	ssize_t len;
	int need;

	if (t->shared)
		return refuse(t, link, "is a link where others than root may put one");
	if (!is_root(t, st->st_uid))
		return refuse(t, link, "is a link that is not root's");
	watch_link(t, link);
	if (++t->links > TRAIL_LINKS_MAX)
		return refuse(t, link, "is one link too many");
	len = readlinkat(link, "", text, sizeof(text) - 1);
	if (len <= 0)
		return ERR_IO;
	text[len] = '\0';
	need = snprintf(rest, sizeof(rest), "%s%s%s", text, behind[0] ? "/" : "", behind);
	if (need < 0 || (size_t)need >= sizeof(rest))
		return ERR_TOO_LONG;
	memcpy(t->rest, rest, (size_t)need + 1);
	return text[0] == '/' ? go_to_root(t) : ERR_OK;
}

/* The first part of the rest, and where the second one begins. */
static enum err first_part(const struct trail *t, char part[PART_MAX], const char **behind)
{
	const char *at = t->rest + strspn(t->rest, "/");
	size_t len = strcspn(at, "/");

	if (len >= PART_MAX)
		return ERR_TOO_LONG;
	memcpy(part, at, len);
	part[len] = '\0';
	*behind = at + len + strspn(at + len, "/");
	return ERR_OK;
}

/* One part further: into a directory, or to where a link leads. */
static enum err step(struct trail *t, const char *part, const char *behind)
{
	int fd = openat(t->dir, part, LOOK);
	struct stat st;
	enum err err;

	if (fd < 0 || fstat(fd, &st) != 0) {
		err = err_from_errno(errno);
		if (fd >= 0)
			close(fd);
		return err;
	}
	if (S_ISDIR(st.st_mode)) {
		err = go_in(t, fd, &st);
		if (err == ERR_OK)
			memmove(t->rest, behind, strlen(behind) + 1);
		return err;
	}
	err = S_ISLNK(st.st_mode) ? follow(t, fd, &st, behind) : ERR_NOT_FOUND;
	close(fd);
	return err;
}

/* Until the rest is one name. */
static enum err go_on(struct trail *t)
{
	char part[PART_MAX];
	const char *behind;
	enum err err;

	while ((err = first_part(t, part, &behind)) == ERR_OK && behind[0])
		if ((err = step(t, part, behind)) != ERR_OK)
			return err;
	if (err == ERR_OK)
		memcpy(t->rest, part, strlen(part) + 1);
	return err == ERR_OK && (!part[0] || strcmp(part, "..") == 0) ? ERR_INVALID : err;
}

enum err trail_begin(struct trail *t, const char *path, int inotify)
{
	enum err err;

	memset(t, 0, sizeof(*t));
	t->dir = -1;
	t->inotify = inotify;
	if (path[0] != '/' || strlen(path) >= sizeof(t->rest))
		return ERR_INVALID;
	memcpy(t->rest, path, strlen(path) + 1);
	err = go_to_root(t);
	return err == ERR_OK ? go_on(t) : err;
}

/* Whether the kernel keeps users from giving a file of root's another name. */
static bool hard_links_are_protected(void)
{
	int fd = open("/proc/sys/fs/protected_hardlinks", O_RDONLY | O_CLOEXEC);
	char value = '0';

	if (fd >= 0) {
		if (read(fd, &value, 1) != 1)
			value = '0';
		close(fd);
	}
	return value == '1';
}

/* What was looked at is opened for reading: through its descriptor, whatever has the name by now. */
static enum err open_plain(struct trail *t, int look, const struct stat *st, int *fd)
{
	const char *fault = fault_of(t, st);
	char link[32];

	if (!S_ISREG(st->st_mode))
		return refuse(t, look, "is no regular file");
	if (fault)
		return refuse(t, look, fault);
	if (t->shared && st->st_nlink > 1)
		return refuse(t, look, "has another name, where others than root may give one");
	if (t->shared && is_root(t, st->st_uid) && !hard_links_are_protected())
		return refuse(t, look, "may be a secret: fs.protected_hardlinks is not 1");
	proc_path(look, link);
	*fd = open(link, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	return *fd < 0 ? err_from_errno(errno) : ERR_OK;
}

enum err trail_sibling(struct trail *t, const char *name, int *fd)
{
	int look = openat(t->dir, name, LOOK);
	struct stat st;
	enum err err;

	*fd = -1;
	if (look < 0)
		return err_from_errno(errno);
	err = fstat(look, &st) == 0 ? open_plain(t, look, &st, fd) : err_from_errno(errno);
	close(look);
	return err;
}

enum err trail_file(struct trail *t, int *fd)
{
	enum err err = ERR_OK;

	*fd = -1;
	while (err == ERR_OK) {
		int look = openat(t->dir, t->rest, LOOK);
		struct stat st;
		bool link;

		if (look < 0)
			return err_from_errno(errno);
		err = fstat(look, &st) == 0 ? ERR_OK : err_from_errno(errno);
		link = err == ERR_OK && S_ISLNK(st.st_mode);
		if (link)
			err = follow(t, look, &st, "");
		else if (err == ERR_OK)
			err = open_plain(t, look, &st, fd);
		close(look);
		if (!link)
			return err;
		if (err == ERR_OK)
			err = go_on(t);
	}
	return err;
}

enum err trail_program(struct trail *t, const char *path, mode_t *mode)
{
	struct stat st = {0};
	int fd = -1;
	enum err err = trail_begin(t, path, -1);

	if (err == ERR_OK)
		err = trail_file(t, &fd);
	if (err == ERR_OK && fstat(fd, &st) != 0)
		err = err_from_errno(errno);
	if (fd >= 0)
		close(fd);
	trail_end(t);
	*mode = st.st_mode;
	if (err != ERR_OK || (!t->shared && st.st_uid == t->root && !(st.st_mode & 022)))
		return err;
	snprintf(t->why, sizeof(t->why), "others than root could change it");
	return ERR_DENIED;
}

void trail_entry(const struct trail *t, char out[MESSAGE_NAME_MAX])
{
	const char *behind;

	if (first_part(t, out, &behind) != ERR_OK)
		out[0] = '\0';
}

void trail_end(struct trail *t)
{
	if (t->dir >= 0)
		close(t->dir);
	t->dir = -1;
}
