/* SPDX-License-Identifier: Apache-2.0 */
/* Puts filters into the conditions of the rules that they are for
 * (sigma-filters-specification.md). */
#include "server-stub/sigma/compile.h"

#include "server-stub/sigma/condition.h"

static bool covers(struct str filter, struct str rule)
{
	return !filter.len || str_equal_fold(filter, rule);
}

/* Whether a filter's logsource covers that of a rule. */
static bool is_for(const struct compile_rule *filter, const struct compile_rule *r)
{
	return r->kind == COMPILE_RULE && !r->error.why[0] && covers(filter->row.category, r->row.category) &&
	       covers(filter->row.product, r->row.product) && covers(filter->row.service, r->row.service);
}

/* "condition and not what the filter describes". */
static bool apply(struct compile *c, const struct compile_rule *filter, struct compile_rule *r)
{
	struct branch *all = tree_new(&c->arena, PACK_AND), *part = filter->root;

	if (!condition_is_negative(filter->root)) {
		part = tree_new(&c->arena, PACK_NOT);
		if (!part || !tree_add(&c->arena, part, filter->root))
			return compile_wrong(r, r->doc->line, "needs more memory than there is");
	}
	if (!all || !tree_add(&c->arena, all, r->root) || !tree_add(&c->arena, all, part))
		return compile_wrong(r, r->doc->line, "needs more memory than there is");
	r->root = all;
	r->has_expression |= filter->has_expression;
	if (tree_depth(all) >= PACK_DEPTH_MAX)
		return compile_wrong(r, r->doc->line, "has more filters than can be put into its condition");
	return true;
}

static bool apply_named(struct compile *c, struct compile_rule *filter, const struct doc *d)
{
	struct compile_rule *r = d->kind == DOC_TEXT ? compile_find(c, d->text) : NULL;

	if (!r)
		return compile_wrong(filter, d->line, "filters the rule '%.60s', which is not there",
				     d->kind == DOC_TEXT ? d->text.data : "");
	if (r->kind != COMPILE_RULE)
		return compile_wrong(filter, d->line,
				     "filters the correlation '%.60s'; filter the rules that it counts", d->text.data);
	if (!r->error.why[0] && !is_for(filter, r))
		return compile_wrong(filter, d->line, "filters the rule '%.60s', which its logsource does not cover",
				     d->text.data);
	return r->error.why[0] || apply(c, filter, r);
}

static bool is_any(const struct doc *d)
{
	return (d->kind == DOC_TEXT && (str_equal_fold(d->text, STR("any")) || str_equal_fold(d->text, STR("all")))) ||
	       (d->kind == DOC_LIST && d->count == 0);
}

static bool apply_filter(struct compile *c, struct compile_rule *filter)
{
	const struct doc *rules = doc_get(doc_get(filter->doc, "filter"), "rules");

	if (!rules || rules->kind == DOC_MAP)
		return compile_wrong(filter, filter->doc->line,
				     "is a filter without the rules that it is for, or 'any'");
	if (is_any(rules)) {
		for (struct compile_rule *r = c->first; r; r = r->next)
			if (is_for(filter, r) && !apply(c, filter, r))
				return false;
		return true;
	}
	for (const struct doc *d = rules->kind == DOC_LIST ? rules->first : rules; d;
	     d = rules->kind == DOC_LIST ? d->next : NULL)
		if (!apply_named(c, filter, d))
			return false;
	return true;
}

void compile_filters(struct compile *c)
{
	for (struct compile_rule *r = c->first; r; r = r->next)
		if (r->kind == COMPILE_FILTER && !r->error.why[0])
			(void)apply_filter(c, r);
}
