/* SPDX-License-Identifier: Apache-2.0 */
/* The verb `resume`: ends a suspension of this guard; what others stopped it leaves alone. */
#include "agent/actor/verb/action_rows.h"
#include "agent/actor/verb/actor.h"
#include "agent/actor/verb/effect.h"

#include <stdio.h>

static enum err resume_rails(struct actor *a, struct action *action)
{
	struct verb_args args = action->receipt.args;
	struct effect *e;

	args.verb = VERB_SUSPEND;
	e = ledger_find(&a->ledger, &args);
	if (!e || args.start_ticks == 0 || ledger_more(&a->ledger, e)->args.start_ticks == args.start_ticks)
		return ERR_OK;
	snprintf(action->why, sizeof(action->why),
		 "the process of that number that is suspended started at another time");
	return ERR_NOT_FOUND;
}

const struct action_row resume_row = {
	.verb = VERB_RESUME,
	.retry_ms = 20,
	.deadline_ms = 500,
	.rails = resume_rails,
	.apply = effect_undo_apply,
	.verify = effect_undo_verify,
	.means = {&processes_means},
};
