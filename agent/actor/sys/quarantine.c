/* SPDX-License-Identifier: Apache-2.0 */
/* The walk to a file, the moves, and the record; see quarantine.h. Decides nothing about which files may be taken. */
#include "agent/actor/sys/quarantine.h"

#include "agent/actor/sys/quarantine_users.h"
#include "agent/base/view.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FOLDER "quarantine"
#define VERSION 1
#define NAME_BYTES 24 /* of an inode's number in hexadecimal */
#define PERMISSIONS 07777u
#define PLAIN_PERMISSIONS 0777u
#define NO_REPLACE 1 /* RENAME_NOREPLACE of linux/fs.h */

static const char elsewhere[] = "it is on another filesystem or mount than the guard's state directory";

static enum err no(enum err err, char why[QUARANTINE_WHY_MAX], const char *text)
{
	snprintf(why, QUARANTINE_WHY_MAX, "%s", text);
	return err;
}

static enum err failed(char why[QUARANTINE_WHY_MAX], const char *what)
{
	enum err err = err_from_errno(errno);

	snprintf(why, QUARANTINE_WHY_MAX, "%s: %s", what, strerror(errno));
	return err;
}

/* Never over another file; by number, because musl has no function for it. 0, or -1 and errno. */
static int move(int from, const char *name, int to, const char *new_name)
{
	return (int)syscall(SYS_renameat2, from, name, to, new_name, NO_REPLACE);
}

/* -- the folder -- */

