/* SPDX-License-Identifier: Apache-2.0 */
/* Finds and reads configuration files, once at start, as root. settings.c knows the keys. Never follows an include. */
#include "agent/common/settings_files.h"

#include "agent/common/settings_sources.h"

#include "agent/base/str.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const places[] = {"/etc/caltrop", "/run/caltrop", "/usr/lib/caltrop"};
#define PLACES (sizeof(places) / sizeof(places[0]))

struct dropin {
	char name[NAME_MAX + 1];
	char path[PATH_MAX];
};

struct dropins {
	unsigned count;
	struct dropin rows[SETTINGS_FILES_DROPINS_MAX];
};

/* All memory of the reader in one block. It is so large that free(3) returns it to the kernel. */
struct reader {
	struct settings *s;
	char *message;
	struct dropins dropins;
	char text[INI_BYTES_MAX + 1];
};

static enum err say(struct reader *r, enum err err, const char *path, const char *text)
{
	snprintf(r->message, SETTINGS_FILES_MESSAGE_MAX, "%s: %s", path, text);
	return err;
}

static enum err load(struct reader *r, const char *path, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	ssize_t got = 1;

	*len = 0;
	if (fd < 0)
		return say(r, err_from_errno(errno), path, strerror(errno));
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || (st.st_mode & S_IWOTH)) {
		close(fd);
		return say(r, ERR_DENIED, path, "this is not a regular file, or every user may write it");
	}
	while (got > 0 && *len < sizeof(r->text)) {
		got = read(fd, r->text + *len, sizeof(r->text) - *len);
		*len += got > 0 ? (size_t)got : 0;
	}
	close(fd);
	return got < 0 ? say(r, ERR_IO, path, strerror(errno)) : ERR_OK;
}

static enum err read_file(struct reader *r, const char *path)
{
	struct ini_error error;
	size_t len;
	enum err err = load(r, path, &len);

	if (err == ERR_OK) {
		err = settings_read(r->s, (struct str){r->text, len}, &error);
		if (err != ERR_OK)
			snprintf(r->message, SETTINGS_FILES_MESSAGE_MAX, "%s:%u: %s", path, error.line, error.text);
	}
	return err;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct dropin *)a)->name, ((const struct dropin *)b)->name);
}

static bool known(const struct dropins *d, const char *name)
{
	for (unsigned i = 0; i < d->count; i++)
		if (strcmp(d->rows[i].name, name) == 0)
			return true;
	return false;
}

static enum err collect(struct reader *r, struct dropins *d, const char *dir_path)
{
	DIR *dir = opendir(dir_path);
	const struct dirent *entry;
	enum err err = ERR_OK;

	if (!dir)
		return errno == ENOENT || errno == ENOTDIR ? ERR_OK
							   : say(r, err_from_errno(errno), dir_path, strerror(errno));
	while (err == ERR_OK && (entry = readdir(dir)) != NULL) {
		struct dropin *row = &d->rows[d->count];

		if (entry->d_name[0] == '.' || !str_ends(str_from(entry->d_name), STR(".conf")) ||
		    known(d, entry->d_name))
			continue;
		if (d->count == SETTINGS_FILES_DROPINS_MAX) {
			err = say(r, ERR_FULL, dir_path, "there are more than 64 drop-ins");
			break;
		}
		snprintf(row->name, sizeof(row->name), "%s", entry->d_name);
		if (snprintf(row->path, sizeof(row->path), "%s/%s", dir_path, entry->d_name) < PATH_MAX)
			d->count++;
	}
	closedir(dir);
	return err;
}

static enum err read_dropins(struct reader *r, struct dropins *d)
{
	enum err err = ERR_OK;

	qsort(d->rows, d->count, sizeof(d->rows[0]), by_name);
	for (unsigned i = 0; i < d->count && err == ERR_OK; i++)
		err = read_file(r, d->rows[i].path);
	return err;
}

static enum err read_named(struct reader *r, struct dropins *d, const char *file)
{
	char dir[PATH_MAX];
	enum err err = read_file(r, file);

	if (err != ERR_OK)
		return err;
	snprintf(dir, sizeof(dir), "%s.d", file);
	err = collect(r, d, dir);
	return err == ERR_OK ? read_dropins(r, d) : err;
}

static enum err read_standard(struct reader *r, struct dropins *d)
{
	char path[PATH_MAX];
	bool found = false;
	enum err err = ERR_OK;

	for (unsigned i = 0; i < PLACES && err == ERR_OK && !found; i++) {
		snprintf(path, sizeof(path), "%s/caltrop.conf", places[i]);
		found = access(path, F_OK) == 0;
		if (found)
			err = read_file(r, path);
	}
	for (unsigned i = 0; i < PLACES && err == ERR_OK; i++) {
		snprintf(path, sizeof(path), "%s/caltrop.conf.d", places[i]);
		err = collect(r, d, path);
	}
	return err == ERR_OK ? read_dropins(r, d) : err;
}

enum err settings_files_read(struct settings *s, const char *file, char message[SETTINGS_FILES_MESSAGE_MAX])
{
	struct reader *r = calloc(1, sizeof(*r));
	struct ini_error error;
	enum err err = ERR_NO_MEMORY;

	snprintf(message, SETTINGS_FILES_MESSAGE_MAX, "%s", err_text(err));
	if (!r)
		return err;
	r->s = s;
	r->message = message;
	settings_default(s);
	err = file ? read_named(r, &r->dropins, file) : read_standard(r, &r->dropins);
	if (err == ERR_OK && s->look)
		settings_sources_find(s, "");
	if (err == ERR_OK) {
		err = settings_check(s, &error);
		if (err != ERR_OK)
			(void)say(r, err, file ? file : "caltrop.conf", error.text);
	}
	free(r);
	return err;
}
