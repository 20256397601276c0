/* SPDX-License-Identifier: Apache-2.0 */
/* Characters of UTF-8 (RFC 3629). Any bytes can be read: one that belongs to no character is one of its own. */
#pragma once

#include "agent/base/str.h"

#include <stdint.h>

#define UTF8_BAD 0x110000u /* plus the byte: behind all characters */

/* The bytes that the character at the front has; 0 for an empty text. */
static inline size_t utf8_len(struct str s)
{
	const uint8_t *at = (const uint8_t *)s.data;
	size_t len = s.len == 0 ? 0 : at[0] < 0xc2 || at[0] > 0xf4 ? 1 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;

	for (size_t i = 1; i < len; i++)
		if (i >= s.len || (at[i] & 0xc0) != 0x80)
			return 1;
	if ((len == 3 && ((at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] > 0x9f))) ||
	    (len == 4 && ((at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] > 0x8f))))
		return 1;
	return len;
}

/* Take the character at the front of a text that is not empty. */
static inline uint32_t utf8_take(struct str *s)
{
	const uint8_t *at = (const uint8_t *)s->data;
	size_t len = utf8_len(*s);
	uint32_t c = len == 1 ? (at[0] < 0x80 ? at[0] : UTF8_BAD + at[0]) : at[0] & (0xffu >> (len + 1));

	for (size_t i = 1; i < len; i++)
		c = c << 6 | (at[i] & 0x3fu);
	s->data += len;
	s->len -= len;
	return c;
}
