/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of every verb that undoes another; see effect.h. */
#include "agent/actor/verb/effect.h"

#include "agent/actor/verb/act.h"
#include "agent/base/clock.h"

#include <stdio.h>
#include <string.h>

/* The arguments of what an undoing verb undoes. */
static struct verb_args undone_args(const struct action *action)
{
	struct verb_args args = action->receipt.args;

	args.verb = verb_row(args.verb)->undoes;
	return args;
}

enum err effect_undo_rails(struct actor *a, struct action *action)
{
	(void)a;
	(void)action;
	return ERR_OK;
}

enum err effect_undo_apply(struct actor *a, struct action *action)
{
	struct actor_receipt *r = &action->receipt;
	struct verb_args args = undone_args(action);
	const struct action_row *row = act_row(a, args.verb);
	struct effect *e = ledger_find(&a->ledger, &args);
	char target[64], text[ACTION_WHY_MAX] = "";
	enum err err = ERR_NOT_FOUND;

	if (e)
		args = ledger_args(&a->ledger, e);
	if (e || verb_what(&args) == NULL || ledger_is_plain(args.verb))
		err = row->revert(a, &args, e ? ledger_more(&a->ledger, e) : NULL, text);
	if (err != ERR_OK && err != ERR_NOT_FOUND) {
		snprintf(action->why, sizeof(action->why), "%s", text[0] ? text : err_text(err));
		return err;
	}
	if (err == ERR_NOT_FOUND && !e)
		r->result = RECEIPT_ALREADY;
	if (e) {
		effect_drop(a, e);
		if (a->journal.state == ERR_OK)
			r->journaled_us = clock_mono_us();
	}
	snprintf(r->text, sizeof(r->text), "%s: %s%s%s", act_target(&r->args, target),
		 r->result == RECEIPT_ALREADY ? "there was nothing to take back" : verb_row(r->args.verb)->past,
		 text[0] ? "; " : "", text);
	return ERR_OK;
}

enum err effect_undo_verify(struct actor *a, struct action *action)
{
	struct verb_args args = undone_args(action);

	return ledger_find(&a->ledger, &args) ? ERR_UNVERIFIED : ERR_OK;
}
