/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A reader of INI files in the manner of systemd.syntax(7): "[section]" and "key = value". A line that begins with '#'
 * or ';' is a comment; a backslash at the end of a line continues it on the next one. Guard and service both use it.
 * It allocates nothing. The caller keeps the text until ini_read() returns.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/str.h"

#include <stddef.h>

#define INI_BYTES_MAX 65536 /* of one file */
#define INI_LINE_MAX 4096   /* bytes of a line with all that continue it */

/* What is wrong in which line, counted from 1; 0: in the whole file. */
struct ini_error {
	unsigned line;
	char text[160];
};

/* One assignment, trimmed. */
struct ini_pair {
	struct str key, value;
};

/*
 * Called for every key, in the order of the file. Section, key and value are trimmed, and valid during the call only.
 * To stop the reader, it fills in error->text and returns an error.
 */
typedef enum err (*ini_handler)(void *context, struct str section, struct str key, struct str value,
				struct ini_error *error);

/* Who hears of the text's keys, and of each mistake in it. */
struct ini_hearer {
	ini_handler key;
	void (*mistake)(void *context, const struct ini_error *error); /* NULL: the first mistake ends the reading */
	void *context;						       /* of both */
};

/*
 * Read the text of a whole file and call the handler for each key. ERR_INVALID: a line is neither a section nor a key,
 * a key stands before the first section, or the text holds a NUL. ERR_TOO_LONG: the text or a line is over its limit.
 * Any other error is the handler's. *error says what is wrong and where.
 */
ERR_CHECK enum err ini_read(struct str text, ini_handler handler, void *context, struct ini_error *error);

/*
 * The same, but a mistake is told and reading goes on with the next line; keys of a section whose name cannot be read
 * are passed over. Returns the first error, and *error is about that one.
 */
ERR_CHECK enum err ini_read_all(struct str text, const struct ini_hearer *hearer, struct ini_error *error);
