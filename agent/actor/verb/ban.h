/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps all bans together in agreement with the kernel and the rails. */
#pragma once

#include "agent/actor/verb/actor.h"

/*
 * Make ledger and kernel agree: adopt elements that the ledger does not have, put back those that the kernel does not
 * have (*missing grows by their number), and lift those that the rails forbid by now. Errors are the kernel's.
 */
ERR_CHECK enum err ban_reconcile(struct actor *a, unsigned *missing);

/* Lift the bans that the rails forbid by now, because never_ban has grown or the machine has new addresses. */
void ban_recheck(struct actor *a);
