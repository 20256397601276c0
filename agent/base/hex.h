/* SPDX-License-Identifier: Apache-2.0 */
/* Reads hexadecimal digits. Writing them is buf_hex() and json_hex(). */
#pragma once

#include "agent/base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The value of a digit, with letters of lower case only, as Caltrop itself writes them. -1: it is none. */
static inline int hex_digit_lower(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The same with letters of either case. */
static inline int hex_digit(char c)
{
	return hex_digit_lower(c >= 'A' && c <= 'F' ? (char)(c - 'A' + 'a') : c);
}

/* Read a text of exactly 2 * len digits of lower case into `out`. False: it is another text; `out` has any bytes. */
static inline bool hex_read(struct str text, uint8_t *out, size_t len)
{
	if (text.len != 2 * len)
		return false;
	for (size_t i = 0; i < len; i++) {
		int high = hex_digit_lower(text.data[2 * i]), low = hex_digit_lower(text.data[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}
