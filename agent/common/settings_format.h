/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the sections [file PATH], which say in what form a log file's lines are. They name no file to read; [auth]
 * files does.
 */
#pragma once

#include "agent/base/ini.h"
#include "agent/common/settings.h"

/*
 * Read one key of [file PATH]. ERR_INVALID: there is no such key, the format or the path is none, or there are more
 * than SETTINGS_FORMATS_MAX. error->text is the whole sentence.
 */
ERR_CHECK enum err settings_format_read(struct settings *s, struct str path, const struct ini_pair *pair,
					struct ini_error *error);

/* Check that the path of a row of s->declared is one of [auth] files. ERR_INVALID: it is not; error->text is the
 * sentence. */
ERR_CHECK enum err settings_format_check(const struct settings *s, unsigned row, struct ini_error *error);

/* The row of s->files that has the path, not as a pattern; s->file_count: none has. */
unsigned settings_format_file(const struct settings *s, struct str path);

/* The row of s->declared that has the path; s->declared_count: none has. */
unsigned settings_format_row(const struct settings *s, const char *path);

/* The format that is declared for a path, FORMAT_AUTO if none is. */
enum settings_format settings_format_of(const struct settings *s, const char *path);

/* The word of a format in the settings, "syslog". Never NULL. */
const char *settings_format_name(uint8_t format);
