/* SPDX-License-Identifier: Apache-2.0 */
/* Reads and writes the small files of a fleet. What is written is synced, since keys can't be made twice. */
#include "server-stub/fleet/fleet_file.h"

#include "agent/base/buf.h"
#include "agent/base/regular.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum err fleet_file_path(struct fleet_file f, char path[FLEET_FILE_PATH_MAX])
{
	int len = snprintf(path, FLEET_FILE_PATH_MAX, "%s/%s", f.dir, f.name);

	return len < 0 || len >= FLEET_FILE_PATH_MAX ? ERR_TOO_LONG : ERR_OK;
}

enum err fleet_file_named(struct fleet_file f, char path[FLEET_FILE_PATH_MAX])
{
	return f.name[0] == '/' ? str_copy(str_from(f.name), path, FLEET_FILE_PATH_MAX) : fleet_file_path(f, path);
}

static enum err read_all(int fd, char *out, size_t cap, size_t *len)
{
	*len = 0;
	for (;;) {
		ssize_t got = read(fd, out + *len, cap - *len);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_from_errno(errno);
		if (got == 0)
			break;
		*len += (size_t)got;
		if (*len == cap)
			return ERR_TOO_LONG;
	}
	out[*len] = '\0';
	return ERR_OK;
}

enum err fleet_file_read(struct fleet_file f, char *out, size_t cap, size_t *len)
{
	char path[FLEET_FILE_PATH_MAX];
	enum err err = fleet_file_path(f, path);
	int fd;

	*len = 0;
	if (err != ERR_OK)
		return err;
	err = regular_follow(AT_FDCWD, path, O_RDONLY, &fd);
	if (err != ERR_OK)
		return err;
	err = read_all(fd, out, cap, len);
	close(fd);
	return err;
}

static enum err write_all(int fd, struct str text)
{
	while (text.len > 0) {
		ssize_t put = write(fd, text.data, text.len);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return err_from_errno(errno);
		text = str_sub(text, (size_t)put, SIZE_MAX);
	}
	return fsync(fd) == 0 ? ERR_OK : err_from_errno(errno);
}

static enum err sync_dir(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum err err = ERR_OK;

	if (fd < 0)
		return err_from_errno(errno);
	if (fsync(fd) != 0)
		err = err_from_errno(errno);
	close(fd);
	return err;
}

static enum err create(const char *path, struct str text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	enum err err;

	if (fd < 0)
		return err_from_errno(errno);
	err = write_all(fd, text);
	if (err == ERR_OK && fchmod(fd, mode) != 0)
		err = err_from_errno(errno);
	if (close(fd) != 0 && err == ERR_OK)
		err = err_from_errno(errno);
	if (err != ERR_OK)
		unlink(path);
	return err;
}

enum err fleet_file_create(struct fleet_file f, struct str text, mode_t mode)
{
	char path[FLEET_FILE_PATH_MAX];
	enum err err = fleet_file_path(f, path);

	if (err == ERR_OK)
		err = create(path, text, mode);
	return err == ERR_OK ? sync_dir(f.dir) : err;
}

enum err fleet_file_replace(struct fleet_file f, struct str text, mode_t mode)
{
	char path[FLEET_FILE_PATH_MAX], fresh[FLEET_FILE_PATH_MAX + 8];
	enum err err = fleet_file_path(f, path);

	if (err != ERR_OK)
		return err;
	snprintf(fresh, sizeof(fresh), "%s.new", path);
	unlink(fresh);
	err = create(fresh, text, mode);
	if (err == ERR_OK && rename(fresh, path) != 0) {
		err = err_from_errno(errno);
		unlink(fresh);
	}
	return err == ERR_OK ? sync_dir(f.dir) : err;
}

enum err fleet_file_key(struct fleet_file f, const char *label, struct key_der *out)
{
	char text[4096];
	size_t len, der_len = 0;
	enum err err = fleet_file_read(f, text, sizeof(text), &len);

	memset(out, 0, sizeof(*out));
	if (err == ERR_OK)
		err = key_from_pem(label, text, out->bytes, sizeof(out->bytes), &der_len) == ERR_OK ? ERR_OK
												    : ERR_CORRUPT;
	out->len = (uint16_t)der_len;
	key_wipe(text, sizeof(text));
	return err;
}

enum err fleet_file_create_pem(struct fleet_file f, const struct fleet_file_pem *pem)
{
	char text[8192];
	enum err err = key_pem(pem->label, pem->der, pem->len, text, sizeof(text));

	if (err == ERR_OK)
		err = fleet_file_create(f, str_from(text), pem->mode);
	key_wipe(text, sizeof(text));
	return err;
}

enum err fleet_file_give(struct fleet_file f)
{
	char path[FLEET_FILE_PATH_MAX];
	struct stat dir;
	enum err err = fleet_file_path(f, path);

	if (err != ERR_OK || geteuid() != 0)
		return err;
	return stat(f.dir, &dir) == 0 && lchown(path, dir.st_uid, dir.st_gid) == 0 ? ERR_OK : ERR_IO;
}
