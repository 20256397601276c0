/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A line-fed reader of INI files in the manner of systemd.syntax(7): "[section]", "key = value", comments from '#'
 * or ';' at the start of a line, a trailing backslash continues a value on the next line. Shared by guard and service.
 * It owns no memory: the caller keeps the text while parsing.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/str.h"

#include <stddef.h>

#define INI_BYTES_MAX 65536 /* of one file */
#define INI_LINE_MAX 4096

/* What stands wrong where; `text` is a whole sentence without the place. */
struct ini_error {
	unsigned line;
	char text[160];
};

/*
 * Called for every key in file order; section, key and value are trimmed and borrowed. Returns other than ERR_OK to
 * stop, with error->text filled.
 */
typedef enum err (*ini_handler)(void *context, struct str section, struct str key, struct str value,
				struct ini_error *error);

/*
 * Read a whole file's bytes. On any error error->line is the line (1-based) and error->text says what is wrong.
 * ERR_INVALID (no section yet, no '=', empty key, unclosed '[', NUL byte), ERR_TOO_LONG, or what the handler gave.
 */
ERR_CHECK enum err ini_read(struct str text, ini_handler handler, void *context, struct ini_error *error);
