/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two searches that run for every word of every line, inline: words are short, and a call of memchr(3) costs
 * more than it finds. Eight bytes are looked at together, in an order that does not matter.
 */
#pragma once

#include "agent/base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Whether one of the eight bytes is a blank. */
static inline bool scan_has_blank(uint64_t eight)
{
	uint64_t x = eight ^ UINT64_C(0x2020202020202020);

	return ((x - UINT64_C(0x0101010101010101)) & ~x & UINT64_C(0x8080808080808080)) != 0;
}

/* Bytes before the first blank; all of s when there is none. */
static inline size_t scan_word(struct str s)
{
	size_t at = 0;
	uint64_t eight;

	for (; at + 8 <= s.len; at += 8) {
		memcpy(&eight, s.data + at, 8);
		if (scan_has_blank(eight))
			break;
	}
	while (at < s.len && s.data[at] != ' ')
		at++;
	return at;
}

/* Offset of the last word: just after the last blank, 0 when there is none. */
static inline size_t scan_last_word(struct str s)
{
	size_t at = s.len;
	uint64_t eight;

	for (; at >= 8; at -= 8) {
		memcpy(&eight, s.data + at - 8, 8);
		if (scan_has_blank(eight))
			break;
	}
	while (at > 0 && s.data[at - 1] != ' ')
		at--;
	return at;
}

static inline bool scan_is_digit(char c)
{
	return (unsigned char)(c - '0') < 10;
}

/* The number two digits stand for. */
static inline unsigned scan_two(const char *p)
{
	return (unsigned)(p[0] - '0') * 10 + (unsigned)(p[1] - '0');
}
