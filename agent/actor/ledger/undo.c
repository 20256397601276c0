/* SPDX-License-Identifier: Apache-2.0 */
/* A ring of undo records; see undo.h. */
#include "agent/actor/ledger/undo.h"

#include "agent/base/require.h"

#include <string.h>

void undo_keep(struct undo *u, const struct journal_record *record)
{
	unsigned at = (u->first + u->count) % UNDO_MAX;

	require(record->text.len <= sizeof(u->rows[at].text));
	if (u->count < UNDO_MAX)
		u->count++;
	else
		u->first = (u->first + 1) % UNDO_MAX;
	u->rows[at].record = *record;
	if (record->text.len > 0)
		memcpy(u->rows[at].text, record->text.data, record->text.len);
	u->rows[at].record.text.data = u->rows[at].text;
}

enum err undo_rewrite(const struct undo *u, struct journal *journal)
{
	enum err err = ERR_OK;

	for (unsigned i = 0; i < u->count && err == ERR_OK; i++)
		err = journal_rewrite_add(journal, &u->rows[(u->first + i) % UNDO_MAX].record);
	return err;
}
