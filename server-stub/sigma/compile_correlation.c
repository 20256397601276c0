/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads correlations (sigma-correlation-rules-specification.md), finds what
 * they refer to, and writes each behind those that it counts. What a limit or a
 * type cannot express is refused by name.
 */
#include "server-stub/sigma/compile.h"

#include "agent/sigma/sigma.h"
#include "server-stub/sigma/detection.h"

#include <stdio.h>

/* A number that counts. */
static bool read_count(struct compile_rule *r, const struct doc *d, uint32_t *out)
{
	uint64_t number = 0;

	*out = 0;
	if (d->kind != DOC_TEXT || str_number(d->text, COMPILE_COUNT_MAX, &number) != ERR_OK)
		return compile_wrong(r, d->line, "has a condition that does not count from 0 to %d", COMPILE_COUNT_MAX);
	*out = (uint32_t)number;
	return true;
}

static bool bound(struct compile_rule *r, const struct doc *d)
{
	struct pack_correlation *row = &r->correlation.row;
	uint32_t n;

	if (str_equal(d->key, STR("field")))
		return true;
	if (!read_count(r, d, &n))
		return false;
	uint32_t least = row->least, most = row->most;

	if (str_equal(d->key, STR("gt")))
		least = n + 1 > least ? n + 1 : least;
	else if (str_equal(d->key, STR("gte")))
		least = n > least ? n : least;
	else if (str_equal(d->key, STR("lt")) && n > 0)
		most = n - 1 < most ? n - 1 : most;
	else if (str_equal(d->key, STR("lte")))
		most = n < most ? n : most;
	else if (str_equal(d->key, STR("eq")))
		least = most = n;
	else if (str_equal(d->key, STR("neq")))
		row->unequal = n;
	else
		return compile_wrong(r, d->key_line,
				     "has a condition '%.40s', which is none of gt, gte, "
				     "lt, lte, eq and neq "
				     "that can hold",
				     d->key.data);
	row->least = least;
	row->most = most;
	return true;
}

static bool read_condition(struct compile_rule *r, const struct doc *map)
{
	struct pack_correlation *row = &r->correlation.row;
	const struct doc *condition = doc_get(map, "condition");
	bool temporal = row->type == PACK_TEMPORAL || row->type == PACK_TEMPORAL_ORDERED;

	row->most = row->unequal = PACK_NO_LIMIT;
	row->least = temporal && !condition ? row->refs : 0;
	if (!condition && temporal)
		return true;
	if (!condition)
		return compile_wrong(r, map->line, "is a correlation without a condition");
	if (condition->kind != DOC_MAP)
		return compile_wrong(r, condition->line,
				     "has a condition that is no map as 'gte: 10'; conditions in words "
				     "of correlations are not supported");
	for (const struct doc *d = condition->first; d; d = d->next)
		if (!bound(r, d))
			return false;
	if (condition->count == (doc_get(condition, "field") != NULL))
		return compile_wrong(r, condition->line, "has a condition that counts nothing");
	if (row->least == 0)
		row->least = 1; /* what has not happened is seen by nobody */
	if (row->least > row->most)
		return compile_wrong(r, condition->line, "has a condition that no number fulfils");
	return true;
}

/* A text or a list of texts. */
static bool read_list(struct compile_rule *r, const struct doc *d, struct str *list, uint8_t *count)
{
	for (const struct doc *one = d->kind == DOC_LIST ? d->first : d; one;
	     one = d->kind == DOC_LIST ? one->next : NULL) {
		if (one->kind != DOC_TEXT || !one->text.len)
			return compile_wrong(r, one->line, "has a list of fields that are no names");
		if (*count == PACK_GROUPS_MAX)
			return compile_wrong(r, one->line, "has more than %d fields to group by or to count",
					     PACK_GROUPS_MAX);
		list[(*count)++] = one->text;
	}
	return true;
}

