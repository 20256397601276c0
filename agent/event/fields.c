/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a field of any kind by its row, and everything that follows from that. */
#include "agent/event/fields.h"

#include "agent/base/now.h"
#include "agent/base/require.h"
#include "agent/base/rows.h"
#include "agent/event/kinds.h"
#include "agent/event/mask.h"
#include "proto/wire.h"

#include <stdio.h>
#include <string.h>

const struct field *fields_find(const struct event_row *row, struct str name)
{
	for (unsigned i = 0; i < row->field_count; i++)
		if (str_equal(name, str_from(row->fields[i].name)))
			return &row->fields[i];
	return NULL;
}

static struct str str_at(const struct event *e, size_t offset)
{
	struct str s;

	memcpy(&s, (const char *)e + offset, sizeof(s));
	return s;
}

static struct field_value text_value(struct str text, size_t max)
{
	text.len = text.len < max ? text.len : max;
	return (struct field_value){text.data ? VALUE_TEXT : VALUE_NONE, text, 0};
}

static struct field_value word_value(const struct field *f, const struct event *e, size_t max)
{
	uint8_t word = *((const uint8_t *)e + f->offset);
	struct str other = f->other ? str_at(e, f->other) : STR_NONE;

	if (other.len)
		return text_value(other, max);
	return text_value(str_from(word < f->words_count ? f->words[word] : "unknown"), max);
}

static struct field_value addr_value(const struct field *f, const struct event *e, char scratch[FIELD_TEXT_MAX])
{
	struct addr addr;

	memcpy(&addr, (const char *)e + f->offset, sizeof(addr));
	if (addr.family == 0)
		return (struct field_value){VALUE_NONE, STR_NONE, 0};
	return (struct field_value){VALUE_TEXT, str_from(addr_text(&addr, scratch)), 0};
}

static uint64_t number_at(const struct field *f, const struct event *e)
{
	const char *at = (const char *)e + f->offset;
	uint16_t u16;
	uint32_t u32;
	uint64_t u64;

	switch (f->type) {
	case FIELD_U16: memcpy(&u16, at, sizeof(u16)); return u16;
	case FIELD_U32: memcpy(&u32, at, sizeof(u32)); return u32;
	case FIELD_U64:
	case FIELD_TIME: memcpy(&u64, at, sizeof(u64)); return u64;
	default: return *(const bool *)at;
	}
}

/* A proto3 string must be UTF-8, so what is not printable ASCII is replaced. */
static struct field_value ascii_value(struct field_value v, char scratch[FIELD_TEXT_MAX])
{
	for (size_t i = 0; i < v.text.len; i++) {
		unsigned char c = (unsigned char)v.text.data[i];

		scratch[i] = c < ' ' || c > '~' ? '?' : (char)c;
	}
	v.text.data = scratch;
	return v;
}

struct field_value fields_get(const struct field *f, const struct event *e, size_t max, char scratch[FIELD_TEXT_MAX])
{
	struct field_value v;

	require(max <= FIELD_TEXT_MAX);
	switch (f->type) {
	case FIELD_WORD: v = word_value(f, e, max); break;
	case FIELD_ADDR: return addr_value(f, e, scratch);
	case FIELD_TEXT:
	case FIELD_BYTES: v = text_value(str_at(e, f->offset), max); break;
	default: v = (struct field_value){VALUE_NUMBER, STR_NONE, number_at(f, e)};
	}
	if (v.kind == VALUE_NUMBER)
		v.kind = v.number == 0 ? VALUE_NONE : f->type == FIELD_FLAG ? VALUE_FLAG : VALUE_NUMBER;
	/* Where null is shown, a text that is known to be empty is something else: somebody tried the user "". */
	if (v.kind == VALUE_TEXT && v.text.len == 0 && !(f->flags & FIELD_SHOWN))
		v.kind = VALUE_NONE;
	if (v.kind == VALUE_TEXT && f->flags & FIELD_SECRET)
		v.text = mask_secrets(v.text, scratch, max);
	else if (v.kind == VALUE_TEXT && (f->type == FIELD_TEXT || f->other))
		v = ascii_value(v, scratch);
	return v;
}

void fields_encode(struct buf *b, const struct event *e, size_t max)
{
	const struct event_row *row = kinds_rows[e->kind];
	char scratch[FIELD_TEXT_MAX];

	for (unsigned i = 0; i < row->field_count; i++) {
		const struct field *f = &row->fields[i];
		struct field_value v = fields_get(f, e, max, scratch);
		struct buf before = *b;

		if (v.kind == VALUE_TEXT)
			wire_put_bytes(b, f->tag, v.text);
		else if (v.kind != VALUE_NONE)
			wire_put_int(b, f->tag, v.number);
		if (b->overflow && !before.overflow)
			*b = before;
	}
}

