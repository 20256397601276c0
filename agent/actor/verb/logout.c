/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verb `logout`: ends an account's sessions and, but for root, all its processes. SIGKILL at once: whoever broke in
 * could catch anything else. First what a look finds, sshd's root-owned half of each session among it, then all of the
 * user at one moment; then it looks until none is left, and at the SSH keys that they may have put back behind a reset.
 * Nothing to undo.
 */
#include "agent/actor/sys/procs.h"
#include "agent/actor/verb/accounts.h"
#include "agent/actor/verb/act.h"
#include "agent/actor/verb/action_rows.h"
#include "agent/actor/verb/actor.h"
#include "agent/actor/verb/ending.h"

#include <stdio.h>

#define ROUNDS 6      /* of looking and killing before the loop goes on */
#define CLEAN_LOOKS 2 /* a look takes a while, in which a process behind it may start one before it */

static enum err logout_rails(struct actor *a, struct action *action)
{
	struct account account;
	enum err err = accounts_judge(a, action, &account);

	action->uid = account.uid;
	return err;
}

/* The core is spared where it is the account's, so its user is not signalled as a whole. */
static void kill_user(const struct actor *a, const struct action *action)
{
	if (action->uid != a->child.uid)
		procs_kill_user(action->uid);
}

/* Looks, and ends what is there. */
static enum err end_all(const struct actor *a, struct action *action, struct procs_look *look)
{
	const struct procs_query query = {action->receipt.args.account, action->uid, a->child.pid};
	enum err err = procs_sessions(&query, look);

	for (unsigned i = 0; i < look->count && err == ERR_OK; i++) {
		enum err one = ending_add(action, look->rows[i].pid, look->rows[i].start_ticks);

		if (one != ERR_OK && one != ERR_NOT_FOUND && one != ERR_FULL)
			err = one;
	}
	/* sshd's own first: what they would still have started cannot come after this. */
	if (look->count || look->moving)
		kill_user(a, action);
	return err;
}

static enum err logout_apply(struct actor *a, struct action *action)
{
	struct procs_look look;
	enum err err = end_all(a, action, &look);

	if (err == ERR_OK && look.count == 0 && !look.moving)
		action->receipt.result = RECEIPT_ALREADY;
	return err;
}

/* What is said if there is no further round. */
static enum err not_yet(struct action *action, unsigned left, int32_t pid)
{
	struct proc_stat stat = {.name = "?"};

	action->receipt.result = RECEIPT_FAILED;
	if (left == 0) {
		snprintf(action->why, sizeof(action->why), "processes come and go faster than they can be ended");
		return ERR_UNVERIFIED;
	}
	if (procs_stat(pid, &stat) != ERR_OK)
		snprintf(stat.name, sizeof(stat.name), "?");
	snprintf(action->why, sizeof(action->why), "%u processes are left, %d (%.31s) among them", left, (int)pid,
		 stat.name);
	return ERR_UNVERIFIED;
}

static void none_left(struct action *action)
{
	struct actor_receipt *r = &action->receipt;

	if (r->result == RECEIPT_FAILED)
		r->result = r->count || action->keys_again ? RECEIPT_DONE : RECEIPT_ALREADY;
	if (r->result == RECEIPT_DONE)
		snprintf(r->text, sizeof(r->text), "account %s: sessions ended, %u processes, none left%s",
			 r->args.account, (unsigned)r->count,
			 action->keys_again ? "; SSH keys of after its reset set aside" : "");
	else
		snprintf(r->text, sizeof(r->text), "account %s: had no session", r->args.account);
}

/* ERR_BUSY: there were some, by which somebody may have come in since the last look. */
static enum err look_at_keys(struct actor *a, struct action *action)
{
	enum err err = accounts_keys_again(a, action->receipt.args.account);

	if (err == ERR_NOT_FOUND)
		return ERR_OK;
	if (err == ERR_OK) {
		action->keys_again = true;
		action->receipt.result = RECEIPT_DONE;
		return ERR_BUSY;
	}
	action->receipt.result = RECEIPT_FAILED;
	snprintf(action->why, sizeof(action->why), "none is left, but its SSH keys could not be set aside again: %s",
		 err_text(err));
	return ERR_UNVERIFIED;
}

/* None are left when all that were ended are gone and CLEAN_LOOKS looks, one after the other, found nobody. */
static enum err logout_verify(struct actor *a, struct action *action)
{
	struct procs_look look = {0};
	unsigned clean = 0;
	enum err err;

	for (unsigned round = 0; round < ROUNDS && clean < CLEAN_LOOKS; round++) {
		unsigned left = ending_left(action);

		if (left > 0)
			return not_yet(action, left, action->processes[0].pid);
		if (end_all(a, action, &look) != ERR_OK)
			return not_yet(action, look.count, look.count ? look.rows[0].pid : 0);
		if (look.count && action->receipt.result == RECEIPT_ALREADY)
			action->receipt.result = RECEIPT_DONE;
		clean = look.count || look.moving ? 0 : clean + 1;
		err = clean == CLEAN_LOOKS ? look_at_keys(a, action) : ERR_OK;
		if (err == ERR_BUSY)
			clean = 0;
		else if (err != ERR_OK)
			return err;
	}
	if (clean < CLEAN_LOOKS)
		return not_yet(action, look.count, look.count ? look.rows[0].pid : 0);
	none_left(action);
	return ERR_OK;
}

const struct action_row logout_row = {
	.verb = VERB_LOGOUT,
	.budget = ACTION_LOGOUTS,
	.retry_ms = 50,
	.deadline_ms = 1000,
	.rails = logout_rails,
	.apply = logout_apply,
	.verify = logout_verify,
	.means = {&processes_means},
};
