/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds words and reads numbers. These functions run for every word and stamp of every line, so they are inline: words
 * are short, and a call of memchr(3) costs more than its search. They look at eight bytes at a time without a branch
 * for each, because the processor cannot predict the lengths of words. Constants are written as text, so the byte order
 * of the processor does not matter.
 */
#pragma once

#include "agent/base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Eight bytes as a number. The first byte is the lowest on every processor. */
static inline uint64_t scan_load(const char *eight)
{
	uint64_t x;

	memcpy(&x, eight, 8);
	return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? x : __builtin_bswap64(x);
}

/*
 * At most eight bytes as such a number, with zeros behind them. Four bytes from both ends, or the first, the middle and
 * the last one, are all of a short text.
 */
static inline uint64_t scan_padded(struct str s)
{
	uint32_t head, tail;

	if (s.len == 0)
		return 0;
	if (s.len >= 4) {
		memcpy(&head, s.data, 4);
		memcpy(&tail, s.data + s.len - 4, 4);
		if (__BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__) {
			head = __builtin_bswap32(head);
			tail = __builtin_bswap32(tail);
		}
		return head | (uint64_t)tail << 8 * (s.len - 4);
	}
	return (uint64_t)(unsigned char)s.data[0] | (uint64_t)(unsigned char)s.data[s.len / 2] << 8 * (s.len / 2) |
	       (uint64_t)(unsigned char)s.data[s.len - 1] << 8 * (s.len - 1);
}

/* The top bit of each byte that is a blank, and no other bit. */
static inline uint64_t scan_blanks(const char *eight)
{
	uint64_t x = scan_load(eight) ^ scan_load("        "), low = UINT64_C(0x7f7f7f7f7f7f7f7f);

	return ~(((x & low) + low) | x | low);
}

/* The same for the first blank, and in fewer steps: what is behind it may have other bits. */
static inline uint64_t scan_first_blank(const char *eight)
{
	uint64_t x = scan_load(eight) ^ scan_load("        ");

	return (x - UINT64_C(0x0101010101010101)) & ~x & UINT64_C(0x8080808080808080);
}

/* The place of the first or last byte whose top bit is set. bits must not be 0. */
static inline size_t scan_first(uint64_t bits)
{
	return (size_t)__builtin_ctzll(bits) / 8;
}

static inline size_t scan_last(uint64_t bits)
{
	return 7 - (size_t)__builtin_clzll(bits) / 8;
}

/* How many bytes come before the first blank. All of s, if there is no blank. */
static inline size_t scan_word(struct str s)
{
	size_t at = 0;

	for (; at + 8 <= s.len; at += 8) {
		uint64_t blanks = scan_first_blank(s.data + at);

		if (blanks)
			return at + scan_first(blanks);
	}
	while (at < s.len && s.data[at] != ' ')
		at++;
	return at;
}

/* The offset of the last word, which begins after the last blank. 0: there is no blank. */
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

/* Whether c is an ASCII digit. */
static inline bool scan_is_digit(char c)
{
	return (unsigned char)(c - '0') < 10;
}

/* The top bit of each byte that is not a digit. */
static inline uint64_t scan_others(uint64_t eight)
{
	uint64_t x = eight ^ UINT64_C(0x3030303030303030);

	return (((x & UINT64_C(0x7f7f7f7f7f7f7f7f)) + UINT64_C(0x7676767676767676)) | x) & UINT64_C(0x8080808080808080);
}

/* The number that eight digits stand for. A byte 0 counts as the digit zero. */
static inline uint32_t scan_value(uint64_t eight)
{
	uint64_t x = eight & UINT64_C(0x0f0f0f0f0f0f0f0f);

	x = (x * 10 + (x >> 8)) & UINT64_C(0x00ff00ff00ff00ff);
	x = (x * 100 + (x >> 16)) & UINT64_C(0x0000ffff0000ffff);
	return (uint32_t)(x * 10000 + (x >> 32));
}

/* How many digits s begins with, at most 8; *value is their number. No caller accepts a number of 8 digits or more. */
static inline size_t scan_number(struct str s, uint32_t *value)
{
	uint64_t x = s.len < 8 ? scan_padded(s) : scan_load(s.data), others = scan_others(x);
	size_t count = others ? scan_first(others) : 8;

	*value = count ? scan_value(x << (8 - count) * 8) : 0;
	return count;
}

/* How many digits s ends with, at most 8; *value is their number. */
static inline size_t scan_number_back(struct str s, uint32_t *value)
{
	uint64_t x = s.len >= 8 ? scan_load(s.data + s.len - 8) : s.len ? scan_padded(s) << 8 * (8 - s.len) : 0;
	uint64_t others = scan_others(x);
	size_t count = others ? 7 - scan_last(others) : 8;

	*value = count ? scan_value(x >> (8 - count) * 8 << (8 - count) * 8) : 0;
	return count;
}

/* The number that two digits stand for. */
static inline unsigned scan_two(const char *p)
{
	return (unsigned)(p[0] - '0') * 10 + (unsigned)(p[1] - '0');
}

/* Whether "00:00:00", with any digits, is at p. A digit has 3 in its high half, also after 6 was added to it. */
static inline bool scan_is_clock(const char *p)
{
	uint64_t x = scan_load(p);

	return (x & scan_load("\xf0\xf0\xff\xf0\xf0\xff\xf0\xf0")) == scan_load("00:00:00") &&
	       ((x + scan_load("\6\6\0\6\6\0\6\6")) & scan_load("\xf0\xf0\0\xf0\xf0\0\xf0\xf0")) == scan_load("00\0"
													      "00\0"
													      "00");
}

/* Whether "0000-00-00", with any digits, is at p. */
static inline bool scan_is_date(const char *p)
{
	uint64_t x = scan_load(p);

	return (x & scan_load("\xf0\xf0\xf0\xf0\xff\xf0\xf0\xff")) == scan_load("0000-00-") &&
	       ((x + scan_load("\6\6\6\6\0\6\6\0")) & scan_load("\xf0\xf0\xf0\xf0\0\xf0\xf0\0")) == scan_load("0000\0"
													      "00\0") &&
	       scan_is_digit(p[8]) && scan_is_digit(p[9]);
}
