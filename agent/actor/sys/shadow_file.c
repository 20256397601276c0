/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replacing shadow(5): under the lock that every other tool takes, by rename, so that a reader sees the old file or the
 * new one whole, and a power cut leaves one of them.
 */
#include "agent/actor/sys/shadow.h"

#include "agent/base/key.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define ROOM 1024 /* by which the new text may be longer */
#define XATTR_NAMES_MAX 1024
#define XATTR_VALUE_MAX 4096
#define SUFFIX ".caltrop-new"

_Static_assert(SHADOW_PATH_MAX >= PATH_MAX, "realpath(3) writes PATH_MAX bytes");

static const char *base_name(const char *path)
{
	return strrchr(path, '/') + 1;
}

/* A descriptor of the directory that holds the file. */
static int open_dir(const struct shadow_file *f)
{
	char dir[SHADOW_PATH_MAX];
	size_t len = (size_t)(base_name(f->path) - f->path);

	memcpy(dir, f->path, len);
	dir[len > 1 ? len - 1 : len] = '\0';
	return open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* shadow-utils write FILE.lock with the number of the process; a dead one's is stale. BusyBox makes FILE+. */
static bool other_lock(int dir, const char *name)
{
	char path[NAME_MAX + 8], text[16];
	uint64_t pid = 0;
	struct stat st;
	ssize_t got;
	int fd;

	snprintf(path, sizeof(path), "%.240s+", name);
	if (fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return true;
	snprintf(path, sizeof(path), "%.240s.lock", name);
	fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return errno != ENOENT;
	got = read(fd, text, sizeof(text));
	close(fd);
	if (got <= 0 || str_number(str_trim((struct str){text, strnlen(text, (size_t)got)}), INT32_MAX, &pid) != ERR_OK)
		return false;
	return pid > 0 && kill((pid_t)pid, 0) == 0;
}

static enum err lock_accounts(struct shadow_file *f)
{
	struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int dir = open_dir(f);
	enum err err = ERR_OK;

	if (dir < 0)
		return err_from_errno(errno);
	f->lock = openat(dir, ".pwd.lock", O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (f->lock < 0)
		err = err_from_errno(errno);
	else if (fcntl(f->lock, F_SETLK, &whole) != 0)
		err = errno == EACCES || errno == EAGAIN ? ERR_BUSY : err_from_errno(errno);
	else if (other_lock(dir, base_name(f->path)))
		err = ERR_BUSY;
	close(dir);
	return err;
}

enum err shadow_read(struct shadow_file *f, const char *path)
{
	struct stat st;
	size_t len = 0;
	ssize_t got = 1;
	enum err err = ERR_OK;
	int fd;

	*f = (struct shadow_file){.lock = -1};
	if (!realpath(path, f->path))
		return err_from_errno(errno);
	fd = open(f->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > SHADOW_BYTES_MAX) {
		err = fd < 0 ? err_from_errno(errno) : ERR_TOO_LONG;
		goto out;
	}
	f->map_size = 2 * (size_t)st.st_size + ROOM;
	f->map = mmap(NULL, f->map_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (f->map == MAP_FAILED) {
		f->map = NULL;
		err = ERR_NO_MEMORY;
		goto out;
	}
	while (got > 0 && len < (size_t)st.st_size) {
		got = read(fd, f->map + len, (size_t)st.st_size - len);
		len += got > 0 ? (size_t)got : 0;
	}
	err = got < 0 ? err_from_errno(errno) : ERR_OK;
	f->text = (struct str){f->map, len};
out:
	if (fd >= 0)
		close(fd);
	return err;
}

enum err shadow_open(struct shadow_file *f, const char *path)
{
	char resolved[SHADOW_PATH_MAX];
	enum err err;
	int lock;

	*f = (struct shadow_file){.lock = -1};
	if (!realpath(path, resolved))
		return err_from_errno(errno);
	memcpy(f->path, resolved, sizeof(f->path));
	err = lock_accounts(f);
	if (err != ERR_OK)
		return err;
	/* Under the lock, so that what is read is what will be replaced. */
	lock = f->lock;
	err = shadow_read(f, resolved);
	f->lock = lock;
	return err;
}

/* SELinux labels and ACLs: a copy without them would be readable by others than before, so failing to set one fails. */
static enum err copy_attributes(int from, int to)
{
	char names[XATTR_NAMES_MAX], value[XATTR_VALUE_MAX];
	ssize_t len = flistxattr(from, names, sizeof(names));

	if (len < 0)
		return errno == ENOTSUP ? ERR_OK : err_from_errno(errno);
	for (const char *name = names; name < names + len; name += strlen(name) + 1) {
		ssize_t size = fgetxattr(from, name, value, sizeof(value));

		if (size < 0 || fsetxattr(to, name, value, (size_t)size, 0) != 0)
			return err_from_errno(errno);
	}
	return ERR_OK;
}

static enum err write_all(int fd, struct str text)
{
	while (!str_empty(text)) {
		ssize_t written = write(fd, text.data, text.len);

		if (written <= 0)
			return written < 0 ? err_from_errno(errno) : ERR_IO;
		text = str_sub(text, (size_t)written, SIZE_MAX);
	}
	return ERR_OK;
}

/* The new file beside the old one, complete and on the disk. */
static enum err write_beside(int dir, const char *name, const char *fresh_name, struct str text)
{
	int old = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), fresh = -1;
	struct stat st;
	enum err err = ERR_OK;

	if (old < 0 || fstat(old, &st) != 0) {
		err = err_from_errno(errno);
		goto out;
	}
	/* A left-over of a power cut; the lock says that nobody else is writing it. */
	(void)unlinkat(dir, fresh_name, 0);
	fresh = openat(dir, fresh_name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fresh < 0 || fchown(fresh, st.st_uid, st.st_gid) != 0 || fchmod(fresh, st.st_mode & 07777) != 0)
		err = err_from_errno(errno);
	if (err == ERR_OK)
		err = copy_attributes(old, fresh);
	if (err == ERR_OK)
		err = write_all(fresh, text);
	if (err == ERR_OK && fsync(fresh) != 0)
		err = err_from_errno(errno);
out:
	if (old >= 0)
		close(old);
	if (fresh >= 0)
		close(fresh);
	return err;
}

enum err shadow_write(struct shadow_file *f, const char *account, const char *hash)
{
	struct buf b = buf_over(f->map + f->text.len, f->map_size - f->text.len);
	char fresh[NAME_MAX + 16];
	enum err err = shadow_replace(f->text, account, hash, &b);
	int dir;

	if (err != ERR_OK)
		return err;
	dir = open_dir(f);
	if (dir < 0)
		return err_from_errno(errno);
	snprintf(fresh, sizeof(fresh), "%.200s" SUFFIX, base_name(f->path));
	err = write_beside(dir, base_name(f->path), fresh, buf_str(&b));
	if (err == ERR_OK && renameat(dir, fresh, dir, base_name(f->path)) != 0)
		err = err_from_errno(errno);
	if (err != ERR_OK)
		(void)unlinkat(dir, fresh, 0);
	else if (fsync(dir) != 0)
		err = err_from_errno(errno);
	if (err == ERR_OK)
		f->text = buf_str(&b);
	close(dir);
	return err;
}

bool shadow_is_written(const struct shadow_file *f)
{
	struct shadow_file now;
	bool same = shadow_read(&now, f->path) == ERR_OK && str_equal(now.text, f->text);

	shadow_close(&now);
	return same;
}

void shadow_close(struct shadow_file *f)
{
	if (f->map) {
		key_wipe(f->map, f->map_size);
		munmap(f->map, f->map_size);
	}
	/* Closing drops the lock, and would drop it early if this process opened the lock file twice; it never does. */
	if (f->lock >= 0)
		close(f->lock);
	f->map = NULL;
	f->lock = -1;
}
