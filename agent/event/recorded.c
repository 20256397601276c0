/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goes over the line twice: for its log source, and for the fields of that kind of event. Each value is put where the
 * row of its field says. Knows no kind.
 */
#include "agent/event/recorded.h"

#include "agent/base/json_take.h"
#include "agent/event/kinds.h"

#include <stdio.h>
#include <string.h>

#define NAME_BYTES 64 /* of a member; a longer one is none of ours */

enum value_kind { JSON_TEXT, JSON_WORD, JSON_OTHER }; /* WORD: a number, true or false */

struct member {
	char name_bytes[NAME_BYTES];
	struct str name; /* empty: too long */
	enum value_kind kind;
	struct str value; /* without quotes and escapes; of JSON_OTHER as it is written */
};

static enum err wrong(char why[RECORDED_WHY_MAX], const char *text)
{
	snprintf(why, RECORDED_WHY_MAX, "%s", text);
	return ERR_INVALID;
}

static bool is_number(struct str s)
{
	static const char bytes[] = "0123456789+-.eE";

	for (size_t i = 0; i < s.len; i++)
		if (!memchr(bytes, s.data[i], sizeof(bytes) - 1))
			return false;
	return s.len > 0;
}

static bool take_value(struct recorded *r, struct str *s, struct member *m)
{
	struct buf b = buf_over(r->text + r->used, sizeof(r->text) - r->used);
	struct str from;

	json_take_blanks(s);
	if (s->len && s->data[0] == '"') {
		m->kind = JSON_TEXT;
		if (!json_take_string(s, &b) || b.overflow)
			return false;
		m->value = buf_str(&b);
		r->used += b.len;
		return true;
	}
	from = *s;
	if (!json_take_value(s))
		return false;
	m->value = str_trim(str_sub(from, 0, from.len - s->len));
	bool is_word = str_equal(m->value, STR("true")) || str_equal(m->value, STR("false")) || is_number(m->value);

	m->kind = is_word ? JSON_WORD : JSON_OTHER;
	return is_word || str_equal(m->value, STR("null")) || str_starts(m->value, STR("{")) ||
	       str_starts(m->value, STR("["));
}

/* An object's members, one after the other. */
struct members {
	struct recorded *r;
	struct str rest;
	bool begun, ended;
};

/* ERR_NOT_FOUND: the object is over. ERR_INVALID: it is none. */
static enum err next_member(struct members *o, struct member *m)
{
	struct buf name = buf_over(m->name_bytes, sizeof(m->name_bytes));

	if (!o->begun && !json_take_byte(&o->rest, '{'))
		return ERR_INVALID;
	if (json_take_byte(&o->rest, '}')) {
		json_take_blanks(&o->rest);
		return o->rest.len ? ERR_INVALID : ERR_NOT_FOUND;
	}
	if (o->begun && !json_take_byte(&o->rest, ','))
		return ERR_INVALID;
	o->begun = true;
	if (!json_take_string(&o->rest, &name) || !json_take_byte(&o->rest, ':'))
		return ERR_INVALID;
	m->name = name.overflow ? STR("") : buf_str(&name);
	return take_value(o->r, &o->rest, m) ? ERR_OK : ERR_INVALID;
}

struct log_source {
	struct str category, product, service;
};

static enum err read_source(struct recorded *r, struct str object, struct log_source *out)
{
	struct members o = {.r = r, .rest = object};
	struct member m;
	enum err err;

	while ((err = next_member(&o, &m)) == ERR_OK) {
		if (m.kind != JSON_TEXT)
			continue;
		if (str_equal(m.name, STR("category")))
			out->category = m.value;
		else if (str_equal(m.name, STR("product")))
			out->product = m.value;
		else if (str_equal(m.name, STR("service")))
			out->service = m.value;
	}
	return err;
}

/* Find the event's kind, by its log source. */
static enum err find_kind(struct recorded *r, struct str line, char why[RECORDED_WHY_MAX])
{
	struct members o = {.r = r, .rest = line};
	struct log_source source = {STR(""), STR(""), STR("")};
	struct member m;
	enum err err;

	while ((err = next_member(&o, &m)) == ERR_OK)
		if (str_equal(m.name, STR("logsource")) && m.kind == JSON_OTHER &&
		    read_source(r, m.value, &source) != ERR_NOT_FOUND)
			return wrong(why, "has a logsource that is no object");
	if (err != ERR_NOT_FOUND)
		return wrong(why, "is no JSON object");
	unsigned kind = source.category.len ? kinds_find(source.category) : EVENT_KINDS;
	bool ours = !source.product.len || str_equal_fold(source.product, STR("linux"));

	if (kind == EVENT_KINDS || !ours || source.service.len) {
		char text[64];
		struct str named = !ours ? source.product : source.service.len ? source.service : source.category;

		str_show(named, text, sizeof(text));
		if (named.len)
			snprintf(why, RECORDED_WHY_MAX, "is of the log source '%s', of which there are no events here",
				 text);
		else
			snprintf(why, RECORDED_WHY_MAX, "has no category in its logsource");
		return ERR_UNSUPPORTED;
	}
	r->event.kind = (uint8_t)kind;
	return ERR_OK;
}

/* The row of a member; NULL: events of the kind have none. */
static const struct field *row_of(const struct event_row *row, struct str name)
{
	const struct field *own = fields_find(row, name);

	for (unsigned i = 0; i < row->field_count; i++)
		if (row->fields[i].sigma && str_equal(name, str_from(row->fields[i].sigma)))
			return &row->fields[i];
	if (!own && str_ends(name, STR("_ip"))) {
		own = fields_find(row, str_sub(name, 0, name.len - 3));
		own = own && own->type == FIELD_ADDR ? own : NULL;
	}
	return own;
}

