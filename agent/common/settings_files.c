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
	const struct settings_files_hearer *hearer; /* NULL: the first mistake ends the reading */
	enum err first;
	char message[SETTINGS_FILES_MESSAGE_MAX]; /* of the first mistake */
	const char *path;			  /* of the file that is read */
	char first_path[PATH_MAX];		  /* of the file before the drop-ins; empty: there is none */
	struct dropins dropins;
	char text[INI_BYTES_MAX + 1];
};

static bool goes_on(const struct reader *r)
{
	return r->first == ERR_OK || r->hearer;
}

/* Note a mistake. A line of 0 is none. */
static void say(struct reader *r, enum err err, const char *path, const struct ini_error *error)
{
	char text[SETTINGS_FILES_MESSAGE_MAX], number[16] = "";

	if (error->line)
		snprintf(number, sizeof(number), ":%u", error->line);
	snprintf(text, sizeof(text), "%s%s: %s", path, number, error->text);
	if (r->first == ERR_OK) {
		r->first = err;
		memcpy(r->message, text, sizeof(text));
	}
	if (r->hearer)
		r->hearer->mistake(text);
}

static void say_text(struct reader *r, enum err err, const char *path, const char *text)
{
	struct ini_error error = {0};

	snprintf(error.text, sizeof(error.text), "%s", text);
	say(r, err, path, &error);
}

/* False after a word on why it cannot be read. */
static bool load(struct reader *r, const char *path, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	ssize_t got = 1;

	*len = 0;
	if (fd < 0) {
		say_text(r, err_from_errno(errno), path, strerror(errno));
		return false;
	}
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || (st.st_mode & S_IWOTH)) {
		close(fd);
		say_text(r, ERR_DENIED, path, "this is not a regular file, or every user may write it");
		return false;
	}
	while (got > 0 && *len < sizeof(r->text)) {
		got = read(fd, r->text + *len, sizeof(r->text) - *len);
		*len += got > 0 ? (size_t)got : 0;
	}
	if (got < 0)
		say_text(r, ERR_IO, path, strerror(errno));
	close(fd);
	return got >= 0;
}

static void hear(void *context, const struct ini_error *error)
{
	struct reader *r = context;

	say(r, ERR_INVALID, r->path, error);
}

