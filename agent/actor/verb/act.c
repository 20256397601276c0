/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The dispatcher: rails, budget, apply, verify, receipt, in that order for every verb. It knows rows, no verb; it never
 * waits: a step that has to is called again by the loop.
 */
#include "agent/actor/verb/act.h"

#include "agent/actor/rails/policy.h"
#include "agent/actor/verb/actor.h"
#include "agent/actor/verb/ending.h"
#include "agent/base/clock.h"

#include <stdio.h>
#include <string.h>

const char *act_target(const struct verb_args *args, char text[static 64])
{
	const struct verb_param *what = verb_what(args);
	struct buf b = buf_over(text, 63);

	if (!what)
		return "this device";
	if (!verb_arg_given(args, what))
		return "what is not named";
	if (what->type == VERB_TYPE_ACCOUNT)
		buf_text(&b, "account ");
	else if (what->type == VERB_TYPE_PID)
		buf_text(&b, "process ");
	/* Of a long path its end, which says more than its beginning. */
	if (what->type == VERB_TYPE_PATH && strlen(args->path) > 62)
		buf_printf(&b, "...%s", args->path + strlen(args->path) - 59);
	else
		verb_arg_put(&b, args, what);
	text[b.len] = '\0';
	return text;
}

const char *act_duration(uint32_t seconds, char text[static 16])
{
	static const struct {
		uint32_t seconds;
		const char *name;
	} units[] = {{86400, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}};
	unsigned i = 0;

	/* The largest unit that says it exactly, days only from two on. */
	while (i < 3 && (seconds % units[i].seconds != 0 || seconds / units[i].seconds < (i == 0 ? 2 : 1)))
		i++;
	snprintf(text, 16, "%u %s", (unsigned)(seconds / units[i].seconds), units[i].name);
	return text;
}

const struct action_row *act_row(const struct actor *a, uint16_t verb)
{
	for (const struct action_row *const *row = a->rows; *row; row++)
		if ((*row)->verb == verb)
			return *row;
	return NULL;
}

/* The receipt that a request will have, as far as it is known. */
static void receipt_begin(struct actor_receipt *r, const struct act_request *q)
{
	memset(r, 0, sizeof(*r));
	r->header.request_id = q->request_id;
	r->origin = q->origin;
	r->result = RECEIPT_REFUSED;
	memcpy(r->rule, q->rule, sizeof(r->rule));
	memcpy(r->incident, q->incident, sizeof(r->incident));
	memcpy(r->order_id, q->order_id, sizeof(r->order_id));
	r->step = q->step;
	r->steps = q->steps;
	r->args = q->args;
	r->cause_us = q->cause_us;
	r->decided_us = q->decided_us;
	r->received_us = q->received_us;
}

void act_send(struct actor *a, struct actor_receipt *r)
{
	union actor_message m;

	verb_args_veil(&r->args);
	r->header.version = MESSAGE_VERSION;
	r->header.type = ACTOR_RECEIPT;
	r->header.length = sizeof(*r);
	if (r->result == RECEIPT_REFUSED)
		a->health.refused++;
	if ((r->origin == ORIGIN_ORDER || r->origin == ORIGIN_PLAYBOOK) && r->step == 0)
		r->outcome = r->result;
	if (IS_ENABLED(CONFIG_UPLINK)) {
		proof_send(a, r);
		return;
	}
	memset(&m, 0, sizeof(m));
	m.receipt = *r;
	actor_send(a, &m);
}

/* "refused to ban 192.0.2.1: never_ban covers 192.0.2.0/24" and its like. */
static void say_no(struct actor_receipt *r, const char *how, const char *verb, const char *why)
{
	char target[64];

	snprintf(r->text, sizeof(r->text), "%s %s %s: %s", how, verb, act_target(&r->args, target),
		 why[0] ? why : err_text((enum err)r->err));
}

void act_refuse(struct actor *a, const struct act_request *request, enum err err, const char *why)
{
	const struct verb_row *verb = verb_row(request->args.verb);
	struct actor_receipt r;

	receipt_begin(&r, request);
	r.err = (uint8_t)err;
	if (verb)
		say_no(&r, "refused to", verb->phrase, why);
	else
		snprintf(r.text, sizeof(r.text), "refused: %s", why);
	verb_args_veil(&r.args);
	if (request->note)
		request->note(a, &r);
	act_send(a, &r);
}