/* The hash is over the bytes in memory, which is quicker than over what is told. */
static uint64_t field_hash(const struct hash_key *key, const struct field *f, const struct event *e)
{
	struct str s;
	struct addr addr;
	uint64_t number;

	switch (f->type) {
	case FIELD_TEXT:
	case FIELD_BYTES: s = str_at(e, f->offset); return hash_bytes(key, s.data, s.len);
	case FIELD_ADDR:
		memcpy(&addr, (const char *)e + f->offset, sizeof(addr));
		return hash_bytes(key, addr.bytes, sizeof(addr.bytes)) + addr.family;
	case FIELD_WORD:
		s = f->other ? str_at(e, f->other) : STR_NONE;
		number = *((const uint8_t *)e + f->offset);
		return s.len ? hash_bytes(key, s.data, s.len) : number;
	default: return number_at(f, e);
	}
}

#define ROWS_TEXT_MAX 256 /* bytes of a text in a local table */
#define KEY_PARTS 16

uint64_t fields_key(const struct hash_key *key, const struct event *e)
{
	const struct event_row *row = kinds_rows[e->kind];
	uint64_t parts[KEY_PARTS] = {e->kind};
	unsigned count = 1;

	for (unsigned i = 0; i < row->field_count; i++) {
		if (!(row->fields[i].flags & FIELD_KEY))
			continue;
		require(count < KEY_PARTS);
		parts[count++] = field_hash(key, &row->fields[i], e);
	}
	return hash_bytes(key, parts, count * sizeof(parts[0]));
}

void fields_json(struct json *j, const struct event *e)
{
	const struct event_row *row = kinds_rows[e->kind];
	char scratch[FIELD_TEXT_MAX], name[FIELD_NAME_MAX];

	for (unsigned i = 0; i < row->field_count; i++) {
		const struct field *f = &row->fields[i];
		struct field_value v = fields_get(f, e, FIELD_TEXT_MAX, scratch);

		if (v.kind == VALUE_NONE && !(f->flags & FIELD_SHOWN))
			continue;
		snprintf(name, sizeof(name), "%s%s", f->name, f->type == FIELD_ADDR ? "_ip" : "");
		json_key(j, name);
		switch (v.kind) {
		case VALUE_TEXT: json_str(j, v.text); break;
		case VALUE_NUMBER: json_u64(j, v.number); break;
		case VALUE_FLAG: json_bool(j, true); break;
		case VALUE_NONE: json_none(j); break;
		}
	}
}

void fields_show(struct buf *b, const struct event *e)
{
	const struct event_row *row = kinds_rows[e->kind];
	char scratch[FIELD_TEXT_MAX], text[FIELD_TEXT_MAX + 1];
	const char *blank = "";

	for (unsigned i = 0; i < row->field_count; i++) {
		struct field_value v = fields_get(&row->fields[i], e, FIELD_TEXT_MAX, scratch);

		if (v.kind == VALUE_NONE || row->fields[i].flags & FIELD_DETAIL)
			continue;
		buf_printf(b, "%s%s=", blank, row->fields[i].name);
		blank = " ";
		str_show(v.text, text, sizeof(text));
		if (v.kind == VALUE_TEXT)
			buf_text(b, text);
		else if (v.kind == VALUE_FLAG)
			buf_text(b, "true");
		else
			buf_u64(b, v.number);
	}
}

void fields_rows(struct buf *b, const struct event *e)
{
	const struct event_row *row = kinds_rows[e->kind];
	char scratch[FIELD_TEXT_MAX];

	for (unsigned i = 0; i < row->field_count; i++) {
		struct field_value v = fields_get(&row->fields[i], e, ROWS_TEXT_MAX, scratch);

		if (row->fields[i].type < FIELD_U16)
			rows_text(b, row->fields[i].name, v.kind == VALUE_TEXT ? v.text : STR_NONE);
		else if (row->fields[i].type == FIELD_FLAG)
			rows_bool(b, row->fields[i].name, v.kind == VALUE_FLAG);
		else if (row->fields[i].type == FIELD_TIME)
			rows_time(b, row->fields[i].name, (int64_t)v.number * SECOND_US);
		else
			rows_int(b, row->fields[i].name, (int64_t)v.number);
	}
}
