/* SPDX-License-Identifier: Apache-2.0 */
/* Reads and writes the messages about objects, tag by tag. Decides nothing. */
#include "proto/object_message.h"

#include "proto/frame.h"
#include "proto/wire.h"

#include <string.h>

static void put_signature(struct buf *b, const struct object_signature *s)
{
	uint8_t memory[KEY_ID + KEY_SIGNATURE_MAX + 8];
	struct buf inner = buf_over(memory, sizeof(memory));

	wire_put_bytes(&inner, 1, (struct str){(const char *)s->key_id, sizeof(s->key_id)});
	wire_put_bytes(&inner, 2, (struct str){(const char *)s->bytes, s->len});
	wire_put_message(b, 2, buf_str(&inner));
}

static void put_body(struct buf *b, const struct object_message *m)
{
	const struct str id = {(const char *)m->id, sizeof(m->id)};

	if (m->what == OBJECT_OFFER) {
		wire_put_bytes(b, 1, m->data);
		for (unsigned i = 0; i < m->signature_count; i++)
			put_signature(b, &m->signatures[i]);
		return;
	}
	wire_put_bytes(b, 1, id);
	if (m->what == OBJECT_DONE) {
		wire_put_int(b, 2, m->status);
		wire_put_bytes(b, 3, str_sub(m->data, 0, OBJECT_MESSAGE_TEXT_MAX));
		return;
	}
	wire_put_int(b, 2, m->offset);
	if (m->what == OBJECT_CHUNK)
		wire_put_bytes(b, 3, m->data);
}

void object_message_put(struct buf *b, enum object_direction direction, const struct object_message *m)
{
	uint8_t memory[OBJECT_MESSAGE_MAX], key[16], header[FRAME_HEADER];
	struct buf body = buf_over(memory, sizeof(memory)), head = buf_over(key, sizeof(key));

	put_body(&body, m);
	wire_put_head(&head, (uint32_t)direction + m->what - 1u, body.len);
	frame_header(header, head.len + body.len);
	if (body.overflow || b->overflow || b->cap - b->len < sizeof(header) + head.len + body.len) {
		b->overflow = true;
		return;
	}
	buf_bytes(b, header, sizeof(header));
	buf_put(b, buf_str(&head));
	buf_put(b, buf_str(&body));
}

enum object_what object_message_what(enum object_direction direction, uint32_t number)
{
	uint32_t first = (uint32_t)direction;

	return number >= first && number < first + 4 ? (enum object_what)(number - first + 1) : (enum object_what)0;
}

static enum err take_signature(struct str bytes, struct object_message *out)
{
	struct object_signature *s = &out->signatures[out->signature_count];

	if (out->signature_count == OBJECT_MESSAGE_SIGNATURES_MAX || !wire_valid(bytes))
		return ERR_PROTOCOL;
	struct str id = wire_bytes(bytes, 1), value = wire_bytes(bytes, 2);

	if (id.len != sizeof(s->key_id) || value.len == 0 || value.len > sizeof(s->bytes))
		return ERR_PROTOCOL;
	memcpy(s->key_id, id.data, id.len);
	memcpy(s->bytes, value.data, value.len);
	s->len = (uint8_t)value.len;
	out->signature_count++;
	return ERR_OK;
}

static enum err take_offer(const struct wire_field *f, struct object_message *out)
{
	if (f->number == 2)
		return f->type == WIRE_BYTES ? take_signature(f->bytes, out) : ERR_PROTOCOL;
	if (f->number != 1)
		return ERR_OK;
	if (f->type != WIRE_BYTES || f->bytes.len > OBJECT_STATEMENT_MAX)
		return ERR_PROTOCOL;
	out->data = f->bytes;
	return ERR_OK;
}

/* The three messages that name their object. *has_id becomes true with the id. */
static enum err take_other(const struct wire_field *f, struct object_message *out, bool *has_id)
{
	if (f->number == 1) {
		if (f->type != WIRE_BYTES || f->bytes.len != OBJECT_ID)
			return ERR_PROTOCOL;
		memcpy(out->id, f->bytes.data, OBJECT_ID);
		*has_id = true;
	} else if (f->number == 2) {
		if (f->type != WIRE_VARINT || (out->what == OBJECT_DONE && f->value > OBJECT_GONE))
			return ERR_PROTOCOL;
		out->offset = out->what == OBJECT_DONE ? 0 : f->value;
		out->status = out->what == OBJECT_DONE ? (uint8_t)f->value : 0;
	} else if (f->number == 3 && out->what != OBJECT_FETCH) {
		if (f->type != WIRE_BYTES || f->bytes.len > OBJECT_MESSAGE_CHUNK_MAX)
			return ERR_PROTOCOL;
		out->data = f->bytes;
	}
	return ERR_OK;
}

enum err object_message_take(enum object_what what, struct str body, struct object_message *out)
{
	struct wire_field f;
	bool has_id = false;
	enum err err;

	*out = (struct object_message){.what = (uint8_t)what};
	while ((err = wire_next(&body, &f)) == ERR_OK) {
		err = what == OBJECT_OFFER ? take_offer(&f, out) : take_other(&f, out, &has_id);
		if (err != ERR_OK)
			return err;
	}
	if (err != ERR_NOT_FOUND)
		return ERR_PROTOCOL;
	if (what == OBJECT_OFFER) {
		if (out->data.len == 0)
			return ERR_PROTOCOL;
		object_id(out->data, out->id);
		has_id = true;
	}
	return has_id && (what != OBJECT_DONE || out->status != 0) ? ERR_OK : ERR_PROTOCOL;
}

bool object_message_signed_by(const struct object_signature *signatures, unsigned count, const uint8_t key_id[KEY_ID])
{
	for (unsigned i = 0; i < count; i++)
		if (memcmp(signatures[i].key_id, key_id, KEY_ID) == 0)
			return true;
	return false;
}
