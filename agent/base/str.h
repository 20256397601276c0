/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A borrowed run of bytes with its length. Never owns, never ends in NUL by promise, may hold any byte. Parsers
 * take one and shrink it from the front or the back.
 */
#pragma once

#include "agent/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
	const char *data;
	size_t len;
};

/* A str over a string literal or array of known size. */
#define STR(literal) ((struct str){(literal), sizeof(literal) - 1})
#define STR_NONE ((struct str){NULL, 0})

/* A str over a NUL-terminated string; NULL gives an empty one. */
static inline struct str str_from(const char *text)
{
	return (struct str){text, text ? strlen(text) : 0};
}

static inline bool str_empty(struct str s)
{
	return s.len == 0;
}

static inline bool str_equal(struct str a, struct str b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

/* Equal when ASCII letters are folded to one case. */
bool str_equal_fold(struct str a, struct str b);

static inline bool str_starts(struct str s, struct str prefix)
{
	return s.len >= prefix.len && memcmp(s.data, prefix.data, prefix.len) == 0;
}

static inline bool str_ends(struct str s, struct str suffix)
{
	return s.len >= suffix.len && memcmp(s.data + s.len - suffix.len, suffix.data, suffix.len) == 0;
}

/* Drop `prefix` from the front; false and *s untouched when it is not there. */
static inline bool str_take(struct str *s, struct str prefix)
{
	if (!str_starts(*s, prefix))
		return false;
	s->data += prefix.len;
	s->len -= prefix.len;
	return true;
}

/* Drop `suffix` from the back; false and *s untouched when it is not there. */
static inline bool str_take_back(struct str *s, struct str suffix)
{
	if (!str_ends(*s, suffix))
		return false;
	s->len -= suffix.len;
	return true;
}

/* Part of s from `from` (clamped) of at most len bytes. */
static inline struct str str_sub(struct str s, size_t from, size_t len)
{
	if (from > s.len)
		from = s.len;
	if (len > s.len - from)
		len = s.len - from;
	return (struct str){from ? s.data + from : s.data, len};
}

/* Offset of the first / last place of `needle` (of byte c), or SIZE_MAX when it is absent. */
size_t str_find(struct str s, struct str needle);
size_t str_find_back(struct str s, struct str needle);
size_t str_find_byte(struct str s, char c);

/* Cut at the first byte c: returns what was before it, *s becomes what follows it. Without c: all, and *s empty. */
struct str str_cut(struct str *s, char c);

/* Without spaces, tabs, CR and LF at both ends. */
struct str str_trim(struct str s);

/* Whole of s as a decimal number without sign, in [0, max]. ERR_INVALID (empty, other bytes), ERR_TOO_LONG (> max). */
ERR_CHECK enum err str_number(struct str s, uint64_t max, uint64_t *out);

/* Copy into a NUL-terminated array. ERR_TOO_LONG (target then holds the part that fits), ERR_INVALID (holds a NUL). */
ERR_CHECK enum err str_copy(struct str s, char *target, size_t size);

/* As str_copy but for text to show: cuts silently, and NULs and control bytes become '?'. */
void str_show(struct str s, char *target, size_t size);
