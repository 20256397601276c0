/* SPDX-License-Identifier: Apache-2.0 */
/* What the journal has of an order before its first step is taken. It takes none. */
#include "agent/actor/verb/actor.h"
#include "agent/actor/verb/run.h"
#include "agent/base/clock.h"

#include <stdio.h>
#include <string.h>

/* What takes something back may be done twice, and is never kept from being done. */
static bool only_takes_back(const struct order *order)
{
	for (unsigned i = 0; i < order->step_count; i++)
		if (verb_row(order->steps[i].args.verb)->class != VERB_HARMLESS)
			return false;
	return true;
}

/* On the disk before it is carried out: an order must not be taken twice, whatever happens in between. */
static enum err journal_order(struct actor *a, const struct order *order)
{
	struct journal_record record = {.kind = JOURNAL_ORDER, .until_wall_s = order->not_after_s}, steps = {0};
	uint8_t memory[JOURNAL_STEPS_MAX];
	struct buf b = buf_over(memory, sizeof(memory));
	enum err err;

	memcpy(record.id, order->id, sizeof(record.id));
	order_steps_encode(&b, order);
	steps.kind = JOURNAL_STEPS;
	memcpy(steps.id, order->id, sizeof(steps.id));
	steps.text = buf_str(&b);
	/* The steps first: they are nothing without the order. */
	err = journal_append(&a->journal, &steps);
	if (err == ERR_OK)
		err = journal_append(&a->journal, &record);
	/* Nothing of it is on the disk: it may be sent again. */
	if (err != ERR_OK)
		mandate_forget(&a->mandate, order->id);
	else
		err = journal_sync(&a->journal);
	actor_note_journal(a, err);
	return err;
}

enum err run_remember(struct actor *a, const struct order *order, char why[MANDATE_WHY_MAX])
{
	enum err err = mandate_remember(&a->mandate, order->id, order->not_after_s, clock_wall_us() / SECOND_US);

	if (err != ERR_OK) {
		snprintf(why, MANDATE_WHY_MAX, "%u orders are remembered already", MANDATE_SEEN_MAX);
		return err;
	}
	err = journal_order(a, order);
	if (err == ERR_OK || only_takes_back(order))
		return ERR_OK;
	snprintf(why, MANDATE_WHY_MAX, "the journal cannot remember the order: %s", err_text(err));
	return err;
}
