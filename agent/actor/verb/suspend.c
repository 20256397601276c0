/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verb `suspend`: the look of sys/freeze.c becomes the undo record of an effect, which is on the disk before any
 * process is stopped. The receipt names the process by its start time, too. Whoever may signal a process may continue
 * it, so suspension.c looks again.
 */
#include "agent/actor/verb/suspension.h"

#include "agent/actor/sys/freeze.h"
#include "agent/actor/sys/freeze_tree.h"
#include "agent/actor/verb/act.h"
#include "agent/actor/verb/action_rows.h"
#include "agent/actor/verb/effect.h"
#include "agent/actor/verb/processes.h"
#include "agent/base/clock.h"

#include <stdio.h>
#include <string.h>

#define WORTH_EXTENDING_US SECOND_US

static void say(char why[ACTION_WHY_MAX], const char *text)
{
	snprintf(why, ACTION_WHY_MAX, "%.*s", ACTION_WHY_MAX - 1, text);
}

/* -- the effect of this process that is in force -- */

/* NULL: none, or one of another process that had the number before. */
static struct effect *own_effect(struct actor *a, const struct action *action)
{
	struct effect *e = effect_of(a, action);

	return e && ledger_more(&a->ledger, e)->args.start_ticks == action->receipt.args.start_ticks ? e : NULL;
}

static bool is_over(struct actor *a, const struct effect *e)
{
	struct freeze_undo undo;

	if (suspension_record(ledger_more(&a->ledger, e), &undo) != ERR_OK)
		return true;
	for (unsigned i = 0; i < undo.count; i++)
		if (freeze_tree_state(&undo.rows[i]) != '\0')
			return false;
	return true;
}

/* -- the steps of suspend -- */

static enum err look(struct actor *a, struct action *action, struct freeze_undo *undo)
{
	struct freeze_job job = suspension_job(a, &action->receipt.args);
	char text[FREEZE_TEXT_MAX];
	enum err err = freeze_look(&job, undo, text);

	if (err != ERR_OK && err != ERR_EXISTS)
		say(action->why, text);
	return err;
}

static enum err suspend_rails(struct actor *a, struct action *action)
{
	struct freeze_undo undo;
	struct effect *e;
	enum err err = look(a, action, &undo);

	if (err != ERR_OK && err != ERR_EXISTS)
		return err;
	if (processes_is_another(action, undo.rows[0].start_ticks))
		return processes_no_such(action);
	action->receipt.args.start_ticks = undo.rows[0].start_ticks;
	e = effect_of(a, action);
	if (!e || own_effect(a, action) || is_over(a, e))
		return ERR_OK;
	say(action->why, "what an ended process of that number started is suspended still; resume that first");
	return ERR_EXISTS;
}

/* What is in force and lasts longer is not shortened; it may still get a tree. false: nothing is to be noted. */
static bool widen(struct actor *a, struct action *action, const struct effect *e)
{
	struct verb_args *args = &action->receipt.args;
	struct now now = clock_now();
	int64_t end_us = ledger_end_us(e), left_us = end_us - now.mono_us;
	bool wider = args->tree && !ledger_more(&a->ledger, e)->args.tree;

	args->tree |= ledger_more(&a->ledger, e)->args.tree;
	if (end_us != INT64_MAX &&
	    (args->duration_s == VERB_FOREVER || (int64_t)args->duration_s * SECOND_US > left_us + WORTH_EXTENDING_US))
		return true;
	args->duration_s = end_us == INT64_MAX ? VERB_FOREVER : (uint32_t)(left_us / SECOND_US + 1);
	if (wider)
		return true;
	action->receipt.result = RECEIPT_ALREADY;
	action->receipt.expires_wall_us = end_us == INT64_MAX ? 0 : now.wall_us + left_us;
	return false;
}

