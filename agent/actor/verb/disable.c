/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verbs `disable` and `enable`: a service is down and is not started at boot, until an order. The links that start
 * it at boot are renamed first, so that a power cut in between leaves it off; their places are in the record.
 */
#include "agent/actor/sys/service_boot.h"
#include "agent/actor/verb/act.h"
#include "agent/actor/verb/action_rows.h"
#include "agent/actor/verb/effect.h"
#include "agent/actor/verb/services.h"

#include <stdio.h>
#include <string.h>

static enum err disable_rails(struct actor *a, struct action *action)
{
	struct service_state s;

	return services_judge(a, action, &s);
}

static struct service_boot boot_of(const struct actor *a, const struct service_undo *undo)
{
	struct service_boot boot = {.manager = (uint8_t)a->starter.services, .alone = undo->alone, .starts = true};

	memcpy(boot.place, undo->place, sizeof(boot.place));
	return boot;
}

/* What is there now, and what a record that is in force or a stop has found before. */
static struct service_undo undo_of(struct actor *a, const char *name, const struct service_state *s)
{
	struct service_undo undo = {.alone = s->boot.alone, .port_count = s->port_count}, old;

	undo.ran = service_may_run(s);
	memcpy(undo.ports, s->ports, sizeof(undo.ports));
	memcpy(undo.place, s->boot.place, sizeof(undo.place));
	if (!s->boot.starts)
		memset(undo.place, SERVICE_NO_LINK, sizeof(undo.place));
	if (services_record(a, VERB_STOP, name, &old))
		undo.ran |= old.ran;
	if (!services_record(a, VERB_DISABLE, name, &old))
		return undo;
	undo.ran |= old.ran;
	for (unsigned i = 0; i < SERVICE_LEVELS; i++)
		if (undo.place[i] == SERVICE_NO_LINK)
			undo.place[i] = old.place[i];
	return undo;
}

static enum err switch_off(struct actor *a, struct action *action, const struct service_state *s)
{
	const char *name = action->receipt.args.name;
	struct service_undo undo = undo_of(a, name, s);
	uint8_t bytes[SERVICE_UNDO_MAX];
	struct buf b = buf_over(bytes, sizeof(bytes));
	struct effect_terms terms = {.undo = bytes};
	struct service_boot boot = boot_of(a, &undo);
	bool there = effect_of(a, action) != NULL;
	enum err err;

	service_undo_encode(&b, &undo);
	terms.undo_len = b.len;
	err = effect_note(a, action, &terms);
	if (err != ERR_OK)
		return err;
	err = service_boot_off(name, &s->boot);
	if (err == ERR_OK || there)
		return err;
	snprintf(action->why, sizeof(action->why), "what starts it at boot cannot be renamed: %s", err_text(err));
	if (service_boot_on(name, &boot) == ERR_OK)
		effect_drop(a, effect_of(a, action));
	return err;
}

static enum err disable_apply(struct actor *a, struct action *action)
{
	struct service_state s;
	enum err err;

	if (!action->round) {
		err = services_judge(a, action, &s);
		if (err != ERR_OK)
			return err;
		if (!s.boot.starts && !service_may_run(&s)) {
			action->receipt.result = RECEIPT_ALREADY;
			return ERR_OK;
		}
		err = switch_off(a, action, &s);
		if (err != ERR_OK || !service_may_run(&s))
			return err;
		action->round = 1;
	}
	return services_call(a, VERB_STOP, action->receipt.args.name, action->why);
}

static enum err disable_verify(struct actor *a, struct action *action)
{
	struct actor_receipt *r = &action->receipt;
	struct service_state s;
	enum err err = services_verify(a, action, &s);

	if (err == ERR_OK && s.boot.starts) {
		snprintf(action->why, sizeof(action->why), "something starts it at boot");
		err = ERR_UNVERIFIED;
	}
	if (err != ERR_OK)
		return err;
	snprintf(r->text, sizeof(r->text), "service %s: %s; nothing of it runs or starts it at boot, read back",
		 r->args.name,
		 r->result != RECEIPT_ALREADY ? "disabled"
		 : effect_of(a, action)	      ? "was disabled already"
					      : "was off, not by this guard, which leaves it so");
	return ERR_OK;
}

static enum err disable_revert(struct actor *a, const struct verb_args *args, const struct effect_more *more,
			       char text[ACTION_WHY_MAX])
{
	struct service_undo undo, stopped;
	struct service_boot boot;
	enum err err;

	if (!more || !services_record(a, VERB_DISABLE, args->name, &undo))
		return ERR_NOT_FOUND;
	boot = boot_of(a, &undo);
	err = service_boot_on(args->name, &boot);
	if (err != ERR_OK) {
		snprintf(text, ACTION_WHY_MAX, "what starts it at boot cannot be renamed: %s", err_text(err));
		return err;
	}
	if (undo.ran && !services_record(a, VERB_STOP, args->name, &stopped))
		return services_start(a, args->name, text);
	snprintf(text, ACTION_WHY_MAX, undo.ran ? "it is stopped still" : "it did not run before");
	return ERR_OK;
}

static enum err disable_reconcile(struct actor *a, unsigned *missing)
{
	return services_reconcile(a, VERB_DISABLE, missing);
}

const struct action_row disable_row = {
	.verb = VERB_DISABLE,
	.flags = ACTION_SYNC_BEFORE,
	.budget = ACTION_SERVICES,
	.retry_ms = 200,
	.deadline_ms = 35000,
	.rails = disable_rails,
	.apply = disable_apply,
	.verify = disable_verify,
	.revert = disable_revert,
	.reconcile = disable_reconcile,
	.means = {&programs_means, &services_means},
};

const struct action_row disable_end_row = {
	.verb = VERB_ENABLE,
	.retry_ms = 500,
	.deadline_ms = 35000,
	.rails = effect_undo_rails,
	.apply = effect_undo_apply,
	.verify = effect_undo_verify,
};
