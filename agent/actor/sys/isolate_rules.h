/* SPDX-License-Identifier: Apache-2.0 */
/* What a filter of isolation is made of, as chains with their rules. Only for isolate.c. */
#pragma once

#include "agent/actor/sys/isolate.h"
#include "agent/actor/sys/nft_chain.h"

enum isolate_chain { ISOLATE_IN, ISOLATE_OUT, ISOLATE_FORWARD, ISOLATE_ERRORS, ISOLATE_CHAINS };

extern const struct nft_chain isolate_rules_chains[ISOLATE_CHAINS];

/* Append all rules of one chain to the transaction in n; NULL: only count them. Returns how many they are. */
unsigned isolate_rules_put(struct nft *n, const struct isolate_filter *f, enum isolate_chain chain);

/* How many rules one chain has and is led to by. */
unsigned isolate_rules_uses(const struct isolate_filter *f, enum isolate_chain chain);
