/* SPDX-License-Identifier: Apache-2.0 */
/* Orders step by step; see run.h. It knows conditions and outcomes, no verb. */
#include "agent/actor/verb/run.h"

#include "agent/actor/verb/actor.h"
#include "agent/base/require.h"

#include <stdio.h>
#include <string.h>

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

/* The next step whose condition holds; step_count when there is none. */
static uint8_t due_step(const struct run *run)
{
	uint8_t i = run->next;

	while (i < run->order.step_count && !order_step_due(run->order.steps[i].when, run->done))
		i++;
	return i;
}

/* A step has its receipt; the order's last one says what became of the order. */
static void note(struct actor *a, struct actor_receipt *r)
{
	struct run *run = NULL;

	for (unsigned i = 0; i < RUNS_MAX; i++)
		if (a->runs[i].waits && memcmp(a->runs[i].request.order_id, r->order_id, sizeof(r->order_id)) == 0)
			run = &a->runs[i];
	if (!run || r->step != run->next)
		return;
	run->waits = false;
	run->done = r->result == RECEIPT_DONE || r->result == RECEIPT_ALREADY;
	if (!run->done) {
		run->failed = r->result;
		run->failed_step = r->step;
	}
	if (due_step(run) < run->order.step_count)
		return;
	r->outcome = run->failed ? run->failed : RECEIPT_DONE;
	if (run->failed && run->failed_step != r->step)
		snprintf(r->text + strlen(r->text), sizeof(r->text) - strlen(r->text), "; but step %u was %s",
			 (unsigned)run->failed_step, run->failed == RECEIPT_REFUSED ? "refused" : "not done");
	run->order.step_count = 0;
}

static void take_step(struct actor *a, struct run *run)
{
	const struct order_step *step;
	struct act_request request = run->request;

	run->next = due_step(run);
	require(run->next < run->order.step_count);
	step = &run->order.steps[run->next++];
	/* What this step is there for is answered by its own outcome. */
	if (step->when == ORDER_IF_FAILED)
		run->failed = 0;
	request.args = step->args;
	request.step = run->next;
	run->waits = true;
	act_begin(a, &request);
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
