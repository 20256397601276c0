/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verb `maintain`: for a while changes of files are told of as those of somebody who was asked to make them, and no
 * rule judges them. It is an effect as all others are: in the ledger and the journal, and at an end by itself.
 */
#include "agent/actor/lookout/lookout.h"
#include "agent/actor/lookout/lookout_update.h"
#include "agent/actor/verb/action_rows.h"
#include "agent/actor/verb/effect.h"
#include "agent/base/clock.h"

#include <stdio.h>

#define LONGEST_S (8u * 3600)

static void set(bool on)
{
	lookout_update_maintain(on);
	lookout_wake();
}

static enum err maintain_rails(struct actor *a, struct action *action)
{
	if (!a->settings.file_watch) {
		snprintf(action->why, sizeof(action->why), "[files] is not enabled in the settings of this device");
		return ERR_UNSUPPORTED;
	}
	if (action->receipt.args.duration_s > LONGEST_S) {
		snprintf(action->why, sizeof(action->why), "a window lasts at most %u minutes", LONGEST_S / 60);
		return ERR_INVALID;
	}
	return ERR_OK;
}

/* One that is open gets another end. */
static enum err maintain_apply(struct actor *a, struct action *action)
{
	struct actor_receipt *r = &action->receipt;
	const struct effect_terms terms = {.duration_s = r->args.duration_s};
	enum err err = effect_note(a, action, &terms);

	if (err != ERR_OK)
		return err;
	set(true);
	snprintf(r->text, sizeof(r->text), "changes of files raise no alert for %u minutes",
		 (unsigned)(r->args.duration_s + 59) / 60);
	return ERR_OK;
}

static enum err maintain_verify(struct actor *a, struct action *action)
{
	return effect_of(a, action) && lookout_update_maintained() ? ERR_OK : ERR_UNVERIFIED;
}

static enum err maintain_revert(struct actor *a, const struct verb_args *args, const struct effect_more *more,
				char text[ACTION_WHY_MAX])
{
	(void)a;
	(void)args;
	set(false);
	snprintf(text, ACTION_WHY_MAX, "changes of files raise alerts again");
	return more ? ERR_OK : ERR_NOT_FOUND;
}

static enum err maintain_reconcile(struct actor *a, unsigned *missing)
{
	int64_t now_us = clock_mono_us();
	bool open = false;

	for (unsigned i = 0; i < a->ledger.count && !open; i++)
		open = a->ledger.rows[i].verb == VERB_MAINTAIN && ledger_end_us(&a->ledger.rows[i]) > now_us;
	*missing += open && !lookout_update_maintained();
	set(open);
	return ERR_OK;
}

const struct action_row maintain_row = {
	.verb = VERB_MAINTAIN,
	.flags = ACTION_NEEDS_EXPIRY,
	.budget = ACTION_MAINTENANCES,
	.rails = maintain_rails,
	.apply = maintain_apply,
	.verify = maintain_verify,
	.revert = maintain_revert,
	.reconcile = maintain_reconcile,
};
