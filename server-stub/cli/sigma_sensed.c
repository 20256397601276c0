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
	unsigned kinds;	    /* that the rule is about and that sensors of this build make: bits, as in values.h */
	const char *why;    /* what is missing first, up to its name; NULL: nothing is */
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
	return audited_with((uint16_t)kinds);
}

static void note(struct look *l, const char *why, struct str missing)
{
	if (l->why)
		return;
	l->why = why;
	l->missing = missing;
}

static bool word_fits(const struct leaf *leaf, struct str word)
{
	for (unsigned i = 0; i < leaf->count; i++)
		if (leaf->patterns[i].kind == PACK_EXISTS || sigma_fits(&leaf->patterns[i], word))
			return true;
	return false;
}

/* Whether who a process runs as can fit: "root" or a number. Only of sessions and log-ins the name is known. */
static bool user_can(unsigned kind, const struct leaf *leaf)
{
	uint64_t number;

	if (kind == EVENT_AUTH || kind == EVENT_SESSION || !str_equal(leaf->field, STR("User")))
		return true;
	for (unsigned i = 0; i < leaf->count; i++) {
		const struct pack_pattern *p = &leaf->patterns[i];
		bool is_text = p->kind == PACK_EQUALS || p->kind == PACK_STARTS || p->kind == PACK_ENDS ||
			       p->kind == PACK_CONTAINS;

		if (!is_text || sigma_fits(p, STR("root")) || str_number(p->text, UINT32_MAX, &number) == ERR_OK)
			return true;
	}
	return false;
}

/* Whether a field that is known can have a value that fits: but for references to fields that are not, any can. */
static bool value_can(unsigned kind, const struct leaf *leaf)
{
	if (!user_can(kind, leaf))
		return false;
	for (unsigned i = 0; i < leaf->count; i++)
		if (leaf->patterns[i].kind != PACK_FIELD || values_knows(kind, leaf->patterns[i].text))
			return true;
	return false;
}

static struct can leaf_can(unsigned kind, const struct leaf *leaf)
{
	struct can can = {false, false};
	unsigned count;
	const struct str *words = values_words(kind, leaf->field, &count);

	if (leaf->field.len == 0) /* a keyword: of the log line, or of all values; records have none */
		return (struct can){kind <= VALUES_LINE, true};
	for (unsigned i = 0; words && i < count; i++) {
		can.hold |= word_fits(leaf, words[i]);
		can.fail |= !word_fits(leaf, words[i]);
	}
	if (words)
		return can;
	if (values_knows(kind, leaf->field) && value_can(kind, leaf))
		return (struct can){true, true};
	for (unsigned i = 0; i < leaf->count; i++)
		can.hold |= leaf->patterns[i].kind == PACK_NULL;
	return (struct can){can.hold, !can.hold};
}

static struct can branch_can(unsigned kind, const struct branch *b)
{
	struct can all = {b->kind != PACK_OR, b->kind == PACK_OR};

	if (b->kind == PACK_MATCH)
		return leaf_can(kind, b->leaf);
	for (unsigned i = 0; i < b->count; i++) {
		struct can part = branch_can(kind, b->parts[i]);

		if (b->kind == PACK_NOT)
			return (struct can){part.fail, part.hold};
		all.hold = b->kind == PACK_OR ? all.hold || part.hold : all.hold && part.hold;
		all.fail = b->kind == PACK_OR ? all.fail && part.fail : all.fail || part.fail;
	}
	return all;
}

/* Those of the kinds in which it can hold. */
static unsigned kinds_of(unsigned kinds, const struct branch *b)
{
	for (unsigned kind = 0; kind < VALUES_KINDS; kind++)
		if (kinds & 1u << kind && !branch_can(kind, b).hold)
			kinds &= ~(1u << kind);
	return kinds;
}

static bool known_in(unsigned kinds, struct str field)
{
	for (unsigned kind = 0; kind < VALUES_KINDS; kind++)
		if (kinds & 1u << kind && values_knows(kind, field))
			return true;
	return false;
}

/* Note what a leaf wants that is in none of the kinds; `other`: that it is to be something else. */
static void note_leaf(struct look *l, unsigned kinds, const struct leaf *leaf, bool other)
{
	const struct pack_pattern *p = leaf->patterns;
	bool is_word = false, is_text = p->kind != PACK_GLOB && p->kind != PACK_REGEX && p->text.len;
	unsigned count;

	for (unsigned kind = 0; kind < VALUES_KINDS; kind++)
		is_word |= kinds & 1u << kind && values_words(kind, leaf->field, &count);
	if (leaf->field.len == 0)
		note(l, "no sensor here produces records of that type with keywords", STR(""));
	else if (is_word && other)
		note(l, "no sensor here produces records with another value of", leaf->field);
	else if (is_word && is_text && str_equal(leaf->field, STR("SYSCALL")))
		note(l, "no sensor here produces records of the system call", p->text);
	else if (is_word)
		note(l, "no sensor here produces records of the type", is_text ? p->text : leaf->field);
	else if (is_text && p->kind != PACK_FIELD && known_in(kinds, leaf->field))
		note(l, "no sensor here produces names of users, but for root's:", p->text);
	else
		note(l, "no sensor here produces the field",
		     p->kind == PACK_FIELD && known_in(kinds, leaf->field) ? p->text : leaf->field);
}

/* Note why a part of a condition can hold in none of the kinds. */
static void note_branch(struct look *l, unsigned kinds, const struct branch *b, bool other)
{
	if (b->kind == PACK_MATCH) {
		note_leaf(l, kinds, b->leaf, other);
		return;
	}
	for (unsigned i = 0; i < b->count; i++) {
		unsigned left = kinds_of(kinds, b->parts[i]);

		if (b->kind == PACK_AND && left && i + 1 < b->count) {
			kinds = left;
			continue;
		}
		note_branch(l, kinds, b->parts[i], other != (b->kind == PACK_NOT));
		return;
	}
}

/* Note the parts of a condition that can hold in none of the kinds, though the whole can. */
static void note_parts(struct look *l, const struct branch *b)
{
	if (!kinds_of(l->kinds, b))
		note_branch(l, l->kinds, b, false);
	else
		for (unsigned i = 0; b->kind != PACK_MATCH && i < b->count; i++)
			note_parts(l, b->parts[i]);
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

static bool rule_sensed(const struct compile_rule *r, struct look *l)
{
	unsigned can;

	l->kinds = values_kinds(&r->row) & built();
	can = kinds_of(l->kinds, r->root);
	if (!l->kinds)
		note_source(l, &r->row);
	else if (!can)
		note_branch(l, l->kinds, r->root, false);
	else
		note_parts(l, r->root);
	if (can & 1u << AUDITED_PATH)
		note(l, "of PATH records only those of changes to watched files are known", STR(""));
	if (can & 1u << AUDITED_SYSCALL)
		note(l, "of SYSCALL records only those of execve are known", STR(""));
	return can != 0;
}

/* Whether events of a rule have what a correlation groups and counts them by. */
static bool groups_sensed(const struct compile_rule *r, const struct compile_rule *ref, struct look *l)
{
	const struct compile_correlation *c = &r->correlation;
	unsigned kinds = ref->kind == COMPILE_RULE ? values_kinds(&ref->row) & built() : 0;
	bool all = true;

	for (unsigned i = 0; kinds && i < (unsigned)c->row.groups + c->row.values; i++) {
		struct str name = i < c->row.groups ? c->groups[i] : c->values[i - c->row.groups];

		name = compile_alias(r, name, ref);
		if (known_in(kinds_of(kinds, ref->root), name))
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
