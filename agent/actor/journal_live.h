/* SPDX-License-Identifier: Apache-2.0 */
/* Rewrites the journal from what the actor holds: effects in force, orders taken, the newest undo records. */
#pragma once

#include "agent/actor/verb/actor.h"

/*
 * Rewrite the journal, synced and renamed. On an error the old one stays; the errors are those of journal_rewrite_*().
 */
ERR_CHECK enum err journal_live(struct actor *a);
