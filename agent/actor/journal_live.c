/* SPDX-License-Identifier: Apache-2.0 */
/* Which records are live; journal.c writes them. */
#include "agent/actor/journal_live.h"

#include "agent/actor/verb/effect.h"

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

enum err journal_live(struct actor *a)
{
	enum err err = journal_rewrite_begin(&a->journal);

	if (err == ERR_OK)
		err = add_effects(a);
	if (err == ERR_OK)
		err = add_orders(a);
	if (err == ERR_OK)
		err = undo_rewrite(&a->undo, &a->journal);
	if (err == ERR_OK)
		return journal_rewrite_finish(&a->journal);
	journal_rewrite_drop(&a->journal);
	return err;
}
