/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Means: the guard's own nf_tables table. It is set up at start, watched, and put back when somebody else damages it;
 * the rows that work with it (ACTION_NEEDS_FIREWALL) put back what they have in force.
 */
#pragma once

#include "agent/actor/verb/actor.h"

/* Read what others did to the table, and put it back: at once, or later if that happens too often. */
void firewall_watch(struct actor *a);

/* The rails or the machine's addresses changed: let the rows look at what they have in force. */
void firewall_recheck(struct actor *a);
