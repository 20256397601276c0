/* SPDX-License-Identifier: Apache-2.0 */
/* What a guard that starts knows of the one before: its journal is replayed, and the machine made as it says. */
#pragma once

#include "agent/actor/verb/actor.h"

/* Open the journal and replay it; one that is damaged or long is written anew. What is wrong is said, and in health. */
void recall_journal(struct actor *a);

/* Make what is in force so again, and tell of orders that were interrupted. Call it when the means are open. */
void recall_true(struct actor *a);
