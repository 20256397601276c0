/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads values by the rows of their fields, when a rule first asks for them. It knows no kind but those of processes,
 * listeners and files.
 */
#include "agent/detect/values.h"

#include "agent/event/kinds.h"

#include <string.h>

#define AUDIT_TYPE 128u /* `type` of an audit record */
#define AUDIT_ARG 129u	/* a0; the following numbers are a1 and so on */
#define AUDIT_ARGS_MAX 64u

static uint8_t audit_field(struct str name)
{
	unsigned number = 0;

	if (str_equal(name, STR("type")))
		return AUDIT_TYPE;
	if (name.len < 2 || name.len > 3 || name.data[0] != 'a')
		return 0;
	for (size_t i = 1; i < name.len; i++) {
		if (name.data[i] < '0' || name.data[i] > '9')
			return 0;
		number = number * 10 + (unsigned)(name.data[i] - '0');
	}
	return number < AUDIT_ARGS_MAX ? (uint8_t)(AUDIT_ARG + number) : 0;
}

/* The number of the row plus 1, or a field of an audit record; 0: events of this kind have none of that name. */
static uint8_t row_of(unsigned kind, struct str name)
{
	if (kind == VALUES_LINE)
		return 0;
	if (kind > VALUES_LINE)
		return audited_field(kind, name);
	const struct event_row *row = kinds_rows[kind];

	for (uint8_t i = 0; i < row->field_count; i++) {
		const struct field *f = &row->fields[i];

		if (str_equal(name, str_from(f->sigma ? f->sigma : f->name)))
			return (uint8_t)(i + 1);
	}
	return kind == EVENT_PROCESS ? audit_field(name) : 0;
}

bool values_knows(unsigned kind, struct str name)
{
	return kind < VALUES_KINDS && row_of(kind, name) != 0;
}

const struct str *values_words(unsigned kind, struct str name, unsigned *count)
{
	static const struct str execve = STR("EXECVE");
	uint8_t number = row_of(kind, name);

	if (kind > VALUES_LINE && number && !audited_own(number))
		return audited_words(number, count);
	*count = 1;
	return kind == EVENT_PROCESS && number == AUDIT_TYPE ? &execve : NULL;
}

void values_learn(struct values_map *m, const struct pack *pack)
{
	uint32_t fields = pack_count(pack, PACK_FIELDS);

	m->fields = fields < VALUES_FIELDS_MAX ? fields : VALUES_FIELDS_MAX;
	for (unsigned kind = 0; kind < VALUES_KINDS; kind++)
		for (uint32_t f = 0; f < m->fields; f++)
			m->of[kind][f] = row_of(kind, pack_field(pack, f));
}

bool values_has(const struct values_map *m, unsigned kind, uint32_t field)
{
	return field < m->fields && kind < VALUES_KINDS && m->of[kind][field];
}

uint16_t values_kinds(const struct pack_rule *rule)
{
	unsigned kind = kinds_find(rule->category);

	if (rule->product.len && !str_equal_fold(rule->product, STR("linux")))
		return 0;
	if (rule->category.len)
		return rule->service.len || kind == EVENT_KINDS ? 0 : (uint16_t)(1u << kind);
	if (str_equal_fold(rule->service, STR("auditd")))
		return 1u << EVENT_PROCESS | 1u << AUDITED_SYSCALL | 1u << AUDITED_PATH | 1u << AUDITED_USER;
	return (uint16_t)(1u << VALUES_LINE);
}

bool values_counts(const struct event *event)
{
	if (event->kind == EVENT_LISTENER)
		return event->listener.action != LISTENER_CLOSED;
	if (event->kind == EVENT_FILE)
		return event->file.action != FILE_DELETE && !event->file.gone;
	return event->kind != EVENT_PROCESS || event->process.action == PROCESS_EXEC;
}

#define HEAD_MAX 128u /* bytes of a line in which its program is named */

bool values_is_of(struct str line, struct str service)
{
	struct str head = str_sub(line, 0, HEAD_MAX);

	if (service.len == 0 || str_equal_fold(service, STR("syslog")) || str_equal_fold(service, STR("auth")))
		return true;
	for (size_t at = 0; at + service.len < head.len; at++) {
		char behind = head.data[at + service.len];
		char before = at ? head.data[at - 1] : ' ';
		bool begins = before == ' ' || before == '/' || before == '>';

		if (begins && str_equal_fold(str_sub(head, at, service.len), service) &&
		    (behind == '[' || behind == ':' || behind == '-'))
			return true;
	}
	return false;
}

