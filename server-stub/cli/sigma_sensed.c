/* SPDX-License-Identifier: Apache-2.0 */
/* Looks the fields of rules up in the rows of events (agent/event/fields.h). */
#include "server-stub/cli/sigma_sensed.h"

#include "agent/event/kinds.h"
#include "agent/sensors/sensors.h"

#include <stdio.h>

struct look {
	const struct event_row *row; /* NULL: of a log line, or of what auditd tells of a program's start */
	bool is_auditd;
	struct str missing; /* the field that no sensor produces; empty: none is missing */
	const char *what;   /* it is */
};

/* Whether a sensor of this build makes events of the kind; log-ins come of decoders, which each build has. */
static bool is_built(unsigned kind)
{
	for (unsigned i = 0; sensors_rows[i]; i++)
		if (sensors_rows[i]->kinds & 1u << kind)
			return true;
	return kind == EVENT_AUTH;
}

/* Fields are called by their Sigma name or, without one, by their own. */
static bool row_has(const struct event_row *row, struct str field)
{
	for (unsigned i = 0; i < row->field_count; i++) {
		const struct field *f = &row->fields[i];

		if (str_equal(str_from(f->sigma ? f->sigma : f->name), field))
			return true;
	}
	return false;
}

/* "a0" to "a99". */
static bool is_argument(struct str field)
{
	uint64_t number;

	return str_take(&field, STR("a")) && str_number(field, 99, &number) == ERR_OK;
}

/* Whether a leaf about `type` can be of a program's start. */
static bool is_execve(const struct leaf *leaf)
{
	for (unsigned i = 0; i < leaf->count; i++)
		if (leaf->patterns[i].kind != PACK_EQUALS || str_equal_fold(leaf->patterns[i].text, STR("EXECVE")))
			return true;
	return false;
}

static bool note(struct look *l, const char *what, struct str name)
{
	if (!l->missing.len) {
		l->what = what;
		l->missing = name;
	}
	return false;
}

/* Whether an event can fulfil it. */
static bool leaf_can(struct look *l, const struct leaf *leaf)
{
	bool is_type = l->is_auditd && str_equal(leaf->field, STR("type"));

	if (leaf->field.len == 0)
		return true; /* a keyword: of the log line, or of all values */
	if (is_type)
		return is_execve(leaf) || note(l, "records of the type", leaf->patterns[0].text);
	if (l->row ? row_has(l->row, leaf->field) : l->is_auditd && is_argument(leaf->field))
		return true;
	for (unsigned i = 0; i < leaf->count; i++)
		if (leaf->patterns[i].kind == PACK_NULL)
			return true;
	return note(l, "the field", leaf->field);
}

static bool branch_can(struct look *l, const struct branch *b)
{
	bool any = false, all = true;

	if (b->kind == PACK_MATCH)
		return leaf_can(l, b->leaf);
	for (unsigned i = 0; i < b->count; i++) {
		bool can = branch_can(l, b->parts[i]);

		any |= can;
		all &= can;
	}
	return b->kind == PACK_NOT || (b->kind == PACK_OR ? any : all);
}

static bool rule_sensed(const struct compile_rule *r, char why[SIGMA_SENSED_WHY_MAX])
{
	struct look l = {.is_auditd = str_equal_fold(r->row.service, STR("auditd")), .missing = STR("")};
	bool can = !r->row.product.len || str_equal_fold(r->row.product, STR("linux")) ||
		   note(&l, "events of the product", r->row.product);
	unsigned kind = kinds_find(r->row.category);

	if (kind < EVENT_KINDS && is_built(kind))
		l.row = kinds_rows[kind];
	if (r->row.category.len && !l.row)
		can = note(&l, "events of the category", r->row.category);
	can = can && branch_can(&l, r->root);
	if (l.missing.len)
		snprintf(why, SIGMA_SENSED_WHY_MAX, "%sno sensor here produces %s %.*s", can ? "though " : "", l.what,
			 (int)l.missing.len, l.missing.data);
	return can;
}

bool sigma_sensed(const struct compile_rule *r, char why[SIGMA_SENSED_WHY_MAX])
{
	bool sensed = true;

	why[0] = '\0';
	if (r->kind == COMPILE_RULE)
		return rule_sensed(r, why);
	/* A correlation sees what all its rules see. */
	for (unsigned i = 0; r->kind == COMPILE_CORRELATION && i < r->correlation.row.refs && sensed; i++)
		sensed = sigma_sensed(r->correlation.refs[i], why);
	return sensed;
}
