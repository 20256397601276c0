/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Orders over the actor's end, and orders that come again: what the journal knows of their steps becomes receipts. It
 * takes no step, so that none is ever taken twice.
 */
#include "agent/actor/verb/act.h"
#include "agent/actor/verb/actor.h"
#include "agent/actor/verb/run.h"
#include "agent/base/clock.h"

#include <stdio.h>
#include <string.h>

/* An order that was not remembered was not begun: the guard ended, or the disk was full, behind its steps. */
static bool was_begun(const struct actor *a, const struct run *run)
{
	return run->request.origin == ORIGIN_PLAYBOOK || mandate_seen(&a->mandate, run->request.order_id);
}

/* Nothing comes between steps and what says that they were begun, so one without that when the next come is over. */
static struct run *place_of(struct actor *a, const uint8_t id[MESSAGE_ID])
{
	struct run *run = run_find(a, id);

	for (unsigned i = 0; i < RUNS_MAX && !run; i++)
		if (a->runs[i].order.step_count == 0 || !was_begun(a, &a->runs[i]))
			run = &a->runs[i];
	return run;
}

static void replay_steps(struct actor *a, const struct journal_record *record)
{
	struct run *run = place_of(a, record->id);
	struct view v = view_over(record->text.data, record->text.len);
	char why[ORDER_WHY_MAX];
	struct order order = {.step_count = 0};

	/* More than can be under way are in no journal of ours, nor steps that make no sense. */
	if (!run || order_steps_decode(&v, &order, why) != ERR_OK || order_check_steps(&order, why) != ERR_OK)
		return;
	*run = (struct run){.order = order};
	memcpy(run->request.order_id, record->id, sizeof(record->id));
	run->request.origin = ORIGIN_ORDER;
	run->request.steps = order.step_count;
}

static void replay_outcome(struct actor *a, const struct journal_record *record)
{
	struct run *run = run_find(a, record->id);

	if (!run || record->step == 0 || record->step > run->order.step_count)
		return;
	run->next = record->step;
	run_learn(run, record->step, record->result);
	if (record->outcome)
		run->order.step_count = 0;
}

static void replay_play(struct actor *a, const struct journal_record *record)
{
	struct run *run = run_find(a, record->id);

	if (!run)
		return;
	run->request.origin = ORIGIN_PLAYBOOK;
	memcpy(run->request.rule, record->rule, sizeof(record->rule));
	memcpy(run->request.incident, record->incident, sizeof(record->incident));
}

static void replay_secret(struct actor *a, const struct journal_record *record)
{
	struct run *run = run_find(a, record->id);

	if (!run || record->sealed.len > sizeof(run->secret.sealed))
		return;
	run->secret.step = record->step;
	run->secret.len = (uint16_t)record->sealed.len;
	if (record->sealed.len)
		memcpy(run->secret.sealed, record->sealed.data, record->sealed.len);
}

bool run_replay(struct actor *a, const struct journal_record *record)
{
	if (record->kind == JOURNAL_STEPS)
		replay_steps(a, record);
	else if (record->kind == JOURNAL_OUTCOME)
		replay_outcome(a, record);
	else if (record->kind == JOURNAL_PLAY)
		replay_play(a, record);
	else if (record->kind == JOURNAL_SECRET)
		replay_secret(a, record);
	else
		return false;
	return true;
}

/* Whether what the step was to bring about is so, as the ledger has it: it is made true before this is asked. */
static bool is_so(struct actor *a, const struct run *run, const struct verb_args *args, uint8_t *result)
{
	const struct verb_row *verb = verb_row(args->verb);
	struct verb_args sought = *args;
	const struct effect_more *more;
	const struct effect *e;

	if (verb->class == VERB_DESTRUCTIVE)
		return false;
	if (verb->undoes)
		sought.verb = verb->undoes;
	e = ledger_find(&a->ledger, &sought);
	*result = RECEIPT_ALREADY;
	if (verb->undoes || !e)
		return verb->undoes && !e;
	more = ledger_more(&a->ledger, e);
	/* A ban does not say which order it is of. */
	if (!more)
		return e->origin == run->request.origin && e->duration_s == args->duration_s;
	*result = RECEIPT_DONE;
	return memcmp(more->order, run->request.order_id, sizeof(more->order)) == 0;
}

/* Whether the ledger is what the machine shows. */
static bool is_proven(const struct actor *a, const struct verb_args *args)
{
	const struct verb_row *verb = verb_row(args->verb);
	const struct action_row *row = act_row(a, verb->undoes ? verb->undoes : args->verb);

	if (!row)
		return false;
	return row->flags & ACTION_NEEDS_FIREWALL ? a->firewall == ERR_OK : a->restore_effects_us == 0;
}

