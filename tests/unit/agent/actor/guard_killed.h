/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kills a guard at any moment of an order, again and again: what the machine then has must be what the ledger of the
 * next one says.
 */
#pragma once

#include "proto/verb.h"
#include "tests/unit/agent/actor/guard.h"

#include <stdbool.h>

struct guard_killed {
	struct verb_args begin, end;	 /* ordered in turns */
	bool (*is_as)(bool in_force);	 /* whether the machine is as in force, or as not; may wait for it */
	const struct key_der *order_key; /* of guard_trust */
};

/* Whether a guard that was just started says that an effect of the verb is in force. Once for each start. */
bool guard_killed_ledger_has(struct guard *g, uint16_t verb);

/*
 * The test fails when the effect was in force after every kill, or after none: such moments prove nothing. A guard that
 * was started must be there, and is at the end.
 */
void guard_killed(struct guard *g, const struct guard_killed *what);
