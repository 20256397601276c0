/* SPDX-License-Identifier: Apache-2.0 */
/* The verb `unban`: out of the kernel first, then out of the journal, so that a crash between leaves less, not more. */
#include "agent/actor/verb/act.h"
#include "agent/actor/verb/action_rows.h"
#include "agent/actor/verb/actor.h"
#include "agent/base/clock.h"

#include <stdio.h>

static enum err unban_rails(struct actor *a, struct action *action)
{
	enum nft_set set;

	(void)a;
	if (nft_set_of(&action->receipt.args.addr, &set))
		return ERR_OK;
	snprintf(action->why, sizeof(action->why), "nothing of that prefix length can be banned");
	return ERR_UNSUPPORTED;
}

static enum err unban_apply(struct actor *a, struct action *action)
{
	struct actor_receipt *r = &action->receipt;
	struct journal_record record = {.kind = JOURNAL_UNBAN, .addr = r->args.addr};
	struct ban *ban = bans_find(&a->bans, &r->args.addr);
	enum err err = nft_remove(&a->nft, &r->args.addr);

	if (err != ERR_OK && err != ERR_NOT_FOUND) {
		snprintf(action->why, sizeof(action->why), "the kernel says: %s", err_text(err));
		return err;
	}
	if (err == ERR_NOT_FOUND && !ban)
		r->result = RECEIPT_ALREADY;
	if (!ban)
		return ERR_OK;
	bans_remove(&a->bans, ban);
	actor_note_journal(a, journal_append(&a->journal, &record));
	if (a->journal.state == ERR_OK)
		r->journaled_us = clock_mono_us();
	return ERR_OK;
}

static enum err unban_verify(struct actor *a, struct action *action)
{
	struct actor_receipt *r = &action->receipt;
	char target[64];
	uint64_t left_ms;

	if (nft_find(&a->nft, &r->args.addr, &left_ms) != ERR_NOT_FOUND)
		return ERR_UNVERIFIED;
	snprintf(r->text, sizeof(r->text), r->result == RECEIPT_ALREADY ? "%s was not banned" : "unbanned %s",
		 act_target(&r->args, target));
	return ERR_OK;
}

const struct action_row unban_row = {
	.verb = VERB_UNBAN,
	.flags = ACTION_NEEDS_FIREWALL,
	.rails = unban_rails,
	.apply = unban_apply,
	.verify = unban_verify,
};
