/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What runs for every word and stamp of every line, inline: words are short, and a call of memchr(3) costs more than
 * it finds. Eight bytes are looked at together and without a branch for each, because the lengths of words cannot be
 * predicted. Constants are written as text, so the order of bytes in a word does not matter.
 */
#pragma once

#include "agent/base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Eight bytes, the first in the lowest place whatever the processor. */
static inline uint64_t scan_load(const char *eight)
{
	uint64_t x;

	memcpy(&x, eight, 8);
	return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? x : __builtin_bswap64(x);
}

/* The top bit of each byte that is a blank, exactly. */
static inline uint64_t scan_blanks(const char *eight)
{
	uint64_t x = scan_load(eight) ^ scan_load("        "), low = UINT64_C(0x7f7f7f7f7f7f7f7f);

	return ~(((x & low) + low) | x | low);
}

/* Which of the eight bytes is the first, the last with its top bit set; bits is not 0. */
static inline size_t scan_first(uint64_t bits)
{
	return (size_t)__builtin_ctzll(bits) / 8;
}

static inline size_t scan_last(uint64_t bits)
{
	return 7 - (size_t)__builtin_clzll(bits) / 8;
}

/* Bytes before the first blank; all of s when there is none. */
static inline size_t scan_word(struct str s)
{
	size_t at = 0;

	for (; at + 8 <= s.len; at += 8) {
		uint64_t blanks = scan_blanks(s.data + at);

		if (blanks)
			return at + scan_first(blanks);
	}
	while (at < s.len && s.data[at] != ' ')
		at++;
	return at;
}

/* Offset of the last word: just after the last blank, 0 when there is none. */
static inline size_t scan_last_word(struct str s)
{
	size_t at = s.len;

	for (; at >= 8; at -= 8) {
		uint64_t blanks = scan_blanks(s.data + at - 8);

		if (blanks)
			return at - 8 + scan_last(blanks) + 1;
	}
	while (at > 0 && s.data[at - 1] != ' ')
		at--;
	return at;
}

static inline bool scan_is_digit(char c)
{
	return (unsigned char)(c - '0') < 10;
}

/* The top bit of each byte that is no digit. */
static inline uint64_t scan_others(uint64_t eight)
{
	uint64_t x = eight ^ UINT64_C(0x3030303030303030);

	return (((x & UINT64_C(0x7f7f7f7f7f7f7f7f)) + UINT64_C(0x7676767676767676)) | x) & UINT64_C(0x8080808080808080);
}

/* The number that eight digits are; places that are 0 bytes count as zeros. */
static inline uint32_t scan_value(uint64_t eight)
{
	uint64_t x = eight & UINT64_C(0x0f0f0f0f0f0f0f0f);

	x = (x * 10 + (x >> 8)) & UINT64_C(0x00ff00ff00ff00ff);
	x = (x * 100 + (x >> 16)) & UINT64_C(0x0000ffff0000ffff);
	return (uint32_t)(x * 10000 + (x >> 32));
}

/* How many digits s begins with, at most 8, and what they are. A number longer than 7 digits is none of ours. */
static inline size_t scan_number(struct str s, uint32_t *value)
{
	char copy[8] = {0};
	const char *p = s.data;

	if (s.len < 8) {
		for (size_t i = 0; i < s.len; i++)
			copy[i] = s.data[i];
		p = copy;
	}
	uint64_t x = scan_load(p), others = scan_others(x);
	size_t count = others ? scan_first(others) : 8;

	*value = count ? scan_value(x << (8 - count) * 8) : 0;
	return count;
}

/* How many digits s ends with, at most 8, and what they are. */
static inline size_t scan_number_back(struct str s, uint32_t *value)
{
	char copy[8] = {0};
	const char *p = copy;

	if (s.len < 8) {
		for (size_t i = 0; i < s.len; i++)
			copy[8 - s.len + i] = s.data[i];
	} else {
		p = s.data + s.len - 8;
	}
	uint64_t x = scan_load(p), others = scan_others(x);
	size_t count = others ? 7 - scan_last(others) : 8;

	*value = count ? scan_value(x >> (8 - count) * 8 << (8 - count) * 8) : 0;
	return count;
}

/* The number two digits stand for. */
static inline unsigned scan_two(const char *p)
{
	return (unsigned)(p[0] - '0') * 10 + (unsigned)(p[1] - '0');
}

/* "00:00:00": a digit has 3 in its high half, and has it still when six is added. */
static inline bool scan_is_clock(const char *p)
{
	uint64_t x = scan_load(p);

	return (x & scan_load("\xf0\xf0\xff\xf0\xf0\xff\xf0\xf0")) == scan_load("00:00:00") &&
	       ((x + scan_load("\6\6\0\6\6\0\6\6")) & scan_load("\xf0\xf0\0\xf0\xf0\0\xf0\xf0")) == scan_load("00\0"
													      "00\0"
													      "00");
}

/* "0000-00-00" */
static inline bool scan_is_date(const char *p)
{
	uint64_t x = scan_load(p);

	return (x & scan_load("\xf0\xf0\xf0\xf0\xff\xf0\xf0\xff")) == scan_load("0000-00-") &&
	       ((x + scan_load("\6\6\6\6\0\6\6\0")) & scan_load("\xf0\xf0\xf0\xf0\0\xf0\xf0\0")) == scan_load("0000\0"
													      "00\0") &&
	       scan_is_digit(p[8]) && scan_is_digit(p[9]);
}
