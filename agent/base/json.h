/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes JSON (RFC 8259) into a buffer. The writer adds commas and quotes, and escapes strings. A value that does not
 * fit sets the buffer's `overflow`, as all appends do; the caller checks once, at the end.
 *
 *	struct json j = json_over(&b);
 *	json_begin_object(&j);
 *	json_key(&j, "user");
 *	json_str(&j, user);
 *	json_end_object(&j);		{"user":"root"}
 *
 * A byte of a string that is not part of well-formed UTF-8 (RFC 3629) is written as the escape \u00XX of its value. So
 * the output is always valid, and every byte that an attacker chose stays visible.
 */
#pragma once

#include "agent/base/buf.h"
#include "agent/base/str.h"

#include <stdbool.h>
#include <stdint.h>

#define JSON_DEPTH_MAX 32 /* levels of objects and arrays; a deeper level is a programming error */

struct json {
	struct buf *out;
	uint32_t filled; /* a bit for each level: it has an element already */
	uint8_t depth;
	bool after_key; /* a key was written and its value comes next */
};

/* A writer that appends to b, which must outlive it. It writes nothing between several values at the top level. */
struct json json_over(struct buf *b);

/* Begin or end an object or an array. Each begin needs its end. */
void json_begin_object(struct json *j);
void json_end_object(struct json *j);
void json_begin_array(struct json *j);
void json_end_array(struct json *j);

/* Write the name of the next value. `name` must not need escapes; json_key_str writes any bytes as a name, as json_str
 * does. */
void json_key(struct json *j, const char *name);
void json_key_str(struct json *j, struct str name);

/* Write a member whose value is a string, or null where value.data is NULL. */
void json_member(struct json *j, const char *key, struct str value);

/* Write a member whose value is an array of the words of a text, which blanks part. */
void json_words(struct json *j, const char *key, struct str words);

/* Write a value. */
void json_str(struct json *j, struct str value);
void json_text(struct json *j, const char *value); /* NULL is written as null */
void json_int(struct json *j, int64_t value);
void json_u64(struct json *j, uint64_t value);
void json_bool(struct json *j, bool value);
/* Write null. Its name is not json_null, because jansson, which the server links, has a function of that name. */
void json_none(struct json *j);

/* Write the bytes as a string of lower-case hexadecimal digits. */
void json_hex(struct json *j, const void *data, size_t len);

/* Write a value that is JSON text already. The caller answers for its being valid. */
void json_raw(struct json *j, struct str value);
