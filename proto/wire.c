/* SPDX-License-Identifier: Apache-2.0 */
/* The wire format field by field, read and written: the hot loop of ingest. Never reads past the message. */
#include "proto/wire.h"

#define NUMBER_MAX ((1u << 29) - 1)
#define VARINT_BYTES_MAX 10

static bool take_varint(const uint8_t **at, const uint8_t *end, uint64_t *out)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < VARINT_BYTES_MAX && *at < end; i++) {
		uint8_t byte = *(*at)++;

		value |= (uint64_t)(byte & 0x7f) << (7 * i);
		if (byte < 0x80) {
			*out = value;
			return true;
		}
	}
	return false;
}

static bool take_fixed(const uint8_t **at, const uint8_t *end, unsigned size, uint64_t *out)
{
	if ((size_t)(end - *at) < size)
		return false;
	*out = 0;
	for (unsigned i = size; i-- > 0;)
		*out = *out << 8 | (*at)[i];
	*at += size;
	return true;
}

static bool take_value(const uint8_t **at, const uint8_t *end, struct wire_field *f)
{
	switch (f->type) {
	case WIRE_VARINT: return take_varint(at, end, &f->value);
	case WIRE_FIXED64: return take_fixed(at, end, 8, &f->value);
	case WIRE_FIXED32: return take_fixed(at, end, 4, &f->value);
	case WIRE_BYTES:
		if (!take_varint(at, end, &f->value) || f->value > (uint64_t)(end - *at))
			return false;
		f->bytes = (struct str){(const char *)*at, (size_t)f->value};
		*at += f->value;
		return true;
	default: return false;
	}
}

enum err wire_next(struct str *message, struct wire_field *out)
{
	const uint8_t *at = (const uint8_t *)message->data;
	const uint8_t *end;
	uint64_t key;

	if (message->len == 0)
		return ERR_NOT_FOUND;
	end = at + message->len;
	if (!take_varint(&at, end, &key) || key >> 3 == 0 || key >> 3 > NUMBER_MAX)
		return ERR_PROTOCOL;
	out->number = (uint32_t)(key >> 3);
	out->type = (enum wire_type)(key & 7);
	out->bytes = STR_NONE;
	if (!take_value(&at, end, out))
		return ERR_PROTOCOL;
	*message = (struct str){(const char *)at, (size_t)(end - at)};
	return ERR_OK;
}

bool wire_valid(struct str message)
{
	struct wire_field field;
	enum err err;

	do
		err = wire_next(&message, &field);
	while (err == ERR_OK);
	return err == ERR_NOT_FOUND;
}

struct str wire_bytes(struct str message, uint32_t number)
{
	struct wire_field field;
	struct str found = STR_NONE;

	while (wire_next(&message, &field) == ERR_OK)
		if (field.number == number && field.type == WIRE_BYTES)
			found = field.bytes;
	return found;
}

static void put_varint(struct buf *b, uint64_t value)
{
	for (; value >= 0x80; value >>= 7)
		buf_be8(b, (uint8_t)(value | 0x80));
	buf_be8(b, (uint8_t)value);
}

void wire_put_int(struct buf *b, uint32_t number, uint64_t value)
{
	if (value == 0)
		return;
	put_varint(b, (uint64_t)number << 3 | WIRE_VARINT);
	put_varint(b, value);
}

void wire_put_fixed64(struct buf *b, uint32_t number, uint64_t value)
{
	if (value == 0)
		return;
	put_varint(b, (uint64_t)number << 3 | WIRE_FIXED64);
	for (unsigned shift = 0; shift < 64; shift += 8)
		buf_be8(b, (uint8_t)(value >> shift));
}

void wire_put_head(struct buf *b, uint32_t number, size_t len)
{
	put_varint(b, (uint64_t)number << 3 | WIRE_BYTES);
	put_varint(b, len);
}

void wire_put_message(struct buf *b, uint32_t number, struct str message)
{
	wire_put_head(b, number, message.len);
	buf_put(b, message);
}

void wire_put_bytes(struct buf *b, uint32_t number, struct str bytes)
{
	if (bytes.len > 0)
		wire_put_message(b, number, bytes);
}
