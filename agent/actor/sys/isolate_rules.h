/* SPDX-License-Identifier: Apache-2.0 */
/* What a filter of isolation is made of, as rules. Only for isolate.c. */
#pragma once

#include "agent/actor/sys/isolate.h"
#include "agent/actor/sys/nft_chain.h"

enum isolate_way { ISOLATE_IN, ISOLATE_OUT, ISOLATE_FORWARD, ISOLATE_WAYS };

/* Append all rules of one chain to the transaction in n; NULL: only count them. Returns how many they are. */
unsigned isolate_rules(struct nft *n, const struct isolate_filter *f, enum isolate_way way,
		       const struct nft_chain *chain);
