/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verb `audit`: a whole round of the audit, begun when the one that is under way is over. What it finds goes to the
 * core, as in all rounds; the receipt says how much it is.
 */
#include "agent/actor/sys/exposure_open.h"
#include "agent/actor/verb/action_rows.h"
#include "agent/actor/verb/actor.h"

#include <stdio.h>

static enum err audit_rails(struct actor *a, struct action *action)
{
	if (a->settings.exposure)
		return ERR_OK;
	snprintf(action->why, sizeof(action->why), "[exposure] is not enabled in the settings of this device");
	return ERR_UNSUPPORTED;
}

static enum err audit_apply(struct actor *a, struct action *action)
{
	enum err err = exposure_open_round(a->child.fds[CORE_FD_SETTINGS], true, &action->round);

	if (err == ERR_BUSY)
		snprintf(action->why, sizeof(action->why), "another round is not over");
	else if (err != ERR_OK)
		snprintf(action->why, sizeof(action->why), "it cannot be begun: %s", err_text(err));
	return err;
}

static enum err audit_verify(struct actor *a, struct action *action)
{
	struct actor_receipt *r = &action->receipt;
	unsigned findings = 0;
	enum err err = exposure_open_result(action->round, &findings);

	(void)a;
	if (err == ERR_BUSY)
		snprintf(action->why, sizeof(action->why), "it is not over");
	else if (err != ERR_OK)
		snprintf(action->why, sizeof(action->why), "it did not come to its end");
	if (err != ERR_OK)
		return err;
	r->count = findings;
	if (findings == 0)
		snprintf(r->text, sizeof(r->text), "audited: nothing is at risk");
	else
		snprintf(r->text, sizeof(r->text), "audited: %u%s at risk", findings,
			 findings == EXPOSURE_FINDINGS_MAX ? " or more are"
			 : findings == 1		   ? " thing is"
							   : " things are");
	return ERR_OK;
}

const struct action_row audit_row = {
	.verb = VERB_AUDIT,
	.retry_ms = 10000, /* it is called when a round ends; this is for safety */
	.deadline_ms = 240000,
	.rails = audit_rails,
	.apply = audit_apply,
	.verify = audit_verify,
};
