/* SPDX-License-Identifier: Apache-2.0 */
/* Which records are live; journal.c writes them. */
#include "agent/actor/journal_live.h"

#include "agent/actor/verb/effect.h"
#include "agent/actor/verb/run.h"
#include "agent/base/clock.h"

#include <string.h>

static enum err add_effects(struct actor *a)
{
	struct journal_record record;
	enum err err = ERR_OK;

	for (unsigned i = 0; i < a->ledger.count && err == ERR_OK; i++) {
		effect_record(a, &a->ledger.rows[i], &record);
		err = journal_rewrite_add(&a->journal, &record);
	}
	return err;
}

static enum err add_orders(struct actor *a)
{
	enum err err = ERR_OK;

	for (unsigned i = 0; i < a->mandate.seen_count && err == ERR_OK; i++) {
		struct journal_record record = {.kind = JOURNAL_ORDER, .until_wall_s = a->mandate.seen[i].until_s};

		memcpy(record.id, a->mandate.seen[i].id, sizeof(record.id));
		err = journal_rewrite_add(&a->journal, &record);
	}
	return err;
}

struct orders_kept {
	struct actor *actor;
	int64_t wall_s;
	enum err err;
};

/* The steps of orders and playbooks under way; the outcomes of those, and of orders that may come again. */
static void keep_order(void *context, const struct journal_record *record)
{
	struct orders_kept *k = context;
	bool live = false;

	if (k->err != ERR_OK)
		return;
	if (record->kind == JOURNAL_STEPS || record->kind == JOURNAL_PLAY || record->kind == JOURNAL_SECRET)
		live = run_is_under_way(k->actor, record->id);
	else if (record->kind == JOURNAL_OUTCOME)
		live = run_is_under_way(k->actor, record->id) ||
		       mandate_may_return(&k->actor->mandate, record->id, k->wall_s);
	if (live)
		k->err = journal_rewrite_add(&k->actor->journal, record);
}

static enum err add_outcomes(struct actor *a)
{
	struct orders_kept k = {a, clock_wall_us() / SECOND_US, ERR_OK};
	enum err err = journal_read(&a->journal, keep_order, &k);

	return err == ERR_OK ? k.err : err;
}

enum err journal_live(struct actor *a)
{
	enum err err = journal_rewrite_begin(&a->journal);

	if (err == ERR_OK)
		err = add_effects(a);
	if (err == ERR_OK)
		err = add_orders(a);
	if (err == ERR_OK && IS_ENABLED(CONFIG_UPLINK))
		err = add_outcomes(a);
	if (err == ERR_OK)
		err = undo_rewrite(&a->undo, &a->journal);
	if (err == ERR_OK)
		return journal_rewrite_finish(&a->journal);
	journal_rewrite_drop(&a->journal);
	return err;
}
