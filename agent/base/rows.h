/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rows in which the guard answers the local command line: one line each, "type" and then fields, separated by
 * TAB: "name=text", "name#integer", "name?true|false". In text, '%', TAB, LF, NUL and control bytes are "%XX". The
 * last row
 * of an answer is "ok" or "error" with fields code and text. One format serves tables for people and JSON alike.
 */
#pragma once

#include "agent/base/buf.h"
#include "agent/base/err.h"
#include "agent/base/str.h"

#include <stdbool.h>
#include <stdint.h>

void rows_begin(struct buf *b, const char *type);
void rows_text(struct buf *b, const char *name, struct str value);
void rows_int(struct buf *b, const char *name, int64_t value);
void rows_bool(struct buf *b, const char *name, bool value);
void rows_end(struct buf *b);

struct rows_field {
	struct str name;
	char kind;	  /* '=', '#' or '?' */
	struct str value; /* as sent, still escaped */
};

/* Take the type off a row (without its LF); *row becomes the fields. */
struct str rows_type(struct str *row);

/* Take the next field off a row. ERR_NOT_FOUND at the end, ERR_INVALID when it is no field. */
ERR_CHECK enum err rows_next(struct str *row, struct rows_field *out);

/* Undo the escapes of a text value into b. ERR_INVALID on a bad escape, ERR_TOO_LONG. */
ERR_CHECK enum err rows_unescape(struct buf *b, struct str value);
