/* SPDX-License-Identifier: Apache-2.0 */
/* The bounded writer. All output of pure code goes through it, so no write can pass the end of the memory. */
#include "agent/base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum err buf_check(const struct buf *b)
{
	return b->overflow ? ERR_TOO_LONG : ERR_OK;
}

void buf_bytes(struct buf *b, const void *data, size_t len)
{
	if (b->overflow || len > b->cap - b->len) {
		b->overflow = true;
		return;
	}
	if (len)
		memcpy(b->data + b->len, data, len);
	b->len += len;
}

void buf_text(struct buf *b, const char *text)
{
	buf_bytes(b, text, strlen(text));
}

void buf_put(struct buf *b, struct str s)
{
	buf_bytes(b, s.data, s.len);
}

void buf_char(struct buf *b, char c)
{
	buf_bytes(b, &c, 1);
}

void buf_u64(struct buf *b, uint64_t value)
{
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	buf_bytes(b, digits + at, sizeof(digits) - at);
}

void buf_i64(struct buf *b, int64_t value)
{
	if (value < 0)
		buf_char(b, '-');
	buf_u64(b, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

void buf_hex(struct buf *b, const void *data, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *bytes = data;

	for (size_t i = 0; i < len; i++) {
		buf_char(b, digits[bytes[i] >> 4]);
		buf_char(b, digits[bytes[i] & 15]);
	}
}

void buf_be8(struct buf *b, uint8_t value)
{
	buf_bytes(b, &value, 1);
}

void buf_be16(struct buf *b, uint16_t value)
{
	buf_be8(b, (uint8_t)(value >> 8));
	buf_be8(b, (uint8_t)value);
}

void buf_be32(struct buf *b, uint32_t value)
{
	buf_be16(b, (uint16_t)(value >> 16));
	buf_be16(b, (uint16_t)value);
}

void buf_be64(struct buf *b, uint64_t value)
{
	buf_be32(b, (uint32_t)(value >> 32));
	buf_be32(b, (uint32_t)value);
}

void buf_printf(struct buf *b, const char *format, ...)
{
	va_list args;
	size_t room = b->cap - b->len;

	if (b->overflow)
		return;
	va_start(args, format);
	int wrote = vsnprintf(b->data + b->len, room, format, args);

	va_end(args);
	if (wrote < 0 || (size_t)wrote >= room)
		b->overflow = true;
	else
		b->len += (size_t)wrote;
}
