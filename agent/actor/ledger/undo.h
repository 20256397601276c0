/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeps the newest UNDO_MAX undo records of account changes for the next rewrite of the journal, so that root can put
 * back what a reset replaced. They hold password hashes and never leave STATE_DIR/actor.
 */
#pragma once

#include "agent/actor/ledger/journal.h"

#define UNDO_MAX 32

struct undo {
	unsigned first, count;
	struct {
		struct journal_record record;
		char text[JOURNAL_TEXT_MAX];
	} rows[UNDO_MAX];
};

/* Keep a copy of a record that the journal accepted. When UNDO_MAX are kept, the oldest is dropped. */
void undo_keep(struct undo *u, const struct journal_record *record);

/* Add all records to a rewrite that has begun. Errors of journal_rewrite_add(). */
ERR_CHECK enum err undo_rewrite(const struct undo *u, struct journal *journal);
