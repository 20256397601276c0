/* SPDX-License-Identifier: Apache-2.0 */
/* Reads documents one by one and says of what kind each is. Writes rules;
 * correlations and filters have their own files. */
#include "server-stub/sigma/compile.h"

#include "agent/sigma/sigma.h"
#include "server-stub/sigma/condition.h"
#include "server-stub/sigma/detection.h"

void compile_init(struct compile *c)
{
	memset(c, 0, sizeof(*c));
	c->place = &c->first;
}

void compile_free(struct compile *c)
{
	arena_free(&c->arena);
	compile_init(c);
}

bool compile_lists(struct compile *c, struct str text)
{
	const struct doc *list = doc_read(text, &c->arena, &c->error);

	if (!list)
		return false;
	if (list->count != 1 || list->first->kind != DOC_MAP)
		return doc_wrong(&c->error, 1, "is no map of names and their values");
	c->lists = list->first;
	return true;
}

static struct compile_rule *add(struct compile *c, const char *file, const struct doc *doc)
{
	struct compile_rule *r = c->count < COMPILE_RULES_MAX ? arena_take(&c->arena, sizeof(*r)) : NULL;

	if (!r) {
		doc_wrong(&c->error, doc ? doc->line : 0,
			  "is one rule too many: %d are the limit, or there is no memory", COMPILE_RULES_MAX);
		return NULL;
	}
	r->file = file;
	r->doc = doc;
	*c->place = r;
	c->place = &r->next;
	c->count++;
	return r;
}

/* Read the search identifiers under a key, without those that mean something
 * else there. */
static bool read_names(struct compile *c, struct compile_rule *r, const struct doc *map, struct condition_names *names)
{
	struct detection d = {&c->arena, c->lists, &r->error, false};

	for (const struct doc *one = map->first; one; one = one->next) {
		if (str_equal(one->key, STR("condition")) ||
		    (r->kind == COMPILE_FILTER && str_equal(one->key, STR("rules"))))
			continue;
		if (str_equal(one->key, STR("timeframe")))
			return compile_wrong(r, one->key_line,
					     "has a time frame, which is not Sigma any more; write a "
					     "correlation with a timespan");
		if (names->count == CONDITION_NAMES_MAX)
			return compile_wrong(r, one->key_line, "has more than %d search identifiers",
					     CONDITION_NAMES_MAX);
		names->list[names->count].name = one->key;
		names->list[names->count].branch = detection_read(&d, one);
		if (!names->list[names->count++].branch)
			return compile_wrong(r, one->key_line, "needs more memory than there is");
	}
	r->has_expression = d.has_expression;
	return true;
}

/* Read a detection, or what a filter has in its place, into r->root. */
static bool read_condition(struct compile *c, struct compile_rule *r, const char *key)
{
	const struct doc *map = doc_get(r->doc, key), *condition = doc_get(map, "condition");
	struct condition_names *names = arena_take(&c->arena, sizeof(*names));

	if (!map || map->kind != DOC_MAP)
		return compile_wrong(r, r->doc->line, "has no map '%s'", key);
	if (!condition)
		return compile_wrong(r, map->line, "has no condition");
	if (!names)
		return compile_wrong(r, map->line, "needs more memory than there is");
	if (!read_names(c, r, map, names))
		return false;
	r->root = condition_read(&c->arena, condition, names, &r->error);
	if (!r->root)
		return compile_wrong(r, map->line, "needs more memory than there is");
	if (tree_depth(r->root) >= PACK_DEPTH_MAX - 4) /* a filter adds some */
		return compile_wrong(r, map->line, "has a condition that is nested too deep");
	return true;
}

static void read_rule(struct compile *c, struct compile_rule *r)
{
	if (r->doc->kind != DOC_MAP) {
		compile_wrong(r, r->doc->line, "is no rule: it has no keys");
		return;
	}
	if (doc_get(r->doc, "action"))
		compile_wrong(r, doc_get(r->doc, "action")->key_line,
			      "has an action, which is not Sigma any more; write each rule whole");
	r->kind = doc_get(r->doc, "correlation") ? COMPILE_CORRELATION
		  : doc_get(r->doc, "filter")	 ? COMPILE_FILTER
						 : COMPILE_RULE;
	if (!compile_about(c, r))
		return;
	if (r->kind == COMPILE_CORRELATION) {
		if (compile_correlate(r))
			(void)compile_check_tests(r);
		return;
	}
	if (!compile_logsource(r) || !read_condition(c, r, r->kind == COMPILE_FILTER ? "filter" : "detection"))
		return;
	(void)compile_check_tests(r);
}

bool compile_text(struct compile *c, const char *file, struct str text)
{
	struct doc_error error = {0};
	struct doc *list = doc_read(text, &c->arena, &error);

	c->error.why[0] = '\0';
	if (!list) {
		struct compile_rule *r = add(c, file, NULL);

		if (r)
			r->error = error;
		c->error = error;
		return false;
	}
	for (const struct doc *doc = list->first; doc; doc = doc->next) {
		struct compile_rule *r = add(c, file, doc);

		if (!r)
			return false;
		read_rule(c, r);
	}
	return true;
}

/* The first of two rules with one id or name stands. */
static void find_doubles(struct compile *c)
{
	for (struct compile_rule *r = c->first; r; r = r->next) {
		struct compile_rule *other = compile_find(c, r->about.id);

		if (r->kind != COMPILE_FILTER && other && other != r)
			compile_wrong(r, r->doc ? r->doc->line : 0, "has the id of another rule: %.*s in %s",
				      (int)r->about.id.len, r->about.id.data, other->file);
		other = compile_find(c, r->name);
		if (r->kind != COMPILE_FILTER && other && other != r)
			compile_wrong(r, r->doc ? r->doc->line : 0, "has the name of another rule: %.*s in %s",
				      (int)r->name.len, r->name.data, other->file);
	}
}

void compile_link(struct compile *c)
{
	find_doubles(c);
	compile_filters(c);
	compile_resolve(c);
	c->refused = 0;
	for (const struct compile_rule *r = c->first; r; r = r->next)
		c->refused += r->error.why[0] != '\0';
}

void compile_write(struct compile *c, struct pack_writer *w)
{
	for (struct compile_rule *r = c->first; r; r = r->next) {
		if (r->kind != COMPILE_RULE || r->error.why[0])
			continue;
		r->row.about = r->about;
		r->row.about.flags = r->is_counted && !r->alerts ? PACK_QUIET : 0;
		r->row.node = tree_write(w, r->root);
		if (r->has_expression)
			pack_write_need(w, STR(SIGMA_NEED_REGEX));
		r->number = pack_write_rule(w, &r->row);
	}
	compile_write_correlations(c, w);
	for (struct compile_rule *r = c->first; r; r = r->next)
		if (r->kind != COMPILE_FILTER && !r->error.why[0])
			compile_write_tests(r, w);
}
