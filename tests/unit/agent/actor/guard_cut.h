/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cuts the power of a guard at each call that changes the disk, one after the other, while it carries an order out:
 * the guard is killed before the kernel does the call, the journal loses what was not synced, whole or but for a part
 * of it, and the machine what it keeps in memory. What it then has must be what the ledger of the next guard says.
 */
#pragma once

#include "tests/unit/agent/actor/guard_killed.h"

struct guard_cut {
	struct guard_killed order;
	void (*lose)(void); /* what the machine forgets without power; NULL: nothing */
};

/*
 * Returns how many cuts there were, of the begin and of the end; 0: nothing can be traced here. *in_force is after how
 * many of them the effect was. A guard that was started must be there, and is at the end.
 */
unsigned guard_cut(struct guard *g, const struct guard_cut *what, unsigned *in_force);