/* Ends the action and frees its place. */
static void finish(struct actor *a, struct action *action, enum err err)
{
	struct actor_receipt *r = &action->receipt;

	r->err = (uint8_t)err;
	if (err != ERR_OK && r->result == RECEIPT_DONE && err != ERR_UNVERIFIED)
		r->result = RECEIPT_FAILED;
	if (err == ERR_UNVERIFIED && !action->why[0])
		snprintf(action->why, sizeof(action->why), "%s", err_text(err));
	if (r->result == RECEIPT_REFUSED)
		say_no(r, "refused to", verb_row(action->row->verb)->phrase, action->why);
	else if (err != ERR_OK)
		say_no(r, r->result == RECEIPT_FAILED ? "could not" : "tried to", verb_row(action->row->verb)->phrase,
		       action->why);
	verb_args_veil(&r->args);
	if (action->note)
		action->note(a, r);
	act_send(a, r);
	ending_forget(action);
	action->row = NULL;
}

/* What an effect in force would make void is not done, or it would be said to be done and be undone silently. */
static enum err check_spoilers(struct actor *a, struct action *action)
{
	struct verb_args args = action->receipt.args;

	for (uint16_t i = 1; i < VERB_MAX; i++) {
		if (verb_row(i)->spoils != action->receipt.args.verb)
			continue;
		args.verb = i;
		if (!ledger_find(&a->ledger, &args))
			continue;
		action->receipt.result = RECEIPT_REFUSED;
		snprintf(action->why, sizeof(action->why), "void while the guard's %s of it is in force; %s it first",
			 verb_name(i), verb_undoer(i)->name);
		return ERR_PROTECTED;
	}
	return ERR_OK;
}

static enum err step(struct actor *a, struct action *action)
{
	struct actor_receipt *r = &action->receipt;
	enum err err;

	if (action->phase == ACTION_APPLY) {
		/* Again, because one may have begun while this waited. */
		err = check_spoilers(a, action);
		if (err == ERR_OK)
			err = action->row->apply(a, action);
		if (err != ERR_OK)
			return err;
		r->acted_us = clock_mono_us();
		action->phase = ACTION_VERIFY;
		action->tried = false;
	}
	err = action->row->verify(a, action);
	if (err == ERR_OK && !(action->row->flags & ACTION_PROVEN_LATER)) {
		r->verified = 1;
		r->verified_us = clock_mono_us();
	}
	return err;
}

/* Steps until something has to wait or all is done. */
static void go_on(struct actor *a, struct action *action)
{
	enum err err = step(a, action);

	action->tried = true;
	if (err == ERR_BUSY || (err == ERR_UNVERIFIED && action->row->deadline_ms > 0)) {
		uint32_t deadline_ms = action->deadline_ms ? action->deadline_ms : action->row->deadline_ms;
		uint32_t retry_ms = action->retry_ms ? action->retry_ms : action->row->retry_ms;
		int64_t now_us = clock_mono_us();

		if (action->deadline_us == 0)
			action->deadline_us = now_us + deadline_ms * MS_US;
		if (now_us < action->deadline_us) {
			action->again_us = now_us + retry_ms * MS_US;
			return;
		}
	}
	finish(a, action, err);
}

static enum err spend_budget(struct actor *a, const struct action_row *row, const struct act_request *q)
{
	if (q->origin == ORIGIN_ORDER || q->origin == ORIGIN_IMMUNITY || row->budget == ACTION_FREE)
		return ERR_OK;
	return budget_spend(&a->budgets[row->budget], clock_mono_us()) ? ERR_OK : ERR_BUDGET;
}

static struct action *free_place(struct actor *a)
{
	for (unsigned i = 0; i < ACTOR_ACTIONS_MAX; i++)
		if (!a->actions[i].row)
			return &a->actions[i];
	return NULL;
}