static enum err note(struct actor *a, struct action *action, const struct freeze_undo *undo)
{
	uint8_t bytes[FREEZE_UNDO_MAX];
	struct buf b = buf_over(bytes, sizeof(bytes));
	uint32_t duration_s = action->receipt.args.duration_s;
	struct effect_terms terms = {.duration_s = duration_s == VERB_FOREVER ? 0 : duration_s, .undo = bytes};

	freeze_undo_encode(&b, undo);
	terms.undo_len = b.len;
	return effect_note(a, action, &terms);
}

/* Stop what is not stopped yet. An error but ERR_BUSY: everything was resumed, and the effect is gone. */
static enum err hold(struct actor *a, struct action *action)
{
	char text[FREEZE_TEXT_MAX] = "";
	enum err err = suspension_hold(a, effect_of(a, action), text, &action->receipt.count);

	say(action->why, text);
	if (err == ERR_OK || err == ERR_BUSY)
		return err;
	effect_drop(a, effect_of(a, action));
	action->receipt.result = RECEIPT_FAILED;
	return err;
}

static enum err suspend_apply(struct actor *a, struct action *action)
{
	struct freeze_undo undo;
	struct effect *old = effect_of(a, action), *own = own_effect(a, action);
	enum err seen = look(a, action, &undo), err = ERR_OK;

	if (seen != ERR_OK && seen != ERR_EXISTS)
		return seen;
	if (old && !own)
		effect_over(a, old, "all of it has ended");
	if (own && !widen(a, action, own))
		return ERR_OK;
	if (!own && seen == ERR_EXISTS) {
		action->receipt.result = RECEIPT_ALREADY;
		return ERR_OK;
	}
	if (own)
		err = suspension_record(ledger_more(&a->ledger, own), &undo);
	if (err == ERR_OK)
		err = note(a, action, &undo);
	if (err == ERR_OK)
		err = hold(a, action);
	/* The rest is for the read-back, which waits. */
	return err == ERR_BUSY ? ERR_OK : err;
}

static enum err suspend_verify(struct actor *a, struct action *action)
{
	struct actor_receipt *r = &action->receipt;
	char target[64];
	enum err err;

	if (!effect_of(a, action)) {
		struct freeze_undo undo;

		err = look(a, action, &undo);
		snprintf(r->text, sizeof(r->text), "%s is stopped already, not by this guard, which leaves it so",
			 act_target(&r->args, target));
		return err == ERR_EXISTS ? ERR_OK : ERR_UNVERIFIED;
	}
	err = hold(a, action);
	if (err != ERR_OK)
		return err == ERR_BUSY ? ERR_UNVERIFIED : err;
	snprintf(r->text, sizeof(r->text), "%s %s: %s; read back",
		 r->result == RECEIPT_ALREADY ? "already suspended:" : "suspended", act_target(&r->args, target),
		 action->why);
	return ERR_OK;
}

static enum err suspend_revert(struct actor *a, const struct verb_args *args, const struct effect_more *more,
			       char text[ACTION_WHY_MAX])
{
	struct freeze_undo undo;
	char said[FREEZE_TEXT_MAX] = "";
	enum err err;

	(void)args;
	if (!more)
		return ERR_NOT_FOUND;
	if (suspension_record(more, &undo) != ERR_OK) {
		say(text, "its record cannot be read, so nothing was resumed");
		return ERR_NOT_FOUND;
	}
	err = freeze_resume(&undo, suspension_boot(a), said);
	say(text, said);
	return err;
}

const struct action_row suspend_row = {
	.verb = VERB_SUSPEND,
	.flags = ACTION_NEEDS_EXPIRY | ACTION_SYNC_BEFORE,
	.retry_ms = 20,
	.deadline_ms = 1000,
	.rails = suspend_rails,
	.apply = suspend_apply,
	.verify = suspend_verify,
	.revert = suspend_revert,
	.reconcile = suspension_reconcile,
	.means = {&processes_means, &suspension_means},
};
