/* SPDX-License-Identifier: Apache-2.0 */
/* What an order's steps mean together. Their bytes are order.c's, each one's arguments proto/verb.h's. */
#include "proto/order.h"

#include <stdio.h>
#include <string.h>

static const char *const when_names[ORDER_WHEN_MAX] = {
	[ORDER_ALWAYS] = "always",
	[ORDER_IF_DONE] = "if_done",
	[ORDER_IF_FAILED] = "if_failed",
};

const char *order_when_name(uint8_t when)
{
	return when < ORDER_WHEN_MAX ? when_names[when] : NULL;
}

uint8_t order_when_number(const char *name)
{
	uint8_t when = 0;

	while (when < ORDER_WHEN_MAX && strcmp(when_names[when], name) != 0)
		when++;
	return when;
}

bool order_step_due(uint8_t when, bool done)
{
	return when == ORDER_ALWAYS || (when == ORDER_IF_DONE) == done;
}

/* The step before `i` that makes it void: one whose effect is in force by then, as far as can be told; -1: none. */
static int spoiler_of(const struct order *o, unsigned i)
{
	const struct order_step *step = &o->steps[i];

	for (unsigned j = i; j-- > 0;) {
		const struct verb_args *before = &o->steps[j].args;
		const struct verb_row *row = verb_row(before->verb);
		bool answers = step->when == ORDER_IF_FAILED && j + 1 == i;

		if (!row || !verb_same_what(before, &step->args))
			continue;
		if (row->spoils == step->args.verb && !answers)
			return (int)j;
		if (row->undoes && verb_row(row->undoes)->spoils == step->args.verb)
			return -1;
	}
	return -1;
}

static enum err check_sense(const struct order *o, unsigned i, char what[VERB_WHY_MAX])
{
	int spoiler = spoiler_of(o, i);

	if (spoiler < 0)
		return ERR_OK;
	snprintf(what, VERB_WHY_MAX, "'%s' is void while the '%s' of step %d is in force; put it before that step.",
		 verb_name(o->steps[i].args.verb), verb_name(o->steps[spoiler].args.verb), spoiler + 1);
	return ERR_INVALID;
}

enum err order_check_steps(const struct order *o, char why[ORDER_WHY_MAX])
{
	if (o->step_count == 0 || o->step_count > ORDER_STEPS_MAX) {
		snprintf(why, ORDER_WHY_MAX, "An order has 1 to %d steps.", ORDER_STEPS_MAX);
		return ERR_INVALID;
	}
	for (unsigned i = 0; i < o->step_count; i++) {
		char what[VERB_WHY_MAX] = "";
		enum err err = verb_args_check(&o->steps[i].args, what);

		if (err == ERR_OK &&
		    (o->steps[i].when >= ORDER_WHEN_MAX || (i == 0 && o->steps[i].when != ORDER_ALWAYS))) {
			snprintf(what, sizeof(what), "its condition is none that it can have.");
			err = ERR_INVALID;
		}
		if (err == ERR_OK)
			err = check_sense(o, i, what);
		if (err == ERR_OK)
			continue;
		if (o->step_count == 1)
			snprintf(why, ORDER_WHY_MAX, "%s", what);
		else
			snprintf(why, ORDER_WHY_MAX, "Step %u: %s", i + 1, what);
		return err;
	}
	return ERR_OK;
}

uint64_t order_verbs(const struct order *o)
{
	uint64_t verbs = 0;

	for (unsigned i = 0; i < o->step_count; i++)
		verbs |= UINT64_C(1) << o->steps[i].args.verb;
	return verbs;
}

unsigned order_signatures(const struct order *o)
{
	unsigned most = 1;

	for (unsigned i = 0; i < o->step_count && !o->dry_run; i++) {
		const struct verb_row *row = verb_row(o->steps[i].args.verb);

		if (row && row->signatures > most)
			most = row->signatures;
	}
	return most;
}

static bool same_step(const struct order_step *a, const struct order_step *b)
{
	uint8_t first[VERB_BYTES_MAX + 1], second[VERB_BYTES_MAX + 1];
	struct buf x = buf_over(first, sizeof(first)), y = buf_over(second, sizeof(second));

	verb_args_encode(&x, &a->args);
	verb_args_encode(&y, &b->args);
	return a->when == b->when && a->args.verb == b->args.verb && str_equal(buf_str(&x), buf_str(&y));
}

bool order_same(const struct order *a, const struct order *b)
{
	bool same = a->dry_run == b->dry_run && a->step_count == b->step_count && a->target_kind == b->target_kind &&
		    a->target_count == b->target_count && memcmp(a->targets, b->targets, sizeof(a->targets)) == 0 &&
		    strcmp(a->group, b->group) == 0;

	for (unsigned i = 0; same && i < a->step_count; i++)
		same = same_step(&a->steps[i], &b->steps[i]);
	return same;
}

void order_describe(struct buf *b, const struct order *o)
{
	static const char *const joints[ORDER_WHEN_MAX] = {"; then ", "; if done ", "; if failed "};

	if (o->dry_run)
		buf_text(b, "dry run: ");
	for (unsigned i = 0; i < o->step_count; i++) {
		if (i > 0)
			buf_text(b, joints[o->steps[i].when < ORDER_WHEN_MAX ? o->steps[i].when : ORDER_ALWAYS]);
		verb_describe(b, &o->steps[i].args);
	}
}
