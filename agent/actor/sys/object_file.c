/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Puts objects in place. What is hashed is what was written, so nobody can change the bytes in between. Knows nothing
 * of signatures: objects.c has checked them.
 */
#include "agent/actor/sys/object_file.h"

#include "agent/base/buf.h"
#include "agent/base/hash.h"
#include "agent/base/key.h"
#include "agent/base/regular.h"
#include "agent/base/view.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CLAIM_BYTES 52
#define NAME_BYTES (OBJECT_NAME_MAX + 16) /* ".NAME.claim.new" */
#define CHANGE ".%s.change"
#define COPY_BYTES 16384

static const char magic[4] = {'C', 'T', 'C', '1'};

static enum err last_error(void)
{
	return err_from_errno(errno);
}

static enum err read_claim(int dir, const char *name, struct object_file_claim *out)
{
	uint8_t bytes[CLAIM_BYTES + 1], head[sizeof(magic)];
	char file[NAME_BYTES];

	snprintf(file, sizeof(file), ".%s.claim", name);
	int fd;
	enum err err = regular_open(dir, file, O_RDONLY, &fd);
	ssize_t got = err == ERR_OK ? read(fd, bytes, sizeof(bytes)) : 0;
	struct view v = view_over(bytes, got > 0 ? (size_t)got : 0);

	if (got < 0)
		err = last_error();
	if (fd >= 0)
		close(fd);
	if (err != ERR_OK)
		return err;
	view_bytes(&v, head, sizeof(head));
	out->version = view_be64(&v);
	out->size = view_be32(&v);
	view_bytes(&v, out->sha256, sizeof(out->sha256));
	uint32_t crc = view_be32(&v);

	if (view_done(&v) != ERR_OK || memcmp(head, magic, sizeof(magic)) != 0 ||
	    crc != hash_crc32c(0, bytes, CLAIM_BYTES - 4))
		return ERR_CORRUPT;
	return ERR_OK;
}

enum err object_file_claimed(int dir, const char *name, struct object_file_claim *out)
{
	enum err err = read_claim(dir, name, out);
	char change[NAME_BYTES];
	struct stat st;

	if (err != ERR_OK)
		return err;
	snprintf(change, sizeof(change), CHANGE, name);
	if (fstatat(dir, change, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return ERR_TRUNCATED;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode) || st.st_size != out->size)
		return ERR_TRUNCATED;
	return ERR_OK;
}

enum err object_file_used(int dir, const char *name, uint64_t *bytes)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = fd >= 0 ? fdopendir(fd) : NULL;
	unsigned count = 0;
	struct stat st;

	if (!list) {
		enum err err = last_error();

		if (fd >= 0)
			close(fd);
		return err;
	}
	for (struct dirent *e; (e = readdir(list)) != NULL;) {
		if (e->d_name[0] == '.' || strcmp(e->d_name, name) == 0 ||
		    fstatat(fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
			continue;
		*bytes += (uint64_t)st.st_size;
		count++;
	}
	closedir(list);
	return count < OBJECT_FILE_COUNT_MAX ? ERR_OK : ERR_FULL;
}

int object_file_from(int dir, const char *name)
{
	int fd;

	return regular_open(dir, name, O_RDONLY, &fd) == ERR_OK ? fd : -1;
}

/* The bytes up to the claim's size, and not one more. */
static enum err copy(const struct object_file_job *job, int to)
{
	static uint8_t bytes[COPY_BYTES]; /* only one thread copies */
	struct key_hash hash;
	uint8_t digest[32];
	uint64_t at = 0;
	enum err err = ERR_OK;

	key_hash_begin(&hash);
	while (err == ERR_OK && at <= job->claim.size) {
		ssize_t n = pread(job->from, bytes, sizeof(bytes), (off_t)at);

		if (n == 0)
			break;
		if (n < 0) {
			err = errno == EINTR ? ERR_OK : last_error();
			continue;
		}
		at += (uint64_t)n;
		key_hash_add(&hash, bytes, (size_t)n);
		err = at > job->claim.size ? ERR_TOO_LONG
					   : regular_write(to, (struct str){(const char *)bytes, (size_t)n});
	}
	key_hash_end(&hash, digest);
	if (err == ERR_OK && at < job->claim.size)
		return ERR_TRUNCATED;
	if (err == ERR_OK && !key_equal(digest, job->claim.sha256, sizeof(digest)))
		return ERR_CORRUPT;
	return err;
}

static enum err write_claim(const struct object_file_job *job, int to)
{
	uint8_t memory[CLAIM_BYTES];
	struct buf b = buf_over(memory, sizeof(memory));

	buf_bytes(&b, magic, sizeof(magic));
	buf_be64(&b, job->claim.version);
	buf_be32(&b, job->claim.size);
	buf_bytes(&b, job->claim.sha256, sizeof(job->claim.sha256));
	buf_be32(&b, hash_crc32c(0, memory, b.len));
	return regular_write(to, buf_str(&b));
}

/* A new file, synced, not in place yet. */
static enum err make(const struct object_file_job *job, const char *name,
		     enum err (*fill)(const struct object_file_job *job, int to))
{
	int fd;
	enum err err;

	unlinkat(job->dir, name, 0);
	fd = openat(job->dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return last_error();
	err = fill(job, fd);
	if (err == ERR_OK && (fchmod(fd, 0644) != 0 || fsync(fd) != 0))
		err = last_error();
	close(fd);
	return err;
}

/* Until both are there, .NAME.change is: a claim alone does not say that its object is in place. */
static enum err rename_both(const struct object_file_job *job, const char *fresh, const char *fresh_claim)
{
	char claim[NAME_BYTES], change[NAME_BYTES];
	int fd;

	snprintf(claim, sizeof(claim), ".%s.claim", job->name);
	snprintf(change, sizeof(change), CHANGE, job->name);
	enum err err = regular_open(job->dir, change, O_WRONLY | O_CREAT, &fd);

	if (err != ERR_OK)
		return err;
	close(fd);
	if (fsync(job->dir) != 0 || renameat(job->dir, fresh_claim, job->dir, claim) != 0 || fsync(job->dir) != 0 ||
	    renameat(job->dir, fresh, job->dir, job->name) != 0 || fsync(job->dir) != 0)
		return last_error();
	/* If it comes back with a power cut, or cannot be removed, this object is fetched once more. */
	(void)unlinkat(job->dir, change, 0);
	return ERR_OK;
}

enum err object_file_put(const struct object_file_job *job)
{
	char fresh[NAME_BYTES], fresh_claim[NAME_BYTES];
	enum err err;

	snprintf(fresh, sizeof(fresh), ".%s.new", job->name);
	snprintf(fresh_claim, sizeof(fresh_claim), ".%s.claim.new", job->name);
	err = make(job, fresh, copy);
	if (err == ERR_OK)
		err = make(job, fresh_claim, write_claim);
	if (err == ERR_OK)
		err = rename_both(job, fresh, fresh_claim);
	if (err != ERR_OK) {
		unlinkat(job->dir, fresh, 0);
		unlinkat(job->dir, fresh_claim, 0);
	}
	return err;
}
