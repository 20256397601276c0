/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verbs `stop` and `start`: a service is down, as the service manager brings it down, until a time or an order.
 * What is proven is that nothing of it runs and that the ports on which it listened are closed.
 */
#include "agent/actor/verb/act.h"
#include "agent/actor/verb/action_rows.h"
#include "agent/actor/verb/effect.h"
#include "agent/actor/verb/services.h"

#include <stdio.h>
#include <string.h>

static enum err stop_rails(struct actor *a, struct action *action)
{
	struct service_state s;

	return services_judge(a, action, &s);
}

static enum err note(struct actor *a, struct action *action, const struct service_undo *undo)
{
	uint32_t duration_s = action->receipt.args.duration_s;
	uint8_t bytes[SERVICE_UNDO_MAX];
	struct buf b = buf_over(bytes, sizeof(bytes));
	struct effect_terms terms = {.duration_s = duration_s == VERB_FOREVER ? 0 : duration_s, .undo = bytes};

	service_undo_encode(&b, undo);
	terms.undo_len = b.len;
	return effect_note(a, action, &terms);
}

/* One that is in force keeps its record, which says that it ran, and the later of both ends. false: nothing is to do.
 */
static bool is_longer(const struct effect *e, struct actor_receipt *r)
{
	if (ledger_end_us(e) != INT64_MAX)
		return r->args.duration_s == VERB_FOREVER || !effect_lasts(e, r);
	r->result = RECEIPT_ALREADY;
	return false;
}

static enum err begin(struct actor *a, struct action *action, bool *down)
{
	struct actor_receipt *r = &action->receipt;
	const struct effect *e = effect_of(a, action);
	struct service_undo undo = {.ran = true};
	struct service_state s;
	enum err err = services_judge(a, action, &s);

	if (err != ERR_OK)
		return err;
	*down = !service_may_run(&s);
	if (!e && *down) {
		r->result = RECEIPT_ALREADY;
		return ERR_OK;
	}
	undo.port_count = s.port_count;
	memcpy(undo.ports, s.ports, sizeof(undo.ports));
	if (e && *down && !services_record(a, VERB_STOP, r->args.name, &undo))
		return ERR_INVALID;
	if (!e || is_longer(e, r))
		return note(a, action, &undo);
	if (!*down)
		r->result = RECEIPT_DONE;
	return ERR_OK;
}

static enum err stop_apply(struct actor *a, struct action *action)
{
	bool down = false;
	enum err err;

	if (!action->round) {
		err = begin(a, action, &down);
		if (err != ERR_OK || down)
			return err;
		action->round = 1;
	}
	err = services_call(a, VERB_STOP, action->receipt.args.name, action->why);
	if (err == ERR_OK || err == ERR_BUSY)
		return err;
	/* It was never called. */
	effect_drop(a, effect_of(a, action));
	return err;
}

static enum err stop_verify(struct actor *a, struct action *action)
{
	struct actor_receipt *r = &action->receipt;
	struct service_state s;
	enum err err = services_verify(a, action, &s);

	if (err != ERR_OK)
		return err;
	snprintf(r->text, sizeof(r->text), "service %s: %s; nothing of it runs, read back", r->args.name,
		 r->result != RECEIPT_ALREADY ? "stopped"
		 : effect_of(a, action)	      ? "was stopped already, and for longer"
					      : "did not run, not by this guard, which leaves it so");
	return ERR_OK;
}

static enum err stop_revert(struct actor *a, const struct verb_args *args, const struct effect_more *more,
			    char text[ACTION_WHY_MAX])
{
	struct service_undo undo;

	if (!more)
		return ERR_NOT_FOUND;
	if (!services_record(a, VERB_DISABLE, args->name, &undo))
		return services_start(a, args->name, text);
	snprintf(text, ACTION_WHY_MAX, "it stays down, because it is disabled");
	return ERR_OK;
}

static enum err stop_reconcile(struct actor *a, unsigned *missing)
{
	return services_reconcile(a, VERB_STOP, missing);
}

const struct action_row stop_row = {
	.verb = VERB_STOP,
	.flags = ACTION_NEEDS_EXPIRY | ACTION_SYNC_BEFORE,
	.budget = ACTION_SERVICES,
	.retry_ms = 200,
	.deadline_ms = 35000,
	.rails = stop_rails,
	.apply = stop_apply,
	.verify = stop_verify,
	.revert = stop_revert,
	.reconcile = stop_reconcile,
	.means = {&programs_means, &services_means},
};

const struct action_row stop_end_row = {
	.verb = VERB_START,
	.retry_ms = 500,
	.deadline_ms = 35000,
	.rails = effect_undo_rails,
	.apply = effect_undo_apply,
	.verify = effect_undo_verify,
};
