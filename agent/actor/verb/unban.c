/* SPDX-License-Identifier: Apache-2.0 */
/* The verb `unban`: ends a ban, also one that the ledger does not know of, and reads back that it is gone. */
#include "agent/actor/verb/act.h"
#include "agent/actor/verb/action_rows.h"
#include "agent/actor/verb/actor.h"
#include "agent/actor/verb/effect.h"

#include <stdio.h>

static enum err unban_rails(struct actor *a, struct action *action)
{
	enum ban_set set;

	(void)a;
	if (ban_set_of(&action->receipt.args.addr, &set))
		return ERR_OK;
	snprintf(action->why, sizeof(action->why), "nothing of that prefix length can be banned");
	return ERR_UNSUPPORTED;
}

static enum err unban_verify(struct actor *a, struct action *action)
{
	struct actor_receipt *r = &action->receipt;
	char target[64];
	uint64_t left_ms;

	if (netfilter_find(&a->netfilter, &r->args.addr, &left_ms) != ERR_NOT_FOUND)
		return ERR_UNVERIFIED;
	act_target(&r->args, target);
	if (r->result == RECEIPT_ALREADY)
		snprintf(r->text, sizeof(r->text), "%s was not banned", target);
	else
		snprintf(r->text, sizeof(r->text), "unbanned %s%s", target,
			 a->journal.state == ERR_OK ? "" : "; not in the journal");
	return ERR_OK;
}

const struct action_row unban_row = {
	.verb = VERB_UNBAN,
	.flags = ACTION_NEEDS_FIREWALL,
	.rails = unban_rails,
	.apply = effect_undo_apply,
	.verify = unban_verify,
	.means = {&firewall_means},
};
