/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what the settings declare of log files. Never opens one; whether a file keeps to it, sensors/log/stream.c sees.
 */
#include "agent/common/settings_format.h"

#include <stdio.h>
#include <string.h>

static const char *const names[FORMATS_MAX] = {
	[FORMAT_AUTO] = "auto",	    [FORMAT_SYSLOG] = "syslog",	  [FORMAT_JSON] = "json",
	[FORMAT_CRI] = "cri",	    [FORMAT_VERBOSE] = "verbose", [FORMAT_PRETTY] = "json-pretty",
	[FORMAT_EXPORT] = "export", [FORMAT_SSHD] = "sshd",
};

const char *settings_format_name(uint8_t format)
{
	return names[format < FORMATS_MAX ? format : FORMAT_AUTO];
}

static enum err refuse(struct ini_error *error, const char *path, const char *why)
{
	snprintf(error->text, sizeof(error->text), "[file %.60s] %s", path, why);
	return ERR_INVALID;
}

unsigned settings_format_file(const struct settings *s, struct str path)
{
	unsigned row = 0;

	while (row < s->file_count && !str_equal(path, str_from(s->files[row])))
		row++;
	return row;
}

unsigned settings_format_row(const struct settings *s, const char *path)
{
	unsigned i = 0;

	while (i < s->declared_count && strcmp(s->declared[i].path, path) != 0)
		i++;
	return i;
}

/* The row of a path, a new one if there is none; NULL: there is no room, or it is no path. */
static struct settings_declared *row_of(struct settings *s, const char *path)
{
	unsigned i = settings_format_row(s, path);

	if (i == SETTINGS_FORMATS_MAX)
		return NULL;
	if (i == s->declared_count) {
		s->declared_count++;
		s->declared[i].format = FORMAT_AUTO;
		memcpy(s->declared[i].path, path, sizeof(s->declared[i].path));
	}
	return &s->declared[i];
}

enum err settings_format_read(struct settings *s, struct str path, const struct ini_pair *pair, struct ini_error *error)
{
	char name[SETTINGS_PATH_MAX] = "", shown[SETTINGS_PATH_MAX];
	uint8_t format = 0;

	str_show(path, shown, sizeof(shown));
	if (str_copy(path, name, sizeof(name)) != ERR_OK || name[0] != '/' || strcmp(name, shown) != 0)
		return refuse(error, shown, "is not an absolute path of at most 255 bytes");
	if (!str_equal(pair->key, STR("format")))
		return refuse(error, name, "there is no such key; there is only format");
	while (format < FORMATS_MAX && !str_equal(pair->value, str_from(names[format])))
		format++;
	if (format == FORMATS_MAX)
		return refuse(error, name,
			      "format: it is none of auto, syslog, json, json-pretty, verbose, export, cri and sshd");
	struct settings_declared *row = row_of(s, name);

	if (!row)
		return refuse(error, name, "does not fit: there are more than 8 such sections");
	row->format = format;
	return ERR_OK;
}

enum err settings_format_check(const struct settings *s, unsigned row, struct ini_error *error)
{
	if (settings_format_file(s, str_from(s->declared[row].path)) < s->file_count)
		return ERR_OK;
	return refuse(error, s->declared[row].path, "is not among [auth] files, so it is not read");
}

enum settings_format settings_format_of(const struct settings *s, const char *path)
{
	unsigned row = settings_format_row(s, path);

	return row < s->declared_count ? (enum settings_format)s->declared[row].format : FORMAT_AUTO;
}

const struct settings_access *settings_access_find(const struct settings *s, const char *file)
{
	for (unsigned i = 0; i < s->access_count; i++)
		if (strcmp(s->access[i].file, file) == 0)
			return &s->access[i];
	return NULL;
}
