/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pointer to bytes of another owner, and their number. The bytes may have any value and need not end in NUL. Parsers
 * get one and shorten it from the front or the back.
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

/* A str over a string literal, without its NUL. */
#define STR(literal) ((struct str){(literal), sizeof(literal) - 1})
#define STR_NONE ((struct str){NULL, 0})

/* A str over a NUL-terminated string. NULL gives an empty one. */
static inline struct str str_from(const char *text)
{
	return (struct str){text, text ? strlen(text) : 0};
}

/* Whether s has no bytes; STR_NONE has none. */
static inline bool str_empty(struct str s)
{
	return s.len == 0;
}

/* Whether two have the same bytes. */
static inline bool str_equal(struct str a, struct str b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

/* Whether two are equal, apart from the case of ASCII letters. */
bool str_equal_fold(struct str a, struct str b);

/* Whether s begins with `prefix`. Each text begins and ends with the empty one. */
static inline bool str_starts(struct str s, struct str prefix)
{
	return s.len >= prefix.len && memcmp(s.data, prefix.data, prefix.len) == 0;
}

/* Whether s ends with `suffix`. */
static inline bool str_ends(struct str s, struct str suffix)
{
	return s.len >= suffix.len && memcmp(s.data + s.len - suffix.len, suffix.data, suffix.len) == 0;
}

/* Take `prefix` from the front of *s. False: *s does not begin with it and is unchanged. */
static inline bool str_take(struct str *s, struct str prefix)
{
	if (!str_starts(*s, prefix))
		return false;
	s->data += prefix.len;
	s->len -= prefix.len;
	return true;
}

/* Take `suffix` from the back of *s. False: *s does not end with it and is unchanged. */
static inline bool str_take_back(struct str *s, struct str suffix)
{
	if (!str_ends(*s, suffix))
		return false;
	s->len -= suffix.len;
	return true;
}

/* At most len bytes of s, from the offset `from` on. An offset past the end gives an empty one. */
static inline struct str str_sub(struct str s, size_t from, size_t len)
{
	if (from > s.len)
		from = s.len;
	if (len > s.len - from)
		len = s.len - from;
	return (struct str){from ? s.data + from : s.data, len};
}

/* The offset of the first place of `needle`, of its last place, or of the first byte c. SIZE_MAX: there is none. */
size_t str_find(struct str s, struct str needle);
size_t str_find_back(struct str s, struct str needle);
size_t str_find_byte(struct str s, char c);

/* Take all before the first byte c, and that byte. Without a byte c, take all of *s, which is then empty. */
struct str str_cut(struct str *s, char c);

/* s without the spaces, tabs, CR and LF at both ends. */
struct str str_trim(struct str s);

/* Read all of s as a decimal number without sign. ERR_INVALID: it is empty or has other bytes. ERR_TOO_LONG: > max. */
ERR_CHECK enum err str_number(struct str s, uint64_t max, uint64_t *out);

/* Copy s into a NUL-terminated array. ERR_TOO_LONG: the array has the part that fits. ERR_INVALID: s has a NUL. */
ERR_CHECK enum err str_copy(struct str s, char *target, size_t size);

/* Copy s into a NUL-terminated array to be shown: what does not fit is cut, and control bytes become '?'. */
void str_show(struct str s, char *target, size_t size);