static void begin_receipt(struct actor_receipt *r, const struct run *run, uint8_t step)
{
	memset(r, 0, sizeof(*r));
	r->origin = run->request.origin;
	memcpy(r->rule, run->request.rule, sizeof(r->rule));
	memcpy(r->incident, run->request.incident, sizeof(r->incident));
	r->step = step;
	r->steps = run->order.step_count;
	r->args = run->order.steps[step - 1].args;
	memcpy(r->order_id, run->request.order_id, sizeof(r->order_id));
}

/* The step that was under way: found done, or not known to be. */
static void tell_begun(struct actor *a, const struct run *run, struct actor_receipt *r)
{
	const struct verb_row *verb = verb_row(r->args.verb);
	char target[64];

	if (is_so(a, run, &r->args, &r->result)) {
		r->verified = is_proven(a, &r->args);
		r->err = r->verified ? ERR_OK : ERR_UNVERIFIED;
		snprintf(r->text, sizeof(r->text), "%s of %s: found %s when the guard had been started anew",
			 verb->name, act_target(&r->args, target), verb->undoes ? "carried out" : "in force");
		return;
	}
	/* It may be set, and then this is the only copy. */
	if (run->secret.step == r->step) {
		memcpy(r->sealed, run->secret.sealed, run->secret.len);
		r->sealed_len = run->secret.len;
	}
	r->result = RECEIPT_FAILED;
	r->err = ERR_INTERRUPTED;
	snprintf(r->text, sizeof(r->text), "could not %s %s: interrupted: the guard ended while %s", verb->phrase,
		 act_target(&r->args, target),
		 verb->class == VERB_DESTRUCTIVE ? "it was under way; it may be done" : "it was under way");
}

static void tell_remaining(struct actor_receipt *r)
{
	char target[64];

	r->result = RECEIPT_FAILED;
	r->err = ERR_INTERRUPTED;
	snprintf(r->text, sizeof(r->text), "could not %s %s: interrupted: the guard ended before this step",
		 verb_row(r->args.verb)->phrase, act_target(&r->args, target));
}

static void interrupt(struct actor *a, struct run *run)
{
	uint8_t first = run_due(run), count = run->order.step_count;
	bool begun = first < count;
	struct actor_receipt r;

	/* No step is due and there is no end: a start was killed while it told of the steps that were not taken. */
	if (!begun)
		first = run->next;
	for (uint8_t i = first; i < count; i++) {
		bool last = i + 1 == count;

		begin_receipt(&r, run, i + 1);
		if (i == first && begun)
			tell_begun(a, run, &r);
		else
			tell_remaining(&r);
		run->next = i + 1;
		run_learn(run, r.step, r.result);
		/* What was there for its failure is not missed. */
		if (run->done && run_due(run) == count)
			last = true;
		if (last)
			r.outcome = run->failed ? run->failed : RECEIPT_DONE;
		run_journal(a, &r);
		act_send(a, &r);
		if (last)
			break;
	}
}

void run_interrupted(struct actor *a)
{
	bool any = false;

	for (unsigned i = 0; i < RUNS_MAX; i++) {
		struct run *run = &a->runs[i];

		if (run->order.step_count > 0 && was_begun(a, run)) {
			interrupt(a, run);
			any = true;
		}
		run->order.step_count = 0;
	}
	if (any)
		actor_note_journal(a, journal_sync(&a->journal));
}

struct repeating {
	struct actor *actor;
	const struct order *order;
	const struct act_request *request;
	unsigned count;
};

static void repeat(void *context, const struct journal_record *record)
{
	struct repeating *p = context;
	struct actor_receipt r;

	if (record->kind != JOURNAL_OUTCOME || memcmp(record->id, p->request->order_id, sizeof(record->id)) != 0 ||
	    record->step == 0 || record->step > p->order->step_count || p->count == ORDER_STEPS_MAX)
		return;
	memset(&r, 0, sizeof(r));
	r.header.request_id = p->request->request_id;
	r.origin = ORIGIN_ORDER;
	r.repeat = 1;
	r.step = record->step;
	r.steps = record->steps;
	r.result = record->result;
	r.err = record->err;
	r.verified = record->verified;
	r.outcome = record->outcome;
	r.count = record->count;
	r.expires_wall_us = record->expires_wall_us;
	r.args = p->order->steps[record->step - 1].args;
	r.received_us = p->request->received_us;
	r.decided_us = p->request->decided_us;
	memcpy(r.order_id, record->id, sizeof(r.order_id));
	if (record->sealed.len)
		memcpy(r.sealed, record->sealed.data, record->sealed.len);
	r.sealed_len = (uint16_t)record->sealed.len;
	snprintf(r.text, sizeof(r.text), "%.*s", (int)record->text.len, record->text.data);
	p->count++;
	act_send(p->actor, &r);
}

bool run_repeat(struct actor *a, const struct order *order, const struct act_request *request)
{
	struct repeating p = {a, order, request, 0};

	/* Its receipts are to come. */
	if (run_find(a, request->order_id))
		return true;
	return journal_read(&a->journal, repeat, &p) == ERR_OK && p.count > 0;
}
