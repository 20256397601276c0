/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes JSON (RFC 8259) into a buffer: commas and quotes are put where they belong, strings are escaped. A value
 * that does not fit sets the buffer's `overflow`, as all appends do; the caller checks once at the end.
 *
 *	struct json j = json_over(&b);
 *	json_begin_object(&j);
 *	json_key(&j, "user");
 *	json_str(&j, user);
 *	json_end_object(&j);		{"user":"root"}
 *
 * Bytes of a string that are no UTF-8 (RFC 3629) are written as the escape \u00XX of their value, one by one, so
 * output is always valid and every byte an attacker chose stays visible.
 */
#pragma once

#include "agent/base/buf.h"
#include "agent/base/str.h"

#include <stdbool.h>
#include <stdint.h>

#define JSON_DEPTH_MAX 32 /* objects and arrays inside each other; more is a programming error */

struct json {
	struct buf *out;
	uint32_t filled; /* bit per level: it already has an element */
	uint8_t depth;
	bool after_key; /* the next value belongs to the key just written */
};

/* A writer that appends to b. Several values one after another at the top level are not separated. */
struct json json_over(struct buf *b);

void json_begin_object(struct json *j);
void json_end_object(struct json *j);
void json_begin_array(struct json *j);
void json_end_array(struct json *j);

/* The name of the next value. `name` must not need escapes. */
void json_key(struct json *j, const char *name);

void json_str(struct json *j, struct str value);
void json_text(struct json *j, const char *value); /* NULL is written as null */
void json_int(struct json *j, int64_t value);
void json_u64(struct json *j, uint64_t value);
void json_bool(struct json *j, bool value);
/* null. Not named json_null: jansson, which the server links, has that. */
void json_none(struct json *j);

/* Lower-case hexadecimal of the bytes, as a string. */
void json_hex(struct json *j, const void *data, size_t len);

/* An already written JSON value, put in as it is. */
void json_raw(struct json *j, struct str value);
