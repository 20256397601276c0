/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the local control socket: the guard writes them, the command line reads them. Pure. */
#include "agent/base/rows.h"
#include "agent/base/hex.h"

void rows_begin(struct buf *b, const char *type)
{
	buf_text(b, type);
}

static void field(struct buf *b, const char *name, char kind)
{
	buf_char(b, '\t');
	buf_text(b, name);
	buf_char(b, kind);
}

void rows_text(struct buf *b, const char *name, struct str value)
{
	field(b, name, '=');
	for (size_t i = 0; i < value.len; i++) {
		unsigned char c = (unsigned char)value.data[i];

		if (c < 0x20 || c == '%' || c == 0x7f) {
			buf_char(b, '%');
			buf_hex(b, &c, 1);
		} else {
			buf_char(b, (char)c);
		}
	}
}

void rows_int(struct buf *b, const char *name, int64_t value)
{
	field(b, name, '#');
	buf_i64(b, value);
}

void rows_time(struct buf *b, const char *name, int64_t wall_us)
{
	field(b, name, '@');
	buf_i64(b, wall_us);
}

void rows_bool(struct buf *b, const char *name, bool value)
{
	field(b, name, '?');
	buf_text(b, value ? "true" : "false");
}

void rows_end(struct buf *b)
{
	buf_char(b, '\n');
}

struct str rows_type(struct str *row)
{
	return str_cut(row, '\t');
}

enum err rows_next(struct str *row, struct rows_field *out)
{
	if (str_empty(*row))
		return ERR_NOT_FOUND;
	struct str text = str_cut(row, '\t');

	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];

		if (c != '=' && c != '#' && c != '@' && c != '?')
			continue;
		*out = (struct rows_field){str_sub(text, 0, i), c, str_sub(text, i + 1, SIZE_MAX)};
		return i ? ERR_OK : ERR_INVALID;
	}
	return ERR_INVALID;
}

enum err rows_unescape(struct buf *b, struct str value)
{
	for (size_t i = 0; i < value.len; i++) {
		if (value.data[i] != '%') {
			buf_char(b, value.data[i]);
			continue;
		}
		uint8_t byte;

		if (!hex_read(str_sub(value, i + 1, 2), &byte, 1))
			return ERR_INVALID;
		buf_char(b, (char)byte);
		i += 2;
	}
	return buf_check(b);
}
