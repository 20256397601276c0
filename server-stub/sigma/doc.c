/* SPDX-License-Identifier: Apache-2.0 */
/* Builds trees of libyaml's events. Knows nothing of Sigma. */
#include "server-stub/sigma/doc.h"

#include <stdarg.h>
#include <stdio.h>

#include <yaml.h>

struct reader {
	struct str text;
	yaml_parser_t parser;
	struct arena *arena;
	struct doc_error *error;
	unsigned nodes;
};

bool doc_wrong(struct doc_error *e, unsigned line, const char *format, ...)
{
	va_list args;

	if (e->why[0])
		return false;
	e->line = line;
	va_start(args, format);
	vsnprintf(e->why, sizeof(e->why), format, args);
	va_end(args);
	return false;
}

static unsigned line_of(yaml_mark_t mark)
{
	return (unsigned)mark.line + 1;
}

static unsigned column_of(yaml_mark_t mark)
{
	return (unsigned)mark.column + 1;
}

/* Where in its line the next mistake is. */
static void at_column(struct reader *r, unsigned column)
{
	if (!r->error->why[0])
		r->error->column = column;
}

/* Of bytes that are no text libyaml has the place only. */
static yaml_mark_t place_of_bytes(const struct reader *r)
{
	yaml_mark_t mark = {.line = 0};

	for (size_t i = 0; i < r->text.len && i < r->parser.problem_offset; i++) {
		mark.line += r->text.data[i] == '\n';
		mark.column = r->text.data[i] == '\n' ? 0 : mark.column + 1;
	}
	return mark;
}

/* The next event, which the caller deletes. */
static bool next_event(struct reader *r, yaml_event_t *e)
{
	if (yaml_parser_parse(&r->parser, e))
		return true;
	yaml_mark_t mark = r->parser.error == YAML_READER_ERROR ? place_of_bytes(r) : r->parser.problem_mark;

	at_column(r, column_of(mark));
	return doc_wrong(r->error, line_of(mark), "is no YAML: %s%s%s",
			 r->parser.problem ? r->parser.problem : "it cannot be read", r->parser.context ? ", " : "",
			 r->parser.context ? r->parser.context : "");
}

static struct doc *new_node(struct reader *r, const yaml_event_t *e, enum doc_kind kind)
{
	struct doc *d = NULL;

	if (++r->nodes > DOC_NODES_MAX)
		doc_wrong(r->error, line_of(e->start_mark), "has more than %d values", DOC_NODES_MAX);
	else if (!(d = arena_take(r->arena, sizeof(*d))))
		doc_wrong(r->error, line_of(e->start_mark), "needs more memory than there is");
	else
		*d = (struct doc){.kind = kind, .line = line_of(e->start_mark), .column = column_of(e->start_mark)};
	return d;
}

static struct doc *read_node(struct reader *r, const yaml_event_t *e, unsigned depth);

/* The key that begins with this event. NULL: it is none, or stands in the map
 * already. */
static struct doc *read_key(struct reader *r, const yaml_event_t *e, const struct doc *map)
{
	struct doc *key = e->type == YAML_SCALAR_EVENT ? read_node(r, e, 0) : NULL;

	at_column(r, key ? key->column : column_of(e->start_mark));
	if (!key) {
		doc_wrong(r->error, line_of(e->start_mark), "has a key that is no text");
		return NULL;
	}
	if (map->count == DOC_MAP_MAX) {
		doc_wrong(r->error, key->line, "has a map with more than %d keys", DOC_MAP_MAX);
		return NULL;
	}
	for (const struct doc *other = map->first; other; other = other->next)
		if (str_equal(other->key, key->text)) {
			doc_wrong(r->error, key->line, "has the key '%.60s' twice", key->text.data);
			return NULL;
		}
	return key;
}

/* What follows the begin of a list or map, up to its end. */
static bool read_inside(struct reader *r, struct doc *parent, unsigned depth)
{
	struct doc **place = &parent->first;
	yaml_event_t e;

	for (;;) {
		struct doc *key = NULL, *d;

		if (!next_event(r, &e))
			return false;
		bool ends = e.type == YAML_SEQUENCE_END_EVENT || e.type == YAML_MAPPING_END_EVENT;

		if (!ends && parent->kind == DOC_MAP) {
			key = read_key(r, &e, parent);
			yaml_event_delete(&e);
			if (!key || !next_event(r, &e))
				return false;
		}
		d = ends ? NULL : read_node(r, &e, depth);
		yaml_event_delete(&e);
		if (!d)
			return ends;
		if (key) {
			d->key = key->text;
			d->key_line = key->line;
			d->key_column = key->column;
		}
		*place = d;
		place = &d->next;
		parent->count++;
	}
}