static bool same_file(int a, int b)
{
	struct stat x, y;

	return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* As the init system sees it. false: it has none of that, so what this process sees is all that can be had. */
static bool open_seen(struct quarantine *q, int own)
{
	q->root = open("/proc/1/root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (q->root < 0)
		return false;
	q->dir = openat(q->root, q->path + 1, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (q->dir >= 0 && same_file(q->dir, own))
		return true;
	if (q->dir >= 0)
		close(q->dir);
	close(q->root);
	return false;
}

static enum err find_path(int own, char path[QUARANTINE_PATH_MAX])
{
	char link[32];
	ssize_t len;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", own);
	len = readlink(link, path, QUARANTINE_PATH_MAX);
	if (len < 2 || len == QUARANTINE_PATH_MAX || path[0] != '/')
		return len < 0 ? err_from_errno(errno) : ERR_TOO_LONG;
	path[len] = '\0';
	return ERR_OK;
}

enum err quarantine_open(struct quarantine *q, int state)
{
	struct stat st;
	int own;
	enum err err;

	q->root = q->dir = -1;
	if (mkdirat(state, FOLDER, 0700) != 0 && errno != EEXIST)
		return err_from_errno(errno);
	own = openat(state, FOLDER, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (own < 0)
		return err_from_errno(errno);
	err = find_path(own, q->path);
	if (err != ERR_OK) {
		close(own);
		return err;
	}
	if (open_seen(q, own)) {
		close(own);
	} else {
		q->dir = own;
		q->root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	}
	if (q->root < 0 || fstat(q->dir, &st) != 0)
		return err_from_errno(errno);
	q->device = st.st_dev;
	return ERR_OK;
}

static void stored_name(const struct quarantine_undo *undo, char name[NAME_BYTES])
{
	snprintf(name, NAME_BYTES, "%" PRIx64, undo->inode);
}

static bool is_full(const struct quarantine *q)
{
	int fd = openat(q->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = fd >= 0 ? fdopendir(fd) : NULL;
	unsigned count = 0;

	if (!list) {
		if (fd >= 0)
			close(fd);
		return true;
	}
	while (readdir(list))
		count++;
	closedir(list);
	return count >= QUARANTINE_FILES_MAX + 2; /* "." and ".." */
}

/* -- the way to a file -- */

/* The number of the mount that it is on, proc_pid_fdinfo(5), for which no filesystem is asked. -1: not known. */
static long mount_of(int fd)
{
	static const char key[] = "\nmnt_id:\t";
	char path[40], text[256];
	const char *line;
	ssize_t got;
	int info;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	info = open(path, O_RDONLY | O_CLOEXEC);
	if (info < 0)
		return -1;
	got = read(info, text, sizeof(text) - 1);
	close(info);
	text[got > 0 ? got : 0] = '\0';
	line = strstr(text, key);
	return line ? strtol(line + sizeof(key) - 1, NULL, 10) : -1;
}

/* Whether the folder is below the first `len` bytes of the path. */
static bool is_above_folder(const struct quarantine *q, const char *path, size_t len)
{
	return strncmp(q->path, path, len) == 0 && q->path[len] == '/';
}

/* The next directory, `at` being its name; -1 and errno. EXDEV: it is on a mount that does not lead to the folder. */
static int step(const struct quarantine_job *job, int dir, const char *at, size_t len)
{
	char part[NAME_MAX + 1];
	int next;

	errno = ENAMETOOLONG;
	if (len >= sizeof(part))
		return -1;
	snprintf(part, sizeof(part), "%.*s", (int)len, at);
	next = openat(dir, part, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (next < 0 || mount_of(next) == mount_of(dir) ||
	    is_above_folder(job->q, job->path, (size_t)(at - job->path) + len))
		return next;
	close(next);
	errno = EXDEV;
	return -1;
}

/* One directory after the other, none of them through a link. *name is the rest: that of the file. */
static enum err walk(const struct quarantine_job *job, int *parent, const char **name, char why[QUARANTINE_WHY_MAX])
{
	const char *at = job->path + 1, *slash;
	int dir = openat(job->q->root, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);

	while (dir >= 0 && (slash = strchr(at, '/')) != NULL) {
		int next = step(job, dir, at, (size_t)(slash - at)), number = errno;

		close(dir);
		errno = number;
		dir = next;
		at = slash + 1;
	}
	*parent = dir;
	*name = at;
	if (dir >= 0)
		return ERR_OK;
	if (errno == ENOTDIR)
		return no(ERR_KIND, why, "a symbolic link or a file is on the way to it; name it by its real path");
	if (errno == EXDEV)
		return no(ERR_UNSUPPORTED, why, elsewhere);
	return failed(why, "its directory");
}

/*
 * The file by its name in the directory, whatever it is; O_PATH. EXDEV: something is mounted on it, and its filesystem,
 * which may never answer, is asked for nothing.
 */
static int hold(int parent, const char *name, struct stat *st)
{
	int fd = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC), number = EXDEV;

	if (fd < 0)
		return -1;
	if (mount_of(fd) == mount_of(parent)) {
		if (fstat(fd, st) == 0)
			return fd;
		number = errno;
	}
	close(fd);
	errno = number;
	return -1;
}

/* As hold(), of which nothing but what it shows is wanted. */
static bool look_at(int parent, const char *name, struct stat *st)
{
	int fd = hold(parent, name, st);

	if (fd < 0)
		return false;
	close(fd);
	return true;
}

static enum err no_file(char why[QUARANTINE_WHY_MAX])
{
	if (errno == ENOENT)
		return no(ERR_NOT_FOUND, why, "there is no such file");
	return errno == EXDEV ? no(ERR_UNSUPPORTED, why, elsewhere) : failed(why, "it");
}

static bool is_unchanged(const struct stat *st, const struct quarantine_undo *undo)
{
	return (uint64_t)st->st_mtim.tv_sec == undo->changed_s && (uint32_t)st->st_mtim.tv_nsec == undo->changed_ns;
}

static bool is_it(const struct quarantine *q, const struct stat *st, const struct quarantine_undo *undo)
{
	return st->st_dev == q->device && st->st_ino == undo->inode;
}

/* Outside the folder anybody may have made another file with that number; before it was hashed there was no time to. */
static bool is_it_still(const struct quarantine *q, const struct stat *st, const struct quarantine_undo *undo)
{
	return is_it(q, st, undo) && (!undo->hashed || is_unchanged(st, undo));
}

/* What a descriptor of O_PATH cannot do itself; the link leads to that file and no other. */
static enum err set_mode(int fd, uint32_t mode)
{
	char link[32];

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	return fchmodat(AT_FDCWD, link, mode, 0) == 0 ? ERR_OK : err_from_errno(errno);
}

/* -- taking -- */

static enum err judge(const struct quarantine_job *job, const struct stat *st, char why[QUARANTINE_WHY_MAX])
{
	if (!S_ISREG(st->st_mode))
		return no(ERR_KIND, why, S_ISLNK(st->st_mode) ? "it is a symbolic link" : "it is not a regular file");
	if (st->st_nlink != 1)
		return no(ERR_PROTECTED, why, "it has other names (hard links), by which it would stay in reach");
	if (st->st_size > QUARANTINE_SIZE_MAX)
		return no(ERR_TOO_LONG, why, "it is larger than 64 MiB");
	if (st->st_dev != job->q->device)
		return no(ERR_UNSUPPORTED, why, elsewhere);
	if (quarantine_users_have(job, st))
		return no(ERR_PROTECTED, why, "the init system, the guard or a log-in service of root's runs from it");
	return is_full(job->q) ? no(ERR_FULL, why, "256 files are in quarantine, as many as are kept") : ERR_OK;
}

enum err quarantine_look(const struct quarantine_job *job, struct quarantine_undo *out, char why[QUARANTINE_WHY_MAX])
{
	const char *name;
	struct stat st;
	int parent;
	enum err err = walk(job, &parent, &name, why);

	if (err != ERR_OK)
		return err;
	if (!look_at(parent, name, &st))
		err = no_file(why);
	close(parent);
	if (err != ERR_OK)
		return err;
	*out = (struct quarantine_undo){.inode = st.st_ino,
					.size = (uint64_t)st.st_size,
					.changed_s = (uint64_t)st.st_mtim.tv_sec,
					.changed_ns = (uint32_t)st.st_mtim.tv_nsec,
					.mode = st.st_mode & PERMISSIONS};
	return judge(job, &st, why);
}

/* Somebody may have put another file under the name in the last moment: then it gets it back. */
static enum err check_taken(const struct quarantine_job *job, const struct quarantine_undo *undo, int parent,
			    const char *name)
{
	char stored[NAME_BYTES];
	struct stat st;
	int fd;
	enum err err = ERR_OK;

	stored_name(undo, stored);
	fd = hold(job->q->dir, stored, &st);
	if (fd < 0)
		return err_from_errno(errno);
	if (is_it(job->q, &st, undo))
		err = set_mode(fd, 0);
	else
		err = move(job->q->dir, stored, parent, name) == 0 ? ERR_BUSY : ERR_IO;
	close(fd);
	return err;
}

enum err quarantine_take(const struct quarantine_job *job, const struct quarantine_undo *undo,
			 char why[QUARANTINE_WHY_MAX])
{
	char stored[NAME_BYTES];
	const char *name;
	struct stat st;
	int parent;
	enum err err;

	stored_name(undo, stored);
	/* It is there already, and perhaps not whole: a crash came between. */
	if (fstatat(job->q->dir, stored, &st, AT_SYMLINK_NOFOLLOW) == 0 && is_it(job->q, &st, undo))
		return check_taken(job, undo, -1, "");
	err = walk(job, &parent, &name, why);
	if (err != ERR_OK)
		return err;
	if (!look_at(parent, name, &st))
		err = no_file(why);
	else if (!is_it_still(job->q, &st, undo))
		err = no(ERR_BUSY, why, "another file has taken its place meanwhile");
	else if (move(parent, name, job->q->dir, stored) != 0)
		err = errno == EXDEV ? no(ERR_UNSUPPORTED, why, elsewhere) : failed(why, "moving it");
	if (err == ERR_OK) {
		err = check_taken(job, undo, parent, name);
		if (err != ERR_OK)
			(void)no(err, why,
				 err == ERR_BUSY ? "another file has taken its place meanwhile" : err_text(err));
	}
	if (err == ERR_OK)
		(void)fsync(job->q->dir);
	close(parent);
	return err;
}

bool quarantine_holds(const struct quarantine *q, const struct quarantine_undo *undo)
{
	char stored[NAME_BYTES];
	struct stat st;

	stored_name(undo, stored);
	return fstatat(q->dir, stored, &st, AT_SYMLINK_NOFOLLOW) == 0 && is_it(q, &st, undo) &&
	       (st.st_mode & PERMISSIONS) == 0;
}

int quarantine_read(const struct quarantine *q, const struct quarantine_undo *undo)
{
	char stored[NAME_BYTES];
	struct stat st;
	int fd;

	stored_name(undo, stored);
	/* Looked at first, so that nothing else is ever opened. */
	if (fstatat(q->dir, stored, &st, AT_SYMLINK_NOFOLLOW) != 0 || !is_it(q, &st, undo))
		return -1;
	fd = openat(q->dir, stored, O_RDONLY | O_NOFOLLOW | O_NOATIME | O_NONBLOCK | O_CLOEXEC);
	return fd >= 0 ? fd : openat(q->dir, stored, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
}

/* -- giving back -- */

static bool is_back(const struct quarantine_job *job, const struct quarantine_undo *undo)
{
	char unheard[QUARANTINE_WHY_MAX];
	const char *name;
	struct stat st;
	int parent;
	bool back;

	if (walk(job, &parent, &name, unheard) != ERR_OK)
		return false;
	back = look_at(parent, name, &st) && is_it_still(job->q, &st, undo);
	close(parent);
	return back;
}

/*
 * A service manager may forbid setuid and setgid, systemd's RestrictSUIDSGID=. The kernel takes both from a file that
 * is written to, and had nothing to take from one that was written to here.
 */
static enum err set_old_mode(int fd, const struct quarantine_undo *undo, char why[QUARANTINE_WHY_MAX])
{
	struct stat st;
	bool plain = (undo->mode & PLAIN_PERMISSIONS) == undo->mode;
	bool changed = !plain && (fstat(fd, &st) != 0 || !is_unchanged(&st, undo));
	enum err err = changed ? ERR_DENIED : set_mode(fd, undo->mode);

	if (err == ERR_OK || plain)
		return err;
	snprintf(why, QUARANTINE_WHY_MAX, "without its setuid, setgid or sticky bit, %s",
		 changed ? "because it was changed meanwhile" : "which may not be set here");
	return set_mode(fd, undo->mode & PLAIN_PERMISSIONS);
}

static enum err move_back(const struct quarantine_job *job, const char *stored, char why[QUARANTINE_WHY_MAX])
{
	const char *name;
	int parent;
	enum err err = walk(job, &parent, &name, why);

	if (err != ERR_OK)
		return err;
	if (move(job->q->dir, stored, parent, name) != 0)
		err = errno == EEXIST ? no(ERR_EXISTS, why, "another file has its name now, and stays")
				      : failed(why, "moving it back");
	close(parent);
	return err;
}

enum err quarantine_give_back(const struct quarantine_job *job, const struct quarantine_undo *undo,
			      char why[QUARANTINE_WHY_MAX])
{
	char stored[NAME_BYTES], note[QUARANTINE_WHY_MAX] = "";
	struct stat st;
	int fd;
	enum err err;

	stored_name(undo, stored);
	fd = hold(job->q->dir, stored, &st);
	if (fd < 0 || !is_it(job->q, &st, undo)) {
		if (fd >= 0)
			close(fd);
		return is_back(job, undo)
			       ? ERR_OK
			       : no(ERR_NOT_FOUND, why, "it is not in quarantine any more: somebody took it out");
	}
	err = move_back(job, stored, why);
	/* Only then, so that it is shut for as long as it is in the folder. */
	if (err == ERR_OK)
		err = set_old_mode(fd, undo, note);
	if (err == ERR_OK)
		(void)no(ERR_OK, why, note);
	close(fd);
	return err;
}

/* -- the record -- */

void quarantine_undo_encode(struct buf *b, const struct quarantine_undo *undo)
{
	buf_be8(b, VERSION);
	buf_be64(b, undo->inode);
	buf_be64(b, undo->size);
	buf_be64(b, undo->changed_s);
	buf_be32(b, undo->changed_ns);
	buf_be32(b, undo->mode);
	buf_be8(b, undo->hashed);
	if (undo->hashed)
		buf_bytes(b, undo->sha256, sizeof(undo->sha256));
}

enum err quarantine_undo_decode(struct str bytes, struct quarantine_undo *out)
{
	struct view v = view_over((const uint8_t *)bytes.data, bytes.len);
	uint8_t version = view_be8(&v);

	*out = (struct quarantine_undo){.inode = view_be64(&v)};
	out->size = view_be64(&v);
	out->changed_s = view_be64(&v);
	out->changed_ns = view_be32(&v);
	out->mode = view_be32(&v);
	out->hashed = view_be8(&v) != 0;
	if (out->hashed)
		view_bytes(&v, out->sha256, sizeof(out->sha256));
	return version == VERSION && view_done(&v) == ERR_OK ? ERR_OK : ERR_INVALID;
}