/* What the row says that it cannot do without. */
static enum err find_means(const struct actor *a, struct action *action)
{
	if ((action->row->flags & ACTION_NEEDS_FIREWALL) && a->firewall != ERR_OK) {
		snprintf(action->why, sizeof(action->why), "no firewall table: %s", err_text(a->firewall));
		return a->firewall;
	}
	if ((action->row->flags & ACTION_SYNC_BEFORE) && a->journal.fd < 0) {
		snprintf(action->why, sizeof(action->why), "no undo journal: %s", err_text(a->journal.state));
		return a->journal.state;
	}
	return ERR_OK;
}

/* Whether it is to take back what is not in force. */
static bool takes_nothing_back(struct actor *a, const struct action *action)
{
	struct verb_args args = action->receipt.args;

	args.verb = verb_row(args.verb)->undoes;
	return args.verb != VERB_NONE && !ledger_find(&a->ledger, &args);
}

/* Rules in observe mode, and orders that are a dry run. Who orders one wants to know what would be in the way, too. */
static void observed(struct actor *a, struct action *action)
{
	struct actor_receipt *r = &action->receipt;
	bool dry_run = r->origin == ORIGIN_ORDER;
	enum err err = dry_run ? find_means(a, action) : ERR_OK;
	const char *mode = dry_run ? "dry run" : "observe mode", *target;
	char text[64];

	target = act_target(&r->args, text);
	if (err == ERR_OK)
		r->result = RECEIPT_OBSERVED;
	if (err == ERR_OK && takes_nothing_back(a, action))
		snprintf(r->text, sizeof(r->text), "%s: %s: there is nothing to take back", mode, target);
	else if (err == ERR_OK)
		snprintf(r->text, sizeof(r->text), "%s: would %s %s", mode, verb_row(action->row->verb)->phrase,
			 target);
	finish(a, action, err);
}

/* What nobody said: the verb's own time, or the rule's or the setting's. */
static void set_duration(const struct actor *a, struct action *action)
{
	const struct verb_row *verb = verb_row(action->row->verb);
	struct verb_args *args = &action->receipt.args;

	if (!(action->row->flags & ACTION_NEEDS_EXPIRY) || args->duration_s != 0)
		return;
	args->duration_s = verb->duration_s ? verb->duration_s : policy_ban_s(&a->settings, action->receipt.rule);
}

void act_begin(struct actor *a, const struct act_request *request)
{
	const struct action_row *row = act_row(a, request->args.verb);
	struct action *action = free_place(a);
	enum err err;

	if (!row) {
		act_refuse(a, request, ERR_UNSUPPORTED, "this build cannot do that");
		return;
	}
	if (!action) {
		act_refuse(a, request, ERR_BUSY, "too many actions are under way");
		return;
	}
	memset(action, 0, offsetof(struct action, processes));
	action->process_count = 0;
	action->row = row;
	action->note = request->note;
	action->known_us = request->known_us;
	receipt_begin(&action->receipt, request);
	set_duration(a, action);
	err = check_spoilers(a, action);
	if (err == ERR_OK)
		err = row->rails(a, action);
	if (err == ERR_OK && !request->observe)
		err = spend_budget(a, row, request);
	if (err != ERR_OK) {
		finish(a, action, err);
		return;
	}
	if (request->observe) {
		observed(a, action);
		return;
	}
	action->receipt.result = RECEIPT_DONE;
	err = find_means(a, action);
	if (err != ERR_OK)
		finish(a, action, err);
	else
		go_on(a, action);
}

void act_continue(struct actor *a, int64_t mono_us)
{
	for (unsigned i = 0; i < ACTOR_ACTIONS_MAX; i++)
		if (a->actions[i].row && a->actions[i].again_us <= mono_us)
			go_on(a, &a->actions[i]);
}

void act_hurry(struct actor *a)
{
	for (unsigned i = 0; i < ACTOR_ACTIONS_MAX; i++)
		a->actions[i].again_us = 0;
}

int64_t act_next_us(const struct actor *a)
{
	int64_t next_us = INT64_MAX;

	for (unsigned i = 0; i < ACTOR_ACTIONS_MAX; i++)
		if (a->actions[i].row && a->actions[i].again_us < next_us)
			next_us = a->actions[i].again_us;
	return next_us;
}
