/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strings of Sigma: bytes, wildcards and dashes, as modifiers change them one
 * after the other. Escapes are those of the specification: a backslash makes a
 * wildcard or a backslash behind it plain, and is plain itself before anything
 * else.
 */
#pragma once

#include "agent/base/buf.h"
#include "agent/base/str.h"
#include "proto/pack.h"
#include "server-stub/sigma/arena.h"

#include <stdbool.h>
#include <stdint.h>

enum value_token { VALUE_ANY = 256, VALUE_ONE, VALUE_DASH }; /* below: the byte */

struct value {
	unsigned count;
	uint16_t *tokens;
	struct value *next;
};

/* Of all functions: NULL or false, where the memory does not suffice. */

/* A value of the text as it is written in a rule. */
struct value *value_read(struct arena *a, struct str text);

/* Put '*' before, or behind, unless one is there. */
bool value_open(struct arena *a, struct value *v, bool before, bool behind);

/* Whether it has wildcards, or dashes. */
bool value_is_plain(const struct value *v);
bool value_has_dash(const struct value *v);

/* Its bytes, if it is plain. */
struct str value_bytes(struct arena *a, const struct value *v);

/* Each '-', '/', U+2013, U+2014 and U+2015 becomes VALUE_DASH. */
void value_windash(struct value *v);

/* A list of plain values, one for each way to write its dashes; at most 625. */
struct value *value_spell_dashes(struct arena *a, const struct value *v);

/* Each character becomes UTF-16, big-endian or not; with a byte order mark at
 * the front. */
bool value_utf16(struct arena *a, struct value *v, bool big, bool mark);

/* In base64; and the three lists' elements that are found within base64 of
 * something longer (at any offset). */
struct value *value_base64(struct arena *a, struct str bytes);
struct value *value_base64_offsets(struct arena *a, struct str bytes);

/* The pattern that the value is: of the simplest kind that says it. The text is
 * in the arena; NULL data: no memory. */
struct pack_pattern value_pattern(struct arena *a, const struct value *v);
