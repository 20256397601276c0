/* SPDX-License-Identifier: Apache-2.0 */
/* What else than bans the actor has in force: isolations, locks and the like, kept to be shown. The actor tells of
 * each. */
#include "agent/core/core_parts.h"

#include "agent/base/rows.h"

/* Verb and target, as text that is equal when they are. */
static struct str key_of(const struct verb_args *args, char text[VERB_DESCRIBE_MAX])
{
	const struct verb_param *what = verb_what(args);
	struct buf b = buf_over(text, VERB_DESCRIBE_MAX);

	buf_text(&b, verb_name(args->verb) ? verb_name(args->verb) : "");
	buf_char(&b, ' ');
	if (what)
		verb_arg_put(&b, args, what);
	return buf_str(&b);
}

static struct actor_effect *find(struct core_force *f, const struct verb_args *args)
{
	char wanted[VERB_DESCRIBE_MAX], text[VERB_DESCRIBE_MAX];
	struct str key = key_of(args, wanted);

	for (unsigned i = 0; i < f->count; i++)
		if (str_equal(key_of(&f->rows[i].args, text), key))
			return &f->rows[i];
	return NULL;
}

void core_force_note(struct core *c, const struct actor_effect *state)
{
	struct core_force *f = &c->force;
	struct actor_effect *row;

	if (state->args.verb == VERB_BAN)
		return;
	row = find(f, &state->args);
	if (row && state->gone)
		*row = f->rows[--f->count];
	else if (row)
		*row = *state;
	else if (!state->gone && f->count < CORE_FORCE_MAX)
		f->rows[f->count++] = *state;
}

void core_force_rows(const struct core *c, struct buf *b)
{
	for (unsigned i = 0; i < c->force.count; i++) {
		const struct actor_effect *e = &c->force.rows[i];
		char text[VERB_DESCRIBE_MAX], rule[RULE_NAME_MAX];
		struct buf words = buf_over(text, sizeof(text));

		verb_describe(&words, &e->args);
		rows_begin(b, "effect");
		rows_text(b, "verb", str_from(verb_name(e->args.verb)));
		rows_text(b, "what", buf_str(&words));
		rows_text(b, "rule", str_from(rule_set_name(&c->set, e->rule_hash, rule)));
		rows_text(b, "origin", str_from(message_origin_name(e->origin)));
		rows_time(b, "expires",
			  e->expires_mono_us == INT64_MAX ? 0 : c->now.wall_us + e->expires_mono_us - c->now.mono_us);
		rows_end(b);
	}
}
