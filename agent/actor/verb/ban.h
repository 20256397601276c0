/* SPDX-License-Identifier: Apache-2.0 */
/* All bans together: what their row does beyond the single request. */
#pragma once

#include "agent/actor/verb/actor.h"

/*
 * Make ledger and kernel agree: adopt elements that nobody remembers, put back those that are missing, which are added
 * to *missing, and take back those that the rails forbid by now. The kernel's errors.
 */
ERR_CHECK enum err ban_reconcile(struct actor *a, unsigned *missing);

/* Take back those that the rails forbid by now: never_ban has grown, or the machine has new addresses. */
void ban_recheck(struct actor *a);
