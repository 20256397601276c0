/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verb `hook`: a program that the settings declare under a name, with the arguments that they declare, run by the
 * starter (starter/starter.h). What the program did is its own; what is proven is that it ended with status 0 and that
 * nothing which it started goes on. It cannot be taken back.
 */
#include "agent/actor/verb/act.h"
#include "agent/actor/verb/action_rows.h"
#include "agent/actor/verb/actor.h"
#include "agent/common/settings_hook.h"

#include <stdio.h>

#define LONGEST_MS 310000 /* the longest time of a hook, and that in which what is left is ended */

static enum err no(struct action *action, const char *why, const char *name)
{
	snprintf(action->why, sizeof(action->why), "%s%s", why, name);
	return ERR_PROTECTED;
}

/* Exactly the arguments that are declared: one more may be meant for another program, one less leaves it to guess. */
static enum err check_arguments(struct action *action, const struct settings_hook *h)
{
	const struct verb_args *args = &action->receipt.args;
	uint32_t declared = VERB_PARAM(VERB_NAME);

	for (unsigned i = 0; i < h->argument_count; i++) {
		const struct verb_param *p = verb_param(h->arguments[i]);

		declared |= VERB_PARAM(p->tag);
		if (!verb_arg_given(args, p))
			return no(action, "the settings of this device say that it needs ", p->name);
	}
	for (unsigned tag = 1; tag < VERB_PARAM_MAX; tag++)
		if (!(declared & VERB_PARAM(tag)) && verb_arg_given(args, verb_param(tag)))
			return no(action, "the settings of this device say that it takes no ", verb_param(tag)->name);
	return ERR_OK;
}

static enum err hook_rails(struct actor *a, struct action *action)
{
	const struct settings_hook *h = settings_hook_find(&a->settings, action->receipt.args.name);

	if (!h)
		return no(action, "the settings of this device declare no such hook", "");
	if (a->starter.socket < 0) {
		snprintf(action->why, sizeof(action->why), "nothing can run programs for the guard; start it anew");
		return ERR_CLOSED;
	}
	return check_arguments(action, h);
}

static enum err hook_apply(struct actor *a, struct action *action)
{
	struct actor_receipt *r = &action->receipt;
	struct starter_result result;
	enum err err;

	if (!action->round) {
		err = starter_submit(&a->starter, &r->args, &action->round);
		return err == ERR_OK ? ERR_BUSY : err;
	}
	err = starter_take(&a->starter, action->round, &result);
	if (err == ERR_CLOSED)
		snprintf(action->why, sizeof(action->why), "what runs programs for the guard ended before it");
	if (err != ERR_OK)
		return err;
	if (result.err != ERR_OK) {
		snprintf(action->why, sizeof(action->why), "it %.*s", ACTION_WHY_MAX - 4, result.text);
		return (enum err)result.err;
	}
	snprintf(r->text, sizeof(r->text), "hook %s %s", r->args.name, result.text);
	return ERR_OK;
}

/* The end of the program was seen by who ran it. */
static enum err hook_verify(struct actor *a, struct action *action)
{
	(void)a;
	(void)action;
	return ERR_OK;
}

const struct action_row hook_row = {
	.verb = VERB_HOOK,
	.budget = ACTION_HOOKS,
	.retry_ms = 1000, /* it is called when a program ends; this is for one that waits until there is room */
	.deadline_ms = LONGEST_MS,
	.rails = hook_rails,
	.apply = hook_apply,
	.verify = hook_verify,
	.means = {&programs_means},
};
