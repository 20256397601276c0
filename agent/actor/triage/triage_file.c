/* SPDX-License-Identifier: Apache-2.0 */
/* Walks to the file directory by directory, looks what it is, and reads that very file. */
#include "agent/actor/triage/triage_file.h"

#include "agent/actor/rails/rails_collect.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum err no(enum err err, char why[COLLECT_WHY_MAX], const char *text)
{
	snprintf(why, COLLECT_WHY_MAX, "%s", text);
	return err;
}

static enum err failed(char why[COLLECT_WHY_MAX], const char *what)
{
	enum err err = err_from_errno(errno);

	snprintf(why, COLLECT_WHY_MAX, "%s: %s", what, err_text(err));
	return err;
}

/* The next part of the path. A link is a link here, and no way. */
static int step(int dir, const char *at, size_t len, int flags)
{
	char part[NAME_MAX + 1];

	errno = ENAMETOOLONG;
	if (len >= sizeof(part))
		return -1;
	snprintf(part, sizeof(part), "%.*s", (int)len, at);
	return openat(dir, part, O_PATH | O_NOFOLLOW | O_CLOEXEC | flags);
}

/* The file itself, whatever it is, by O_PATH; -1 with errno. */
static int walk(const char *path)
{
	const char *at = path + 1, *slash;
	int dir = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC), next, number;

	while (dir >= 0) {
		slash = strchr(at, '/');
		next = step(dir, at, slash ? (size_t)(slash - at) : strlen(at), slash ? O_DIRECTORY : 0);
		number = errno;
		close(dir);
		errno = number;
		if (!slash)
			return next;
		dir = next;
		at = slash + 1;
	}
	return -1;
}

/* Another name of the file with the accounts' hashes is that file. */
static bool is_shadow(const struct triage *c, const struct stat *st)
{
	const char *const names[] = {c->settings->shadow, "/etc/shadow", "/etc/gshadow"};
	struct stat secret;

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (stat(names[i], &secret) == 0 && secret.st_dev == st->st_dev && secret.st_ino == st->st_ino)
			return true;
	return false;
}

static enum err judge(const struct triage *c, const struct stat *st, char why[COLLECT_WHY_MAX])
{
	if (S_ISLNK(st->st_mode))
		return no(ERR_KIND, why, "the file is a symbolic link; name it by its real path");
	if (!S_ISREG(st->st_mode))
		return no(ERR_KIND, why, "the file is not a regular one");
	if (st->st_nlink != 1 || is_shadow(c, st))
		return no(ERR_PROTECTED, why, "the file has other names (hard links), so it may be a secret one");
	return ERR_OK;
}

/* The end of the file, as much as there is memory for. */
static enum err read_end(int fd, struct triage *c, struct triage_read *out, char why[COLLECT_WHY_MAX])
{
	struct stat before, after;
	size_t len = 0;
	ssize_t got = 1;
	off_t from;

	if (fstat(fd, &before) != 0)
		return failed(why, "the file");
	from = before.st_size > TRIAGE_TABLE_MAX ? before.st_size - TRIAGE_TABLE_MAX : 0;
	while (got > 0 && len < TRIAGE_TABLE_MAX) {
		got = pread(fd, c->table.data + len, TRIAGE_TABLE_MAX - len, from + (off_t)len);
		len += got > 0 ? (size_t)got : 0;
	}
	if (got < 0 || fstat(fd, &after) != 0)
		return failed(why, "the file cannot be read");
	out->bytes = (struct str){c->table.data, len};
	out->size = (uint64_t)from + len;
	out->changed = before.st_size != after.st_size || before.st_mtim.tv_sec != after.st_mtim.tv_sec ||
		       before.st_mtim.tv_nsec != after.st_mtim.tv_nsec;
	if (rails_collect_secret(out->bytes))
		return no(ERR_PROTECTED, why, "the file holds a private key or the hash of a password");
	return ERR_OK;
}

enum err triage_file(struct triage *c, const char *path, char why[COLLECT_WHY_MAX])
{
	struct triage_read file = {.path = path};
	char link[32];
	struct stat st;
	int held, fd;
	enum err err = rails_collect(c->settings, path, why);

	if (err != ERR_OK)
		return err;
	held = walk(path);
	if (held < 0 && errno == ENOTDIR)
		return no(ERR_KIND, why, "a symbolic link or a file is on the way to it; name it by its real path");
	if (held < 0)
		return failed(why, "the file");
	err = fstat(held, &st) == 0 ? judge(c, &st, why) : failed(why, "the file");
	if (err == ERR_OK) {
		/* The link leads to the file that was looked at, and to no other. */
		snprintf(link, sizeof(link), "/proc/self/fd/%d", held);
		fd = open(link, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
		err = fd < 0 ? failed(why, "the file cannot be opened") : read_end(fd, c, &file, why);
		if (fd >= 0)
			close(fd);
	}
	close(held);
	if (err == ERR_OK)
		triage_put_file(c, &file);
	return err;
}
