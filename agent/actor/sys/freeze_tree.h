/* SPDX-License-Identifier: Apache-2.0 */
/* What freeze.c asks of /proc: one process of a record, and what is missing from a record. */
#pragma once

#include "agent/actor/sys/freeze.h"

#define FREEZE_TREE_UNKNOWN '?'

/*
 * What all its threads do (procs_state). '\0': it has ended, or the number is another process's. FREEZE_TREE_UNKNOWN:
 * /proc could not be read just now, so it may live and may be stopped.
 */
char freeze_tree_state(const struct freeze_row *row);

/*
 * Bring a record up to date, in memory: without what has ended, with what was started, and with what was stopped before
 * and runs now as ours to stop. *changed: the record has something that the one before has not. An empty record gets
 * the process of the job first. Errors as freeze_look and fill why; the record is then half done.
 */
ERR_CHECK enum err freeze_tree_update(const struct freeze_job *job, struct freeze_undo *undo, bool *changed,
				      char why[FREEZE_TEXT_MAX]);
