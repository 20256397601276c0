/* SPDX-License-Identifier: Apache-2.0 */
/* Makes the guard's directories. Everything above what the core's user owns is root's, so no link can mislead this. */
#include "agent/actor/dirs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* One directory with its owner and mode; a descriptor of it, or -1 with errno. */
static int make(int at, const char *name, uid_t uid, gid_t gid, mode_t mode)
{
	struct stat st;
	int fd;

	if (mkdirat(at, name, mode) != 0 && errno != EEXIST)
		return -1;
	fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | (at == AT_FDCWD ? 0 : O_NOFOLLOW));
	if (fd < 0 || fstat(fd, &st) != 0)
		return -1;
	if (((st.st_uid != uid || st.st_gid != gid) && fchown(fd, uid, gid) != 0) ||
	    ((st.st_mode & 07777) != mode && fchmod(fd, mode) != 0)) {
		int number = errno;

		close(fd);
		errno = number;
		return -1;
	}
	return fd;
}

/* The directories above, as mkdir -p does. */
static void make_above(const char *path)
{
	char part[DIRS_PATH_MAX];

	for (size_t i = 1; path[i] && i < sizeof(part); i++)
		if (path[i] == '/') {
			memcpy(part, path, i);
			part[i] = '\0';
			(void)mkdir(part, 0755);
		}
}

static enum err fail(char what[DIRS_PATH_MAX], const char *dir, const char *name)
{
	enum err err = err_from_errno(errno);

	snprintf(what, DIRS_PATH_MAX, "%.250s%s", dir, name);
	return err;
}

/* ERR_READ_ONLY: nothing can be made in it. A full disk is no such thing: it may get room again. */
static enum err probe(int fd)
{
	static const char name[] = ".probe";
	int file = openat(fd, name, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (file < 0)
		return errno == EROFS ? ERR_READ_ONLY : ERR_OK;
	close(file);
	(void)unlinkat(fd, name, 0);
	return ERR_OK;
}

static enum err make_state(struct dirs *d, uid_t uid, gid_t gid, char what[DIRS_PATH_MAX])
{
	enum err err = ERR_OK;
	int state;

	make_above(d->state);
	state = make(AT_FDCWD, d->state, 0, 0, 0755);
	if (state < 0)
		return fail(what, d->state, "");
	d->core = make(state, "core", uid, gid, 0700);
	d->identity = d->core < 0 ? -1 : make(state, "identity", uid, gid, 0700);
	d->trust = d->identity < 0 ? -1 : make(state, "trust", 0, 0, 0755);
	d->actor = d->trust < 0 ? -1 : make(state, "actor", 0, 0, 0700);
	if (d->actor < 0)
		err = fail(what, d->state, "");
	else
		err = probe(d->actor);
	close(state);
	return err;
}

enum err dirs_make(struct dirs *d, const struct settings *s, uid_t uid, gid_t gid, char what[DIRS_PATH_MAX])
{
	enum err err;
	int run;

	memset(d, 0, sizeof(*d));
	make_above(s->run_dir);
	run = make(AT_FDCWD, s->run_dir, 0, 0, 0755);
	if (run < 0)
		return fail(what, s->run_dir, "");
	close(run);
	snprintf(d->state, sizeof(d->state), "%s", s->state_dir);
	err = make_state(d, uid, gid, what);
	if (err != ERR_READ_ONLY && err != ERR_NO_SPACE)
		return err;
	/* A guard without a memory still guards; health says that the journal is read-only. */
	d->is_volatile = true;
	snprintf(d->state, sizeof(d->state), "%s/state", s->run_dir);
	return make_state(d, uid, gid, what);
}
