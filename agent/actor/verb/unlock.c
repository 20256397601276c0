/* SPDX-License-Identifier: Apache-2.0 */
/* The verb `unlock`: ends a lock that the ledger knows of. What it takes back, and how, is lock.c's. */
#include "agent/actor/verb/action_rows.h"
#include "agent/actor/verb/effect.h"

const struct action_row unlock_row = {
	.verb = VERB_UNLOCK,
	.retry_ms = 50,
	.deadline_ms = 1000,
	.rails = effect_undo_rails,
	.apply = effect_undo_apply,
	.verify = effect_undo_verify,
	.means = {&accounts_means},
};
