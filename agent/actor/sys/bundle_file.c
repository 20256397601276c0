/* SPDX-License-Identifier: Apache-2.0 */
/* The directory is the core's, which may put anything there: what is ours is known by its descriptor. */
#include "agent/actor/sys/bundle_file.h"

#include "agent/base/view.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NEW "collected.new"

int bundle_file_make(int dir)
{
	if (unlinkat(dir, NEW, 0) != 0 && errno != ENOENT)
		return -1;
	return openat(dir, NEW, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
}

void bundle_file_drop(int dir)
{
	(void)unlinkat(dir, NEW, 0);
}

uint64_t bundle_file_waiting(int dir)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = fd >= 0 ? fdopendir(fd) : NULL;
	uint64_t bytes = 0;
	struct stat st;

	for (struct dirent *e; list && (e = readdir(list)) != NULL;)
		if (object_is_waiting(e->d_name) && fstatat(fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0)
			bytes += (uint64_t)st.st_size;
	if (list)
		closedir(list);
	else if (fd >= 0)
		close(fd);
	return bytes;
}

/* The statement's bytes; empty: there is none. */
static struct str read_statement(int fd, uint8_t memory[OBJECT_WAITING_HEAD + OBJECT_STATEMENT_MAX])
{
	ssize_t got = pread(fd, memory, OBJECT_WAITING_HEAD + OBJECT_STATEMENT_MAX, 0);
	struct view v = view_over(memory, got > 0 ? (size_t)got : 0);
	char magic[4];

	view_bytes(&v, magic, sizeof(magic));
	size_t len = view_be16(&v);

	if (v.short_read || memcmp(magic, OBJECT_WAITING_MAGIC, sizeof(magic)) != 0 ||
	    (size_t)got < OBJECT_WAITING_HEAD + len)
		return STR_NONE;
	return (struct str){(const char *)memory + OBJECT_WAITING_HEAD, len};
}

enum err bundle_file_read(int fd, uint8_t kind, struct object *out, uint8_t id[OBJECT_ID])
{
	uint8_t memory[OBJECT_WAITING_HEAD + OBJECT_STATEMENT_MAX];
	struct str statement = read_statement(fd, memory);
	char why[OBJECT_WHY_MAX];
	struct stat st;

	if (str_empty(statement) || object_decode(statement, out, why) != ERR_OK || out->kind != kind ||
	    fstat(fd, &st) != 0 || (uint64_t)st.st_size != OBJECT_WAITING_HEAD + statement.len + (uint64_t)out->size)
		return ERR_CORRUPT;
	object_id(statement, id);
	return ERR_OK;
}

enum err bundle_file_place(int dir, int fd, const uint8_t id[OBJECT_ID], struct bundle_file_owner owner)
{
	char name[OBJECT_STAGED_MAX];
	struct stat made, placed;

	object_waiting_name(id, name);
	if (fchown(fd, owner.uid, owner.gid) != 0 || renameat(dir, NEW, dir, name) != 0 || fsync(dir) != 0 ||
	    fstat(fd, &made) != 0 || fstatat(dir, name, &placed, AT_SYMLINK_NOFOLLOW) != 0)
		return err_from_errno(errno);
	return made.st_ino == placed.st_ino && made.st_dev == placed.st_dev ? ERR_OK : ERR_CORRUPT;
}

bool bundle_file_is(int dir, const uint8_t id[OBJECT_ID])
{
	char name[OBJECT_STAGED_MAX];
	struct stat st;

	object_waiting_name(id, name);
	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

enum err bundle_file_remove(int dir, const uint8_t id[OBJECT_ID])
{
	char name[OBJECT_STAGED_MAX];

	object_waiting_name(id, name);
	return unlinkat(dir, name, 0) == 0 ? ERR_OK : err_from_errno(errno);
}