static void read_file(struct reader *r, const char *path)
{
	const struct settings_hearer hearer = {.mistake = hear, .context = r};
	struct ini_error error;
	size_t len;
	enum err err;

	if (!goes_on(r) || !load(r, path, &len))
		return;
	if (r->hearer && r->hearer->file)
		r->hearer->file(path);
	r->path = path;
	err = settings_read_all(r->s, (struct str){r->text, len}, r->hearer ? &hearer : NULL, &error);
	if (err != ERR_OK && !r->hearer)
		say(r, err, path, &error);
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

static void collect(struct reader *r, const char *dir_path)
{
	struct dropins *d = &r->dropins;
	DIR *dir = opendir(dir_path);
	const struct dirent *entry;

	if (!dir) {
		if (errno != ENOENT && errno != ENOTDIR)
			say_text(r, err_from_errno(errno), dir_path, strerror(errno));
		return;
	}
	while ((entry = readdir(dir)) != NULL) {
		struct dropin *row = &d->rows[d->count];

		if (entry->d_name[0] == '.' || !str_ends(str_from(entry->d_name), STR(".conf")) ||
		    known(d, entry->d_name))
			continue;
		if (d->count == SETTINGS_FILES_DROPINS_MAX) {
			say_text(r, ERR_FULL, dir_path, "there are more than 64 drop-ins");
			break;
		}
		snprintf(row->name, sizeof(row->name), "%s", entry->d_name);
		if (snprintf(row->path, sizeof(row->path), "%s/%s", dir_path, entry->d_name) < PATH_MAX)
			d->count++;
	}
	closedir(dir);
}

static void read_dropins(struct reader *r)
{
	struct dropins *d = &r->dropins;

	qsort(d->rows, d->count, sizeof(d->rows[0]), by_name);
	for (unsigned i = 0; i < d->count; i++)
		read_file(r, d->rows[i].path);
}

static void read_named(struct reader *r, const char *file)
{
	char dir[PATH_MAX];

	snprintf(r->first_path, sizeof(r->first_path), "%s", file);
	read_file(r, file);
	snprintf(dir, sizeof(dir), "%s.d", file);
	if (goes_on(r))
		collect(r, dir);
}

static void read_standard(struct reader *r)
{
	char path[PATH_MAX];
	bool found = false;

	for (unsigned i = 0; i < PLACES && !found; i++) {
		snprintf(path, sizeof(path), "%s/caltrop.conf", places[i]);
		found = access(path, F_OK) == 0;
		if (!found)
			continue;
		memcpy(r->first_path, path, sizeof(path));
		read_file(r, path);
	}
	for (unsigned i = 0; i < PLACES && goes_on(r); i++) {
		snprintf(path, sizeof(path), "%s/caltrop.conf.d", places[i]);
		collect(r, path);
	}
}

/* Where what a sentence "[section] key: ..." is about stands. */
struct search {
	const char *text;
	unsigned line; /* 0: not here */
};

static enum err match_key(void *context, struct str section, struct str key, struct str value, struct ini_error *error)
{
	struct search *search = context;
	struct str rest = str_from(search->text);

	(void)value;
	if (!str_take(&rest, STR("[")) || !str_take(&rest, section) || !str_take(&rest, STR("] ")))
		return ERR_OK;
	/* A sentence about a section as a whole is as good at any key of it. */
	if (str_find(rest, STR(":")) == SIZE_MAX || (str_take(&rest, key) && str_take(&rest, STR(":"))))
		search->line = error->line;
	return ERR_OK;
}

static void pass_over(void *context, const struct ini_error *error)
{
	(void)context;
	(void)error;
}

/* Note a mistake that only all files together show, with the place that had the last word. */
static void say_of_all(struct reader *r, enum err err, const struct ini_error *error, const char *file)
{
	struct search search = {.text = error->text};
	const struct ini_hearer keys = {match_key, pass_over, &search};
	struct ini_error shown = *error, ignored;
	size_t len;

	for (unsigned i = r->dropins.count + 1; i > 0 && search.line == 0; i--) {
		r->path = i > 1 ? r->dropins.rows[i - 2].path : r->first_path;
		if (r->path[0] && load(r, r->path, &len))
			(void)!ini_read_all((struct str){r->text, len}, &keys, &ignored);
	}
	shown.line = search.line;
	say(r, err, search.line ? r->path : file ? file : "caltrop.conf", &shown);
}

/* What is wrong with all files together. */
struct rest {
	struct reader *r;
	const char *file;
};

static void hear_of_all(void *context, const struct ini_error *error)
{
	struct rest *rest = context;

	say_of_all(rest->r, ERR_INVALID, error, rest->file);
}

static void check(struct reader *r, const char *file)
{
	struct rest rest = {r, file};
	const struct settings_hearer hearer = {hear_of_all, &rest, r->first != ERR_OK};
	struct ini_error error;
	enum err err;

	if (r->s->look)
		settings_sources_find(r->s, "");
	err = settings_check_all(r->s, r->hearer ? &hearer : NULL, &error);
	if (err != ERR_OK && !r->hearer)
		say_of_all(r, err, &error, file);
}

static enum err read_all(struct reader *r, const char *file)
{
	settings_default(r->s);
	if (file)
		read_named(r, file);
	else
		read_standard(r);
	read_dropins(r);
	if (goes_on(r))
		check(r, file);
	return r->first;
}

enum err settings_files_read(struct settings *s, const char *file, char message[SETTINGS_FILES_MESSAGE_MAX])
{
	struct reader *r = calloc(1, sizeof(*r));
	enum err err = ERR_NO_MEMORY;

	snprintf(message, SETTINGS_FILES_MESSAGE_MAX, "%s", err_text(err));
	if (!r)
		return err;
	r->s = s;
	err = read_all(r, file);
	memcpy(message, r->message, sizeof(r->message));
	free(r);
	return err;
}

enum err settings_files_read_all(struct settings *s, const char *file, const struct settings_files_hearer *hearer)
{
	struct reader *r = calloc(1, sizeof(*r));
	enum err err = ERR_NO_MEMORY;

	if (!r) {
		hearer->mistake(err_text(err));
		return err;
	}
	r->s = s;
	r->hearer = hearer;
	err = read_all(r, file);
	free(r);
	return err;
}