static struct doc *read_text(struct reader *r, const yaml_event_t *e)
{
	struct doc *d = new_node(r, e, DOC_TEXT);

	if (!d)
		return NULL;
	d->plain = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	d->text = arena_copy(r->arena, (struct str){(const char *)e->data.scalar.value, e->data.scalar.length});
	if (!d->text.data)
		doc_wrong(r->error, d->line, "needs more memory than there is");
	return d->text.data ? d : NULL;
}

static bool is_marked(const yaml_event_t *e)
{
	switch (e->type) {
	case YAML_SCALAR_EVENT: return e->data.scalar.anchor || e->data.scalar.tag;
	case YAML_SEQUENCE_START_EVENT: return e->data.sequence_start.anchor || e->data.sequence_start.tag;
	case YAML_MAPPING_START_EVENT: return e->data.mapping_start.anchor || e->data.mapping_start.tag;
	default: return e->type == YAML_ALIAS_EVENT;
	}
}

static struct doc *read_node(struct reader *r, const yaml_event_t *e, unsigned depth)
{
	struct doc *d;

	at_column(r, column_of(e->start_mark));
	if (is_marked(e)) {
		doc_wrong(r->error, line_of(e->start_mark), "has an anchor, an alias or a tag; write the value itself");
		return NULL;
	}
	if (e->type == YAML_SCALAR_EVENT)
		return read_text(r, e);
	if (depth == DOC_DEPTH_MAX) {
		doc_wrong(r->error, line_of(e->start_mark), "has lists and maps nested deeper than %d", DOC_DEPTH_MAX);
		return NULL;
	}
	d = new_node(r, e, e->type == YAML_MAPPING_START_EVENT ? DOC_MAP : DOC_LIST);
	return d && read_inside(r, d, depth + 1) ? d : NULL;
}

/* Read the stream's documents into the list. */
static bool read_stream(struct reader *r, struct doc *list)
{
	struct doc **place = &list->first;
	yaml_event_t e;

	for (;;) {
		struct doc *d = NULL;

		if (!next_event(r, &e))
			return false;
		yaml_event_type_t type = e.type;
		bool holds = type != YAML_STREAM_START_EVENT && type != YAML_STREAM_END_EVENT &&
			     type != YAML_DOCUMENT_START_EVENT && type != YAML_DOCUMENT_END_EVENT;

		r->nodes = type == YAML_DOCUMENT_START_EVENT ? 0 : r->nodes;
		if (holds)
			d = read_node(r, &e, 0);
		yaml_event_delete(&e);
		if (type == YAML_STREAM_END_EVENT)
			return true;
		if (!holds || (d && doc_is_null(d)))
			continue;
		if (!d)
			return false;
		*place = d;
		place = &d->next;
		list->count++;
	}
}

struct doc *doc_read(struct str text, struct arena *arena, struct doc_error *e)
{
	struct reader r = {.arena = arena, .error = e};

	(void)str_take(&text, STR("\xef\xbb\xbf")); /* the mark that some editors begin a file with */
	r.text = text;
	struct doc *list = arena_take(arena, sizeof(*list));

	if (text.len > DOC_BYTES_MAX)
		doc_wrong(e, 0, "has more than %u bytes", DOC_BYTES_MAX);
	else if (!list || !yaml_parser_initialize(&r.parser))
		doc_wrong(e, 0, "needs more memory than there is");
	if (e->why[0])
		return NULL;
	list->kind = DOC_LIST;
	yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&r.parser, (const unsigned char *)text.data, text.len);
	bool whole = read_stream(&r, list);

	yaml_parser_delete(&r.parser);
	return whole ? list : NULL;
}

struct doc *doc_get(const struct doc *map, const char *key)
{
	if (!map || map->kind != DOC_MAP)
		return NULL;
	for (struct doc *d = map->first; d; d = d->next)
		if (str_equal(d->key, str_from(key)))
			return d;
	return NULL;
}

bool doc_is_null(const struct doc *d)
{
	return d->kind == DOC_TEXT && d->plain &&
	       (d->text.len == 0 || str_equal(d->text, STR("~")) || str_equal(d->text, STR("null")) ||
		str_equal(d->text, STR("Null")) || str_equal(d->text, STR("NULL")));
}

bool doc_is_truth(const struct doc *d, bool *out)
{
	static const struct str words[2][3] = {{STR("false"), STR("no"), STR("off")},
					       {STR("true"), STR("yes"), STR("on")}};

	for (unsigned truth = 0; d->kind == DOC_TEXT && d->plain && truth < 2; truth++)
		for (unsigned i = 0; i < 3; i++)
			if (str_equal_fold(d->text, words[truth][i])) {
				*out = truth;
				return true;
			}
	return false;
}
