/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verb `logout`: ends an account's sessions and, but for root, all its processes. SIGKILL at once: whoever broke in
 * could catch anything else. New ones may be forked meanwhile, so it looks again until none is left. Nothing to undo.
 */
#include "agent/actor/sys/account.h"
#include "agent/actor/verb/act.h"
#include "agent/actor/verb/action_rows.h"
#include "agent/actor/verb/actor.h"
#include "agent/actor/verb/ending.h"
#include "agent/actor/sys/procs.h"

#include <stdio.h>

#define ROUNDS 4	/* of looking and killing before the loop goes on */

static enum err logout_rails(struct actor *a, struct action *action)
{
	struct actor_receipt *r = &action->receipt;
	struct account account;
	enum err err = account_find(&a->settings, r->args.account, &account);

	if (err == ERR_NOT_FOUND)
		snprintf(action->why, sizeof(action->why), "there is no such account in %.60s", account.passwd);
	if (err != ERR_OK) {
		r->result = RECEIPT_FAILED;
		return err;
	}
	action->uid = account.uid;
	account.rails.verb = r->args.verb;
	account.rails.origin = r->origin;
	return rails_account(&a->settings, &account.rails, action->why);
}

/*
 * Ends what is there now; how many that were. Later looks need no titles: a session that begins meanwhile has a process
 * of the user, and sshd's root-owned half of it ends with that.
 */
static enum err end_all(const struct actor *a, struct action *action, unsigned *count)
{
	const struct procs_query query = {action->receipt.args.account, action->uid, a->child.pid,
					  action->phase == ACTION_VERIFY};
	const struct procs_row *rows;
	enum err err = procs_sessions(&query, &rows, count);

	for (unsigned i = 0; i < *count && err == ERR_OK; i++) {
		enum err one = ending_add(action, rows[i].pid, rows[i].start_ticks);

		if (one != ERR_OK && one != ERR_NOT_FOUND && one != ERR_FULL)
			err = one;
	}
	return err;
}

static enum err logout_apply(struct actor *a, struct action *action)
{
	unsigned count;
	enum err err = end_all(a, action, &count);

	if (err == ERR_OK && count == 0)
		action->receipt.result = RECEIPT_ALREADY;
	return err;
}

static enum err logout_verify(struct actor *a, struct action *action)
{
	struct actor_receipt *r = &action->receipt;
	unsigned count = 1;

	for (unsigned round = 0; round < ROUNDS; round++) {
		enum err err;

		if (r->result != RECEIPT_ALREADY && ending_left(action) > 0)
			return ERR_UNVERIFIED;
		/* Nothing was there and nothing is: the first look was the proof. */
		if (r->result == RECEIPT_ALREADY)
			count = 0;
		err = count ? end_all(a, action, &count) : ERR_OK;
		if (err != ERR_OK)
			return ERR_UNVERIFIED;
		if (count == 0) {
			snprintf(r->text, sizeof(r->text),
				 r->count ? "account %s: sessions ended, %u processes, none left"
					  : "account %s: had no session",
				 r->args.account, (unsigned)r->count);
			return ERR_OK;
		}
	}
	return ERR_UNVERIFIED;
}

const struct action_row logout_row = {
	.verb = VERB_LOGOUT,
	.budget = ACTION_LOGOUTS,
	.signatures = 1,
	.retry_ms = 50,
	.deadline_ms = 1000,
	.infinitive = "end the sessions of",
	.rails = logout_rails,
	.apply = logout_apply,
	.verify = logout_verify,
};
