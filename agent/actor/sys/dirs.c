/* SPDX-License-Identifier: Apache-2.0 */
/* Makes the guard's directories. Everything above what the core's user owns is root's, so no link can mislead this. */
#include "agent/actor/sys/dirs.h"

#include "agent/base/regular.h"
#include "agent/common/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOCK_SECONDS 5 /* for a guard that was killed a moment ago */

struct owner {
	uid_t uid;
	gid_t gid;
	mode_t mode;
};

static const struct owner root_open = {0, 0, 0755}, root_alone = {0, 0, 0700};

/* One directory with its owner and mode; a descriptor of it, or -1 with errno. */
static int make(int at, const char *name, const struct owner *o)
{
	struct stat st;
	int fd;

	if (mkdirat(at, name, o->mode) != 0 && errno != EEXIST)
		return -1;
	fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | (at == AT_FDCWD ? 0 : O_NOFOLLOW));
	if (fd < 0 || fstat(fd, &st) != 0)
		return -1;
	if (((st.st_uid != o->uid || st.st_gid != o->gid) && fchown(fd, o->uid, o->gid) != 0) ||
	    ((st.st_mode & 07777) != o->mode && fchmod(fd, o->mode) != 0)) {
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

static enum err fail(struct dirs *d, const char *path)
{
	enum err err = err_from_errno(errno);

	snprintf(d->what, sizeof(d->what), "%s", path);
	return err;
}

/* ERR_READ_ONLY: nothing can be made in it. A full disk is no such thing: it may get room again. */
static enum err probe(int fd)
{
	static const char name[] = ".probe";
	int file;
	enum err err = regular_open(fd, name, O_WRONLY | O_CREAT, &file);

	if (err != ERR_OK)
		return err == ERR_READ_ONLY ? err : ERR_OK;
	close(file);
	(void)unlinkat(fd, name, 0);
	return ERR_OK;
}

/* Two guards in one directory would both write the journal. */
static enum err lock_state(struct dirs *d)
{
	enum err err = lock_take(d->actor, LOCK_SECONDS);

	if (err == ERR_OK)
		return probe(d->actor);
	snprintf(d->what, sizeof(d->what), "%s", d->state);
	return err;
}

static enum err make_state(struct dirs *d)
{
	const struct owner user = {d->uid, d->gid, 0700};
	enum err err = ERR_OK;
	int state;

	make_above(d->state);
	state = make(AT_FDCWD, d->state, &root_open);
	if (state < 0)
		return fail(d, d->state);
	d->core = make(state, "core", &user);
	d->identity = d->core < 0 ? -1 : make(state, "identity", &user);
	d->trust = d->identity < 0 ? -1 : make(state, "trust", &root_open);
	d->objects = d->trust < 0 ? -1 : make(state, "objects", &root_open);
	d->actor = d->keys = d->objects < 0 ? -1 : make(state, "actor", &root_alone);
	if (d->actor < 0)
		err = fail(d, d->state);
	else
		err = lock_state(d);
	close(state);
	return err;
}

/* Who this device is, which is all that is kept where [guard] volatile says so. */
static enum err make_identity(struct dirs *d)
{
	const struct owner user = {d->uid, d->gid, 0700};
	int state;

	make_above(d->state);
	state = make(AT_FDCWD, d->state, &root_open);
	if (state < 0)
		return fail(d, d->state);
	d->identity = make(state, "identity", &user);
	d->trust = d->identity < 0 ? -1 : make(state, "trust", &root_open);
	d->keys = d->trust < 0 ? -1 : make(state, "actor", &root_alone);
	if (d->keys < 0) {
		enum err err = fail(d, d->state);

		close(state);
		return err;
	}
	close(state);
	return ERR_OK;
}

static void use(int *fd, int kept)
{
	close(*fd);
	*fd = kept;
}

/* A guard without a memory still guards, and is who it is. */
static enum err make_volatile(struct dirs *d, const struct settings *s)
{
	int identity = d->identity, trust = d->trust, keys = d->keys;
	enum err err;

	d->is_volatile = true;
	snprintf(d->state, sizeof(d->state), "%s/state", s->run_dir);
	err = make_state(d);
	if (err == ERR_OK && keys >= 0)
		d->keys = keys;
	if (trust < 0 || identity < 0) {
		snprintf(d->trust_path, sizeof(d->trust_path), "%s/trust", d->state);
		return err;
	}
	use(&d->identity, identity);
	use(&d->trust, trust);
	return err;
}

enum err dirs_make(struct dirs *d, const struct settings *s)
{
	enum err err;
	int run;

	make_above(s->run_dir);
	run = make(AT_FDCWD, s->run_dir, &root_open);
	if (run < 0)
		return fail(d, s->run_dir);
	close(run);
	snprintf(d->state, sizeof(d->state), "%s", s->state_dir);
	snprintf(d->trust_path, sizeof(d->trust_path), "%s/trust", s->state_dir);
	d->identity = d->trust = d->keys = -1;
	err = s->is_volatile ? make_identity(d) : make_state(d);
	if (err == ERR_READ_ONLY || err == ERR_NO_SPACE || (err == ERR_OK && s->is_volatile))
		return make_volatile(d, s);
	return err;
}