static bool read_fields(struct compile_rule *r, const struct doc *map)
{
	struct compile_correlation *c = &r->correlation;
	const struct doc *groups = doc_get(map, "group-by"), *field = doc_get(doc_get(map, "condition"), "field");

	if (groups && !doc_is_null(groups) && !read_list(r, groups, c->groups, &c->row.groups))
		return false;
	if (field && c->row.type != PACK_VALUE_COUNT)
		return compile_wrong(r, field->key_line, "has a field to count, which only value_count does");
	if (!field && c->row.type == PACK_VALUE_COUNT)
		return compile_wrong(r, map->line, "is a value_count without the field whose values it counts");
	return !field || read_list(r, field, c->values, &c->row.values);
}

static bool read_type(struct compile_rule *r, const struct doc *map)
{
	const struct doc *d = doc_get(map, "type");
	uint8_t *type = &r->correlation.row.type;

	for (uint8_t i = PACK_EVENT_COUNT; d && d->kind == DOC_TEXT && i < PACK_CORRELATION_TYPES; i++)
		if (str_equal(d->text, str_from(pack_correlation_name(i))))
			*type = i;
	if (*type == 0)
		return compile_wrong(r, d ? d->line : map->line,
				     "is a correlation of the type '%.40s', which is not supported",
				     d && d->kind == DOC_TEXT ? d->text.data : "");
	return true;
}

static bool read_generate(struct compile_rule *r, const struct doc *map)
{
	const struct doc *d = doc_get(map, "generate");

	d = d ? d : doc_get(r->doc, "generate"); /* the specification's examples have
						    it in both places */
	if (d && !doc_is_truth(d, &r->correlation.generate))
		return compile_wrong(r, d->line, "has 'generate' that is neither true nor false");
	return true;
}

bool compile_correlate(struct compile_rule *r)
{
	const struct doc *map = doc_get(r->doc, "correlation"), *rules = doc_get(map, "rules");
	const struct doc *span = doc_get(map, "timespan");
	struct pack_correlation *row = &r->correlation.row;

	if (map->kind != DOC_MAP)
		return compile_wrong(r, map->line, "has a correlation that is no map");
	if (!read_type(r, map))
		return false;
	if (!rules || rules->kind == DOC_MAP || (rules->kind == DOC_LIST && !rules->count))
		return compile_wrong(r, map->line, "is a correlation without rules");
	if (rules->kind == DOC_LIST && rules->count > PACK_REFS_MAX)
		return compile_wrong(r, rules->line, "is a correlation of more than %d rules", PACK_REFS_MAX);
	row->refs = (uint16_t)(rules->kind == DOC_LIST ? rules->count : 1);
	if (!span || !compile_span(span, &row->timespan_s) || row->timespan_s == 0)
		return compile_wrong(r, span ? span->line : map->line,
				     "is a correlation without a timespan as 30s, 5m, 1h "
				     "or 2d, of 30 days at most");
	return read_fields(r, map) && read_condition(r, map) && read_generate(r, map);
}

struct str compile_alias(const struct compile_rule *r, struct str name, const struct compile_rule *ref)
{
	const struct doc *aliases = doc_get(doc_get(r->doc, "correlation"), "aliases");

	for (const struct doc *a = aliases && aliases->kind == DOC_MAP ? aliases->first : NULL; a; a = a->next) {
		if (!str_equal(a->key, name) || a->kind != DOC_MAP)
			continue;
		for (const struct doc *d = a->first; d; d = d->next)
			if (d->kind == DOC_TEXT && (str_equal(d->key, ref->name) || str_equal(d->key, ref->about.id)))
				return d->text;
	}
	return name;
}

/* Aliases must be of rules that the correlation counts. */
static bool check_aliases(struct compile_rule *r)
{
	const struct doc *aliases = doc_get(doc_get(r->doc, "correlation"), "aliases");

	if (aliases && aliases->kind != DOC_MAP)
		return compile_wrong(r, aliases->line, "has aliases that are no map");
	for (const struct doc *a = aliases ? aliases->first : NULL; a; a = a->next) {
		if (a->kind != DOC_MAP)
			return compile_wrong(r, a->line, "has an alias that is no map of rules and fields");
		for (const struct doc *d = a->first; d; d = d->next) {
			bool known = false;

			for (unsigned i = 0; i < r->correlation.row.refs; i++)
				known |= str_equal(d->key, r->correlation.refs[i]->name) ||
					 str_equal(d->key, r->correlation.refs[i]->about.id);
			if (!known || d->kind != DOC_TEXT)
				return compile_wrong(r, d->key_line,
						     "has an alias for '%.60s', which is no rule that it counts",
						     d->key.data);
		}
	}
	return true;
}

