/* SPDX-License-Identifier: Apache-2.0 */
/* The verb `kill`: one process, held by its pidfd from the look to the proof. Nothing to undo or to record. */
#include "agent/actor/verb/act.h"
#include "agent/actor/verb/action_rows.h"
#include "agent/actor/verb/actor.h"
#include "agent/actor/verb/ending.h"
#include "agent/actor/verb/processes.h"

#include <stdio.h>

static enum err kill_apply(struct actor *a, struct action *action)
{
	const struct verb_args *args = &action->receipt.args;
	enum err err = ending_add(action, args->pid, args->start_ticks);

	(void)a;
	if (err == ERR_NOT_FOUND) {
		action->receipt.result = RECEIPT_ALREADY;
		return ERR_OK;
	}
	return err;
}

static enum err kill_verify(struct actor *a, struct action *action)
{
	struct actor_receipt *r = &action->receipt;

	(void)a;
	if (ending_left(action) > 0)
		return ERR_UNVERIFIED;
	snprintf(r->text, sizeof(r->text), "process %d %s", (int)r->args.pid,
		 r->result == RECEIPT_ALREADY ? "had ended already" : "killed; it is gone");
	return ERR_OK;
}

const struct action_row kill_row = {
	.verb = VERB_KILL,
	.retry_ms = 20,
	.deadline_ms = 500,
	.rails = processes_judge,
	.apply = kill_apply,
	.verify = kill_verify,
	.means = {&processes_means},
};
