/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a rule that the kernel tells is one that we wrote. Only for agent/actor/sys/nft*.c. */
#pragma once

#include "agent/base/view.h"

#include <stdbool.h>

/*
 * Compare two lists of expressions (the values of NFTA_RULE_EXPRESSIONS): the same ones in the same order, each with
 * all that `wanted` says of it. The kernel may say more of one, and what a counter counts does not matter.
 */
bool nft_same_rule(struct view wanted, struct view got);