static bool resolve(struct compile *c, struct compile_rule *r);

static bool resolve_ref(struct compile *c, struct compile_rule *r, const struct doc *d, unsigned place)
{
	struct compile_rule *ref = d->kind == DOC_TEXT ? compile_find(c, d->text) : NULL;

	if (!ref)
		return compile_wrong(r, d->line, "counts the rule '%.60s', which is not there",
				     d->kind == DOC_TEXT ? d->text.data : "");
	if (ref->kind == COMPILE_CORRELATION && !resolve(c, ref))
		return compile_wrong(r, d->line, "counts '%.60s', which is refused or counts this one in turn",
				     d->text.data);
	if (ref->error.why[0])
		return compile_wrong(r, d->line, "counts the rule '%.60s', which is refused", d->text.data);
	r->correlation.refs[place] = ref;
	return true;
}

/* Find what a correlation counts. As deep as correlations count each other. */
static bool resolve(struct compile *c, struct compile_rule *r)
{
	const struct doc *rules = r->doc ? doc_get(doc_get(r->doc, "correlation"), "rules") : NULL;
	unsigned place = 0;

	if (r->error.why[0] || r->correlation.visit == 1)
		return false;
	if (r->correlation.visit == 2)
		return true;
	r->correlation.visit = 1;
	for (const struct doc *d = rules->kind == DOC_LIST ? rules->first : rules; d;
	     d = rules->kind == DOC_LIST ? d->next : NULL)
		if (!resolve_ref(c, r, d, place++))
			return false;
	r->correlation.visit = 2;
	if (!check_aliases(r))
		return false;
	for (unsigned i = 0; i < r->correlation.row.refs; i++) {
		r->correlation.refs[i]->is_counted = true;
		r->correlation.refs[i]->alerts |= r->correlation.generate;
	}
	return true;
}

void compile_resolve(struct compile *c)
{
	for (struct compile_rule *r = c->first; r; r = r->next)
		if (r->kind == COMPILE_CORRELATION)
			(void)resolve(c, r);
}

static void write_ref(const struct compile_rule *r, const struct compile_rule *ref, struct pack_writer *w)
{
	const struct compile_correlation *c = &r->correlation;
	struct pack_ref row = {ref->number | (ref->kind == COMPILE_CORRELATION ? PACK_CORRELATION : 0),
			       pack_write_count(w, PACK_REF_FIELDS)};

	for (unsigned i = 0; i < c->row.groups; i++)
		pack_write_ref_field(w, pack_write_field(w, compile_alias(r, c->groups[i], ref)));
	for (unsigned i = 0; i < c->row.values; i++)
		pack_write_ref_field(w, pack_write_field(w, compile_alias(r, c->values[i], ref)));
	pack_write_ref(w, &row);
}

static void write(struct compile_rule *r, struct pack_writer *w)
{
	struct compile_correlation *c = &r->correlation;

	if (c->visit == 3)
		return;
	c->visit = 3;
	for (unsigned i = 0; i < c->row.refs; i++)
		if (c->refs[i]->kind == COMPILE_CORRELATION)
			write(c->refs[i], w);
	c->row.ref_first = pack_write_count(w, PACK_REFS);
	for (unsigned i = 0; i < c->row.refs; i++)
		write_ref(r, c->refs[i], w);
	c->row.about = r->about;
	c->row.about.flags = r->is_counted && !r->alerts ? PACK_QUIET : 0;
	r->number = pack_write_correlation(w, &c->row);
	pack_write_need(w, STR(SIGMA_NEED_CORRELATION));
}

void compile_write_correlations(struct compile *c, struct pack_writer *w)
{
	for (struct compile_rule *r = c->first; r; r = r->next)
		if (r->kind == COMPILE_CORRELATION && !r->error.why[0])
			write(r, w);
}