void values_begin(struct values *v, const struct values_map *m, const struct event *event, unsigned kind)
{
	v->map = m;
	v->event = event;
	v->kind = (uint8_t)kind;
	v->used = 0;
	memset(v->cache, 0, m->fields * sizeof(v->cache[0]));
}

/* Keep a text that is not in the event itself, cut to the room that is left. */
static struct str keep(struct values *v, struct str text)
{
	struct str kept = {v->text + v->used, 0};

	kept.len = text.len < sizeof(v->text) - v->used ? text.len : sizeof(v->text) - v->used;
	if (kept.len)
		memcpy(v->text + v->used, text.data, kept.len);
	v->used += (uint32_t)kept.len;
	return kept;
}

/* Arguments as people write them. What was there is not masked, or a rule would not see it. */
static struct str command_line(struct values *v, struct str args)
{
	while (args.len && args.data[args.len - 1] == '\0')
		args.len--;
	struct str line = keep(v, args);
	char *at = v->text + v->used - line.len;

	for (size_t i = 0; i < line.len; i++)
		if (at[i] == '\0')
			at[i] = ' ';
	return line;
}

static struct str argument(const struct process_event *p, unsigned number)
{
	struct str args = p->args, one = STR_NONE;

	for (unsigned i = 0; i <= number; i++) {
		if (args.len == 0)
			return STR_NONE;
		one = str_cut(&args, '\0');
	}
	return one.data ? one : STR("");
}

static struct str row_value(struct values *v, const struct field *f)
{
	char scratch[FIELD_TEXT_MAX];

	if (f->type == FIELD_TEXT || f->type == FIELD_BYTES) {
		struct str raw;

		memcpy(&raw, (const char *)v->event + f->offset, sizeof(raw));
		if (raw.len == 0)
			return STR_NONE;
		return f->flags & FIELD_SECRET ? command_line(v, raw) : raw;
	}
	struct field_value value = fields_get(f, v->event, FIELD_TEXT_MAX, scratch);
	struct buf digits = buf_over(scratch, sizeof(scratch));

	switch (value.kind) {
	case VALUE_TEXT: return keep(v, value.text);
	case VALUE_FLAG: return STR("true");
	case VALUE_NUMBER: buf_u64(&digits, value.number); return keep(v, buf_str(&digits));
	default: return STR_NONE;
	}
}

/* Of a record of auditd's. */
static struct str audited_value(struct values *v, uint8_t number)
{
	const struct field *own = audited_own(number), *instead = audited_instead(number);
	struct str value = own ? row_value(v, own) : audited_word(number, v->event);

	return value.data || !instead ? value : row_value(v, instead);
}

static struct str find(struct values *v, uint8_t number)
{
	if (number == 0)
		return STR_NONE;
	if (v->kind > VALUES_LINE)
		return audited_value(v, number);
	if (number == AUDIT_TYPE)
		return STR("EXECVE");
	if (number >= AUDIT_ARG)
		return argument(&v->event->process, number - AUDIT_ARG);
	return row_value(v, &kinds_rows[v->kind]->fields[number - 1]);
}

struct str values_get(struct values *v, uint32_t field)
{
	if (field >= v->map->fields || v->kind == VALUES_LINE)
		return STR_NONE;
	if (!v->cache[field].known) {
		v->cache[field].text = find(v, v->map->of[v->kind][field]);
		v->cache[field].known = true;
	}
	return v->cache[field].text;
}

bool values_whole(struct values *v, unsigned at, struct str *out)
{
	const struct event_row *row = v->kind < EVENT_KINDS ? kinds_rows[v->kind] : NULL;
	unsigned fields = row ? row->field_count : 0;

	*out = STR_NONE;
	if (at > fields || v->kind > VALUES_LINE)
		return false;
	if (at == fields)
		*out = v->event->line;
	else if (row->fields[at].type == FIELD_TEXT || row->fields[at].type == FIELD_BYTES)
		*out = row_value(v, &row->fields[at]);
	return true;
}

const struct field *values_field(const struct values *v, uint32_t field)
{
	uint8_t number = values_has(v->map, v->kind, field) ? v->map->of[v->kind][field] : 0;

	if (number && v->kind > VALUES_LINE)
		return audited_own(number);
	return number && number < AUDIT_TYPE ? &kinds_rows[v->kind]->fields[number - 1] : NULL;
}
