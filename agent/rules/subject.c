/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what an event is about, by the rows of its fields, for rules and incidents. It knows no kind of event. */
#include "agent/rules/subject.h"

#include "agent/event/kinds.h"

#include <string.h>

#define ALIAS 0x80u /* beside a kind in a saved state */

static const struct {
	const char *name;
	uint8_t flag; /* of the field that has it */
} kinds[SUBJECT_KINDS] = {
	[SUBJECT_SRC] = {"src", FIELD_IS_SRC},
	[SUBJECT_ACCOUNT] = {"account", FIELD_IS_ACCOUNT},
	[SUBJECT_PROCESS] = {"process", FIELD_IS_PROCESS},
	[SUBJECT_FILE] = {"file", FIELD_IS_FILE},
	[SUBJECT_DEVICE] = {"device", 0},
};

static const struct field *field_of(uint8_t kind, uint8_t event_kind)
{
	const struct event_row *row = kinds_rows[event_kind];

	for (unsigned i = 0; i < row->field_count; i++)
		if (row->fields[i].flags & kinds[kind].flag)
			return &row->fields[i];
	return NULL;
}

bool subject_is_named(uint8_t kind, uint8_t event_kind)
{
	return kind == SUBJECT_DEVICE || field_of(kind, event_kind) != NULL;
}

const char *subject_kind_name(uint8_t kind)
{
	return kind < SUBJECT_KINDS ? kinds[kind].name : "unknown";
}

static bool is_found(const struct subject_found *found)
{
	return found->addr.family || found->text.len;
}

uint32_t subject_pid(const struct event *event)
{
	const struct field *f = fields_find(kinds_rows[event->kind], STR("pid"));
	char scratch[FIELD_TEXT_MAX];

	return f ? (uint32_t)fields_get(f, event, 0, scratch).number : 0;
}

bool subject_find(uint8_t kind, const struct event *event, const struct attempt *attempt, struct subject_found *out)
{
	out->addr.family = 0;
	out->pid = 0;
	out->text = STR_NONE;
	if (kind == SUBJECT_DEVICE)
		return true;
	if (kind == SUBJECT_SRC && attempt) {
		out->addr = attempt->src;
		out->text = attempt->host;
		return is_found(out);
	}
	const struct field *f = field_of(kind, event->kind);

	if (!f)
		return false;
	if (f->type == FIELD_ADDR) {
		memcpy(&out->addr, (const char *)event + f->offset, sizeof(out->addr));
		return is_found(out);
	}
	if (kind == SUBJECT_PROCESS)
		out->pid = subject_pid(event);
	struct field_value v = fields_get(f, event, FIELD_TEXT_MAX, out->scratch);

	out->text = v.kind == VALUE_TEXT ? v.text : STR_NONE;
	return is_found(out);
}

/* Whether the event says that the file which runs is another one than that. */
static bool is_alias(const struct event *event, struct str path)
{
	const struct field *f = fields_find(kinds_rows[event->kind], STR("exe"));
	char scratch[FIELD_TEXT_MAX];
	struct field_value v;

	if (!f)
		return false;
	v = fields_get(f, event, FIELD_TEXT_MAX, scratch);
	return v.kind == VALUE_TEXT && !str_empty(v.text) && !str_equal(v.text, path);
}

struct subject subject_of(uint8_t kind, const struct event *event, const struct attempt *attempt)
{
	struct subject s = {.kind = kind};
	struct subject_found found;

	if (!subject_find(kind, event, attempt, &found))
		return s;
	s.addr = found.addr;
	s.pid = found.pid;
	s.alias = kind == SUBJECT_PROCESS && is_alias(event, found.text);
	s.len = (uint8_t)(found.text.len < SUBJECT_VALUE_MAX ? found.text.len : SUBJECT_VALUE_MAX);
	if (s.len)
		memcpy(s.value, found.text.data, s.len);
	return s;
}

struct str subject_text(const struct subject *s, char text[SUBJECT_TEXT_MAX])
{
	char value[SUBJECT_VALUE_MAX + 1];
	struct buf b = buf_over(text, SUBJECT_TEXT_MAX - 1);

	if (s->addr.family) {
		buf_text(&b, addr_text(&s->addr, value));
	} else {
		str_show((struct str){s->value, s->len}, value, sizeof(value));
		buf_text(&b, value);
	}
	if (s->kind == SUBJECT_PROCESS && s->pid)
		buf_printf(&b, "[%lu]", (unsigned long)s->pid);
	text[b.len] = '\0';
	return buf_str(&b);
}

void subject_save(const struct subject *s, struct buf *b)
{
	buf_be8(b, (uint8_t)(s->kind | (s->alias ? ALIAS : 0)));
	buf_be8(b, s->len);
	buf_be32(b, s->pid);
	addr_save(b, &s->addr);
	buf_bytes(b, s->value, s->len);
}

bool subject_restore(struct subject *s, struct view *v)
{
	uint8_t kind = view_be8(v);

	s->kind = (uint8_t)(kind & ~ALIAS);
	s->alias = (kind & ALIAS) != 0;
	s->len = view_be8(v);
	s->pid = view_be32(v);
	s->addr = addr_restore(v);
	if (s->kind >= SUBJECT_KINDS || s->len > SUBJECT_VALUE_MAX)
		return false;
	view_bytes(v, s->value, s->len);
	return !v->short_read;
}