/* A text of no memory of its own is not parted: it is a number, or a word. */
static struct str parted(struct recorded *r, struct str args)
{
	if (args.len && args.data >= r->text && args.data < r->text + sizeof(r->text))
		for (char *at = r->text + (args.data - r->text), *end = at + args.len; at < end; at++)
			*at = *at == ' ' ? '\0' : *at;
	return args;
}

/* False: the field has no such word. */
static bool put_word(struct recorded *r, const struct field *f, struct str word)
{
	uint8_t *at = (uint8_t *)&r->event + f->offset;

	for (uint8_t i = 0; i < f->words_count; i++) {
		if (!f->words[i] || !str_equal_fold(word, str_from(f->words[i])))
			continue;
		*at = i;
		return true;
	}
	if (!f->other)
		return false;
	memcpy((char *)&r->event + f->other, &word, sizeof(word));
	*at = (uint8_t)(f->words_count - 1); /* the word for all others */
	return true;
}

static bool put_addr(struct recorded *r, const struct field *f, struct str text)
{
	struct addr addr;

	if (addr_parse(text, &addr) != ERR_OK)
		return false;
	memcpy((char *)&r->event + f->offset, &addr, sizeof(addr));
	return true;
}

static bool put_number(struct recorded *r, const struct field *f, struct str text)
{
	uint64_t most = f->type == FIELD_U16 ? UINT16_MAX : f->type == FIELD_U32 ? UINT32_MAX : UINT64_MAX, number;
	char *at = (char *)&r->event + f->offset;

	if (str_number(text, most, &number) != ERR_OK)
		return false;
	uint16_t u16 = (uint16_t)number;
	uint32_t u32 = (uint32_t)number;

	if (f->type == FIELD_U16)
		memcpy(at, &u16, sizeof(u16));
	else if (f->type == FIELD_U32)
		memcpy(at, &u32, sizeof(u32));
	else
		memcpy(at, &number, sizeof(number));
	return true;
}

static bool put_flag(struct recorded *r, const struct field *f, struct str word)
{
	bool flag = str_equal_fold(word, STR("true"));

	if (!flag && !str_equal_fold(word, STR("false")))
		return false;
	memcpy((char *)&r->event + f->offset, &flag, sizeof(flag));
	return true;
}

/* Put a value into the event. False: the field cannot have it. */
static bool put(struct recorded *r, const struct field *f, struct str value)
{
	switch (f->type) {
	case FIELD_WORD: return value.len == 0 || put_word(r, f, value);
	case FIELD_TEXT:
	case FIELD_BYTES:
		value = f->flags & FIELD_SECRET ? parted(r, value) : value;
		memcpy((char *)&r->event + f->offset, &value, sizeof(value));
		return true;
	case FIELD_ADDR: return value.len == 0 || put_addr(r, f, value);
	case FIELD_FLAG: return put_flag(r, f, value);
	default: return put_number(r, f, value);
	}
}

static bool put_count(struct recorded *r, struct str value)
{
	uint64_t count;

	if (str_number(value, UINT32_MAX, &count) != ERR_OK || count == 0)
		return false;
	r->event.count = (uint32_t)count;
	return true;
}

/* Put a member where it belongs. False: what belongs there looks otherwise. */
static bool keep(struct recorded *r, const struct member *m)
{
	const struct field *f = row_of(kinds_rows[r->event.kind], m->name);
	unsigned rank = recorded_time_rank(m->name);

	if (m->kind == JSON_OTHER)
		return true;
	if (rank < r->time_rank) {
		r->time_rank = rank;
		r->time = m->value;
	}
	if (f)
		return put(r, f, m->value);
	if (str_equal(m->name, STR("count")))
		return put_count(r, m->value);
	if (str_equal(m->name, STR("line")))
		r->event.line = m->value;
	return true;
}

enum err recorded_read(struct recorded *r, struct str line, char why[RECORDED_WHY_MAX])
{
	struct members o = {.r = r, .rest = line};
	struct member m;

	memset(&r->event, 0, sizeof(r->event));
	r->event.count = 1;
	r->event.severity = SEV_INFO;
	r->time = STR_NONE;
	r->time_rank = RECORDED_TIME_NAMES;
	r->used = 0;
	if (line.len > RECORDED_LINE_MAX)
		return wrong(why, "has more than 65536 bytes");
	enum err err = find_kind(r, line, why);

	if (err != ERR_OK)
		return err;
	r->used = 0;
	while (next_member(&o, &m) == ERR_OK)
		if (!keep(r, &m)) {
			char name[NAME_BYTES], value[64];

			str_show(m.name, name, sizeof(name));
			str_show(m.value, value, sizeof(value));
			snprintf(why, RECORDED_WHY_MAX, "says '%s' of %s, which it cannot be", value, name);
			return ERR_INVALID;
		}
	return ERR_OK;
}

unsigned recorded_time_rank(struct str name)
{
	static const char *const names[RECORDED_TIME_NAMES] = {
		"timestamp",   "@timestamp", "UtcTime",	      "EventTime", "time",	 "ts",	  "TimeGenerated",
		"TimeCreated", "SystemTime", "event.created", "eventTime", "event_time", "_time", "datetime"};
	unsigned rank = 0;

	while (rank < RECORDED_TIME_NAMES && !str_equal(name, str_from(names[rank])))
		rank++;
	return rank;
}
