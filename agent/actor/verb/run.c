/* SPDX-License-Identifier: Apache-2.0 */
/* Orders step by step; see run.h. It knows conditions and outcomes, no verb. */
#include "agent/actor/verb/run.h"

#include "agent/actor/verb/actor.h"
#include "agent/base/clock.h"
#include "agent/base/require.h"

#include <stdio.h>
#include <string.h>

#define SKEW_US (5 * MINUTE_US)

static struct run *free_place(struct actor *a)
{
	for (unsigned i = 0; i < RUNS_MAX; i++)
		if (a->runs[i].order.step_count == 0)
			return &a->runs[i];
	return NULL;
}

bool run_has_room(const struct actor *a)
{
	for (unsigned i = 0; i < RUNS_MAX; i++)
		if (a->runs[i].order.step_count == 0)
			return true;
	return false;
}

struct run *run_find(struct actor *a, const uint8_t id[MESSAGE_ID])
{
	for (unsigned i = 0; i < RUNS_MAX; i++)
		if (a->runs[i].order.step_count > 0 &&
		    memcmp(a->runs[i].request.order_id, id, sizeof(a->runs[i].request.order_id)) == 0)
			return &a->runs[i];
	return NULL;
}

bool run_is_under_way(struct actor *a, const uint8_t id[MESSAGE_ID])
{
	return run_find(a, id) != NULL;
}

uint8_t run_due(const struct run *run)
{
	uint8_t i = run->next;

	while (i < run->order.step_count && !order_step_due(run->order.steps[i].when, run->done))
		i++;
	return i;
}

void run_learn(struct run *run, uint8_t step, uint8_t result)
{
	/* What this step is there for is answered by its own outcome. */
	if (run->order.steps[step - 1].when == ORDER_IF_FAILED)
		run->failed = 0;
	run->done = result == RECEIPT_DONE || result == RECEIPT_ALREADY || result == RECEIPT_OBSERVED;
	if (!run->done) {
		run->failed = result;
		run->failed_step = step;
	}
}

void run_journal(struct actor *a, const struct actor_receipt *r)
{
	struct journal_record record = {.kind = JOURNAL_OUTCOME,
					.step = r->step,
					.steps = r->steps,
					.result = r->result,
					.err = r->err,
					.verified = r->verified,
					.outcome = r->outcome,
					.count = r->count,
					.expires_wall_us = r->expires_wall_us,
					.text = str_from(r->text),
					.sealed = {(const char *)r->sealed, r->sealed_len}};

	memcpy(record.id, r->order_id, sizeof(record.id));
	actor_note_journal(a, journal_append(&a->journal, &record));
}

/* A step has its receipt; the order's last one says what became of the order. */
static void note(struct actor *a, struct actor_receipt *r)
{
	struct run *run = run_find(a, r->order_id);

	if (!run || !run->waits || r->step != run->next)
		return;
	run->waits = false;
	run_learn(run, r->step, r->result);
	if (run_due(run) == run->order.step_count) {
		r->outcome = run->failed ? run->failed : run->order.dry_run ? RECEIPT_OBSERVED : RECEIPT_DONE;
		if (run->failed && run->failed_step != r->step)
			snprintf(r->text + strlen(r->text), sizeof(r->text) - strlen(r->text), "; but step %u was %s",
				 (unsigned)run->failed_step, run->failed == RECEIPT_REFUSED ? "refused" : "not done");
		run->order.step_count = 0;
	}
	if (!run->order.dry_run)
		run_journal(a, r);
}

static void take_step(struct actor *a, struct run *run)
{
	struct act_request request = run->request;

	run->next = run_due(run);
	require(run->next < run->order.step_count);
	request.args = run->order.steps[run->next++].args;
	request.step = run->next;
	run->waits = true;
	act_begin(a, &request);
}

/*
 * When it was made by this device's clock, at the latest: the desk's may differ by what it leaves before an order is
 * valid. What was made before the boot names no process that runs. 0: it does not say, or is of the future.
 */
static int64_t made_us(const struct order *order)
{
	struct now now = clock_now();
	int64_t age_us;

	if (order->created_s <= 0 || order->created_s > now.wall_us / SECOND_US)
		return 0;
	age_us = now.wall_us - order->created_s * SECOND_US - SKEW_US;
	return age_us < now.mono_us ? now.mono_us - age_us : 1;
}

void run_begin(struct actor *a, const struct order *order, const struct act_request *request)
{
	struct run *run = free_place(a);

	require(run != NULL);
	memset(run, 0, sizeof(*run));
	run->order = *order;
	run->request = *request;
	run->request.steps = order->step_count;
	run->request.note = note;
	run->request.known_us = made_us(order);
	run_continue(a);
}

void run_continue(struct actor *a)
{
	for (unsigned i = 0; i < RUNS_MAX; i++)
		while (a->runs[i].order.step_count > 0 && !a->runs[i].waits)
			take_step(a, &a->runs[i]);
}

void run_core_gone(struct actor *a)
{
	for (unsigned i = 0; i < RUNS_MAX; i++)
		a->runs[i].request.request_id = 0;
}
