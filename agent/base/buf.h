/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bounded writer over memory of the caller. An append that does not fit whole sets `overflow` and writes nothing, and
 * neither does any append after it. The caller checks once, at the end, with buf_check().
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
	char *data;
	size_t len;
	size_t cap;
	bool overflow;
};

/* An empty writer over cap bytes of memory, which must outlive it. */
static inline struct buf buf_over(void *memory, size_t cap)
{
	return (struct buf){memory, 0, cap, false};
}

/* What was written, borrowed from the memory. */
static inline struct str buf_str(const struct buf *b)
{
	return (struct str){b->data, b->len};
}

/* ERR_TOO_LONG when any append did not fit, else ERR_OK. */
ERR_CHECK enum err buf_check(const struct buf *b);

/* Append bytes, a text without its NUL, a str, a byte, a number, or the bytes as hexadecimal digits. */
void buf_bytes(struct buf *b, const void *data, size_t len);
void buf_text(struct buf *b, const char *text);
void buf_put(struct buf *b, struct str s);
void buf_char(struct buf *b, char c);
void buf_u64(struct buf *b, uint64_t value);		   /* decimal */
void buf_i64(struct buf *b, int64_t value);		   /* decimal */
void buf_hex(struct buf *b, const void *data, size_t len); /* lower case */

/* Append a big-endian integer, the byte order of all of Caltrop's own formats. */
void buf_be8(struct buf *b, uint8_t value);
void buf_be16(struct buf *b, uint16_t value);
void buf_be32(struct buf *b, uint32_t value);
void buf_be64(struct buf *b, uint64_t value);

/* Append text in the manner of printf(3), for people to read. */
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
