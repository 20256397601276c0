/* SPDX-License-Identifier: Apache-2.0 */
/* Takes the pieces of JSON from the front of a line. Which members matter, its callers know. */
#include "agent/base/json_take.h"

#include "agent/base/hex.h"

void json_take_blanks(struct str *s)
{
	while (s->len && (s->data[0] == ' ' || s->data[0] == '\t'))
		*s = str_sub(*s, 1, SIZE_MAX);
}

bool json_take_byte(struct str *s, char c)
{
	json_take_blanks(s);
	if (s->len == 0 || s->data[0] != c)
		return false;
	*s = str_sub(*s, 1, SIZE_MAX);
	return true;
}

/* The value of that many hexadecimal digits; UINT32_MAX: they are none. */
static uint32_t hex_value(struct str s, size_t digits)
{
	uint32_t value = 0;

	if (s.len < digits)
		return UINT32_MAX;
	for (size_t i = 0; i < digits; i++) {
		int digit = hex_digit(s.data[i]);

		if (digit < 0)
			return UINT32_MAX;
		value = value << 4 | (uint32_t)digit;
	}
	return value;
}

static void put_utf8(struct buf *b, uint32_t c)
{
	if (c < 0x80) {
		buf_char(b, (char)c);
	} else if (c < 0x800) {
		buf_char(b, (char)(0xc0 | c >> 6));
		buf_char(b, (char)(0x80 | (c & 0x3f)));
	} else {
		buf_char(b, (char)(0xe0 | c >> 12));
		buf_char(b, (char)(0x80 | (c >> 6 & 0x3f)));
		buf_char(b, (char)(0x80 | (c & 0x3f)));
	}
}

/*
 * The byte behind a backslash, and for 'u' its digits. Halves of a surrogate pair become three bytes each. "\x22" is
 * not JSON, but what nginx writes into a format that looks like it, without escape=json.
 */
static bool take_escape(struct str *s, struct buf *b)
{
	static const char letters[] = "\"\\/bfnrt", bytes[] = "\"\\/\b\f\n\r\t";
	char c = s->len ? s->data[0] : '\0';

	*s = str_sub(*s, 1, SIZE_MAX);
	if (c == 'u' || c == 'x') {
		size_t digits = c == 'u' ? 4 : 2;
		uint32_t value = hex_value(*s, digits);

		if (value == UINT32_MAX)
			return false;
		if (c == 'u')
			put_utf8(b, value);
		else
			buf_char(b, (char)value);
		*s = str_sub(*s, digits, SIZE_MAX);
		return true;
	}
	for (size_t i = 0; i < sizeof(letters) - 1; i++) {
		if (letters[i] != c)
			continue;
		buf_char(b, bytes[i]);
		return true;
	}
	return false;
}

bool json_take_string(struct str *s, struct buf *b)
{
	if (!json_take_byte(s, '"'))
		return false;
	while (s->len) {
		char c = s->data[0];

		*s = str_sub(*s, 1, SIZE_MAX);
		if (c == '"')
			return true;
		if (c != '\\')
			buf_char(b, c);
		else if (!take_escape(s, b))
			return false;
	}
	return false;
}

bool json_take_bytes(struct str *s, struct buf *b)
{
	if (!json_take_byte(s, '['))
		return false;
	do {
		size_t digits = 0;
		uint64_t byte;

		json_take_blanks(s);
		while (digits < s->len && digits < 4 && s->data[digits] >= '0' && s->data[digits] <= '9')
			digits++;
		if (str_number(str_sub(*s, 0, digits), UINT8_MAX, &byte) != ERR_OK)
			return false;
		*s = str_sub(*s, digits, SIZE_MAX);
		buf_char(b, (char)byte);
	} while (json_take_byte(s, ','));
	return json_take_byte(s, ']');
}

bool json_take_value(struct str *s)
{
	char none[1];
	unsigned depth = 0;

	while (s->len) {
		char c = s->data[0];

		if (c == '"') {
			struct buf b = buf_over(none, 0);

			if (!json_take_string(s, &b))
				return false;
			continue;
		}
		if (depth == 0 && (c == ',' || c == '}'))
			return true;
		depth += c == '{' || c == '[';
		depth -= (c == '}' || c == ']') && depth > 0;
		*s = str_sub(*s, 1, SIZE_MAX);
	}
	return false;
}
