/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Implements the spool's disk by files: appends, reads at an offset, and syncs in a thread. Never looks at their bytes.
 */
#include "agent/shell/spool_disk.h"

#include "agent/base/regular.h"
#include "agent/base/require.h"
#include "agent/shell/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void drop(struct spool_disk_file *f)
{
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
	f->name[0] = 0;
}

static bool is_open(const struct spool_disk_file *f, const char *name)
{
	return f->fd >= 0 && strcmp(f->name, name) == 0;
}

static enum err hold(struct spool_disk_file *f, int dir, const char *name, int flags)
{
	if (is_open(f, name))
		return ERR_OK;
	drop(f);

	enum err err = regular_open(dir, name, flags, &f->fd);

	if (err == ERR_OK)
		snprintf(f->name, sizeof(f->name), "%s", name);
	return err;
}

static enum err write_all(int fd, const void *data, size_t len)
{
	const char *at = data;

	while (len) {
		ssize_t n = write(fd, at, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_from_errno(errno);
		at += n;
		len -= (size_t)n;
	}
	return ERR_OK;
}

static enum err disk_append(void *context, const char *name, const void *data, size_t len)
{
	struct spool_disk_files *d = context;
	bool known = is_open(&d->write, name);
	enum err err = hold(&d->write, d->dir, name, O_WRONLY | O_APPEND | O_CREAT);

	if (!known)
		d->dir_changed = true;
	return err ? err : write_all(d->write.fd, data, len);
}

static enum err disk_read(void *context, const char *name, uint64_t offset, void *out, size_t cap, size_t *got)
{
	struct spool_disk_files *d = context;
	enum err err = hold(&d->read, d->dir, name, O_RDONLY);

	*got = 0;
	while (err == ERR_OK && *got < cap) {
		ssize_t n = pread(d->read.fd, (char *)out + *got, cap - *got, (off_t)(offset + *got));

		if (n == 0)
			break;
		if (n > 0)
			*got += (size_t)n;
		else if (errno != EINTR)
			err = err_from_errno(errno);
	}
	return err;
}

static enum err disk_remove(void *context, const char *name)
{
	struct spool_disk_files *d = context;

	if (is_open(&d->write, name))
		drop(&d->write);
	if (is_open(&d->read, name))
		drop(&d->read);
	return unlinkat(d->dir, name, 0) == 0 ? ERR_OK : err_from_errno(errno);
}

static enum err disk_cut(void *context, const char *name, uint64_t size)
{
	struct spool_disk_files *d = context;
	enum err err = hold(&d->write, d->dir, name, O_WRONLY | O_APPEND);

	if (err == ERR_OK && ftruncate(d->write.fd, (off_t)size) != 0)
		err = err_from_errno(errno);
	return err;
}

static enum err disk_replace(void *context, const char *name, const void *data, size_t len)
{
	struct spool_disk_files *d = context;

	return file_replace(d->dir, name, data, len);
}

static void sync_in_thread(uv_work_t *work)
{
	struct spool_disk_files *d = work->data;
	int fd;

	d->job.err = regular_open(d->dir, d->job.name, O_RDONLY, &fd);
	if (d->job.err == ERR_OK && fdatasync(fd) != 0)
		d->job.err = err_from_errno(errno);
	if (fd >= 0)
		close(fd);
	if (d->job.err == ERR_OK && d->job.dir && fsync(d->dir) != 0)
		d->job.err = err_from_errno(errno);
}

static void sync_done(uv_work_t *work, int status)
{
	struct spool_disk_files *d = work->data;

	if (d->job.err && d->job.dir)
		d->dir_changed = true;
	d->synced(d->arg, d->job.token, status ? ERR_IO : d->job.err);
}

static void disk_sync(void *context, const char *name, uint64_t token)
{
	struct spool_disk_files *d = context;

	snprintf(d->job.name, sizeof(d->job.name), "%s", name);
	d->job.token = token;
	d->job.dir = d->dir_changed;
	d->dir_changed = false;
	require(uv_queue_work(d->uv, &d->work, sync_in_thread, sync_done) == 0);
}

static enum err disk_list(void *context, void (*found)(void *arg, const char *name, uint64_t size), void *arg)
{
	struct spool_disk_files *d = context;
	int fd = openat(d->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *entry;
	struct stat st;

	if (!dir) {
		enum err err = err_from_errno(errno);

		if (fd >= 0)
			close(fd);
		return err;
	}
	while ((entry = readdir(dir))) {
		if (fstatat(d->dir, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode))
			found(arg, entry->d_name, (uint64_t)st.st_size);
	}
	closedir(dir);
	return ERR_OK;
}

void spool_disk_open(struct spool_disk_files *d, uv_loop_t *uv, int dir)
{
	*d = (struct spool_disk_files){.uv = uv, .dir = dir, .write.fd = -1, .read.fd = -1, .dir_changed = true};
	d->ops = (struct spool_disk){.context = d,
				     .append = disk_append,
				     .read = disk_read,
				     .remove = disk_remove,
				     .cut = disk_cut,
				     .replace = disk_replace,
				     .sync = disk_sync,
				     .list = disk_list};
	d->work.data = d;
}
