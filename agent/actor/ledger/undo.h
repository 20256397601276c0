/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The undo records of account changes, kept over rewrites of the journal: the newest UNDO_MAX, so that root can put
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

/* Keep one that the journal took, so that its text fits; the oldest makes room. */
void undo_keep(struct undo *u, const struct journal_record *record);

/* All of them into a rewrite that has begun. */
ERR_CHECK enum err undo_rewrite(const struct undo *u, struct journal *journal);
