/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Follows conditions over what the guard shows of its events (agent/detect/values.h): whether one of these can make a
 * part of a condition true, or false. Asks the same functions as the guard, so that the two cannot differ.
 */
#include "server-stub/cli/sigma_sensed.h"

#include "agent/detect/detect.h"
#include "agent/detect/values.h"
#include "agent/event/kinds.h"
#include "agent/sensors/sensors.h"
#include "agent/sigma/sigma.h"

#include <stdio.h>

struct look {
	unsigned kind; /* of events, or VALUES_LINE */
	bool is_auditd;
	const char *why;    /* the first that is missing, up to its name; NULL: nothing is */
	struct str missing; /* its name */
};

/* What a part of a condition can be. */
struct can {
	bool hold, fail;
};

/* The kinds that sensors of this build make; log-ins and lines come of decoders, which each build has. */
static unsigned built(void)
{
	unsigned kinds = 1u << EVENT_AUTH | 1u << VALUES_LINE;

	for (unsigned i = 0; sensors_rows[i]; i++)
		kinds |= sensors_rows[i]->kinds;
	return kinds;
}

static void note(struct look *l, const char *why, struct str missing)
{
	if (l->why)
		return;
	l->why = why;
	l->missing = missing;
}

/* Of the field that says which record of auditd's it is. */
static struct can type_can(struct look *l, const struct leaf *leaf)
{
	for (unsigned i = 0; i < leaf->count; i++)
		if (leaf->patterns[i].kind == PACK_EXISTS || sigma_fits(&leaf->patterns[i], VALUES_AUDIT_TYPE))
			return (struct can){true, false};
	note(l, "no sensor here produces records of the type", leaf->patterns[0].text);
	return (struct can){false, true};
}

static struct can leaf_can(struct look *l, const struct leaf *leaf)
{
	struct str other = STR("");
	bool null = false;

	if (leaf->field.len == 0) /* a keyword: of the log line, or of all values */
		return (struct can){true, true};
	if (l->is_auditd && str_equal(leaf->field, STR("type")))
		return type_can(l, leaf);
	bool known = values_knows(l->kind, leaf->field);

	for (unsigned i = 0; i < leaf->count; i++) {
		const struct pack_pattern *p = &leaf->patterns[i];

		null |= p->kind == PACK_NULL;
		if (p->kind == PACK_FIELD && !values_knows(l->kind, p->text))
			other = p->text;
		else if (known)
			return (struct can){true, true};
	}
	if (!known || other.len)
		note(l, "no sensor here produces the field", known ? other : leaf->field);
	return (struct can){null, !null};
}

static struct can branch_can(struct look *l, const struct branch *b)
{
	struct can all = {b->kind != PACK_OR, b->kind == PACK_OR};

	if (b->kind == PACK_MATCH)
		return leaf_can(l, b->leaf);
	for (unsigned i = 0; i < b->count; i++) {
		struct can part = branch_can(l, b->parts[i]);

		if (b->kind == PACK_NOT)
			return (struct can){part.fail, part.hold};
		all.hold = b->kind == PACK_OR ? all.hold || part.hold : all.hold && part.hold;
		all.fail = b->kind == PACK_OR ? all.fail && part.fail : all.fail || part.fail;
	}
	return all;
}

/* Why no event is of the rule's log source. */
static void note_source(struct look *l, const struct pack_rule *row)
{
	if (row->product.len && !str_equal_fold(row->product, STR("linux")))
		note(l, "no sensor here produces events of the product", row->product);
	else if (row->category.len && row->service.len && kinds_find(row->category) < EVENT_KINDS)
		note(l, "no sensor here produces, in this category, events of the service", row->service);
	else
		note(l, "no sensor here produces events of the category", row->category);
}

/* The first kind of events that a rule is about; VALUES_KINDS: the sensors of this build make none of them. */
static unsigned kind_of(const struct compile_rule *r)
{
	unsigned kinds = values_kinds(&r->row) & built(), kind = 0;

	while (kind < VALUES_KINDS && !(kinds & 1u << kind))
		kind++;
	return kind;
}

static bool rule_sensed(const struct compile_rule *r, struct look *l)
{
	l->kind = kind_of(r);
	l->is_auditd = str_equal_fold(r->row.service, STR("auditd"));
	if (l->kind == VALUES_KINDS)
		note_source(l, &r->row);
	else if (branch_can(l, r->root).hold)
		return true;
	note(l, "no sensor here produces records of another type than", VALUES_AUDIT_TYPE);
	return false;
}

/* Whether events of a rule have what a correlation groups and counts them by. */
static bool groups_sensed(const struct compile_rule *r, const struct compile_rule *ref, struct look *l)
{
	const struct compile_correlation *c = &r->correlation;
	unsigned kind = ref->kind == COMPILE_RULE ? kind_of(ref) : VALUES_KINDS;
	bool all = true;

	for (unsigned i = 0; kind < VALUES_KINDS && i < (unsigned)c->row.groups + c->row.values; i++) {
		struct str name = i < c->row.groups ? c->groups[i] : c->values[i - c->row.groups];

		name = compile_alias(r, name, ref);
		if (values_knows(kind, name))
			continue;
		note(l, "no sensor here produces, of a rule that it counts, the field", name);
		all = false;
	}
	return all;
}

static bool sense(const struct compile_rule *r, struct look *l);

/* Sequences need all of their rules, counts one of them. */
static bool correlation_sensed(const struct compile_rule *r, struct look *l)
{
	const struct pack_correlation *row = &r->correlation.row;
	bool each = row->type == PACK_TEMPORAL || row->type == PACK_TEMPORAL_ORDERED, any = false, all = true;

	for (unsigned i = 0; i < row->refs; i++) {
		const struct compile_rule *ref = r->correlation.refs[i];
		bool sensed = sense(ref, l) && groups_sensed(r, ref, l);

		any |= sensed;
		all &= sensed;
	}
	if (correlate_marks(row) <= DETECT_MARKS)
		return each ? all : any;
	*l = (struct look){.why = "a device does not count as far as it does", .missing = STR("")};
	return false;
}

/* As deep as correlations count each other. */
static bool sense(const struct compile_rule *r, struct look *l)
{
	return r->kind == COMPILE_RULE ? rule_sensed(r, l) : r->kind == COMPILE_FILTER || correlation_sensed(r, l);
}

bool sigma_sensed(const struct compile_rule *r, char why[SIGMA_SENSED_WHY_MAX])
{
	struct look l = {.why = NULL, .missing = STR("")};
	bool can = sense(r, &l);

	why[0] = '\0';
	if (l.why)
		snprintf(why, SIGMA_SENSED_WHY_MAX, "%s%s%s%.*s", can ? "though " : "", l.why, l.missing.len ? " " : "",
			 (int)l.missing.len, l.missing.data);
	return can;
}
