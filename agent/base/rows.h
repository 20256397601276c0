/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rows in which the guard answers the local command line. A row is one line: a type, then fields, all separated by
 * TAB. A field is "name=text", "name#integer", "name@time", "name?true" or "name?false". A time is microseconds since
 * 1970, 0: none. In text, '%' and control bytes are written as '%' and two lower-case hexadecimal digits. The last row
 * of an answer has the type "ok", or "error" with the fields code and text. `caltrop local` makes its tables and its
 * JSON from them. The format is Caltrop's own.
 */
#pragma once

#include "agent/base/buf.h"
#include "agent/base/err.h"
#include "agent/base/str.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Append a row: rows_begin(), any number of fields, rows_end(). Names must not need escapes. When b is full, the row is
 * cut; the caller asks buf_check().
 */
void rows_begin(struct buf *b, const char *type);
void rows_text(struct buf *b, const char *name, struct str value);
void rows_int(struct buf *b, const char *name, int64_t value);
void rows_time(struct buf *b, const char *name, int64_t wall_us);
void rows_bool(struct buf *b, const char *name, bool value);
void rows_end(struct buf *b);

struct rows_field {
	struct str name;
	char kind;	  /* '=', '#', '@' or '?' */
	struct str value; /* with its escapes */
};

/* Take the type from the front of a row, which has no LF. *row becomes the fields. */
struct str rows_type(struct str *row);

/* Take the next field of a row. ERR_NOT_FOUND: there are no more. ERR_INVALID: what comes next is not a field. */
ERR_CHECK enum err rows_next(struct str *row, struct rows_field *out);

/* Append a text value without its escapes. ERR_INVALID: an escape is damaged. ERR_TOO_LONG: b is full. */
ERR_CHECK enum err rows_unescape(struct buf *b, struct str value);
