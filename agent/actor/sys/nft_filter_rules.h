/* SPDX-License-Identifier: Apache-2.0 */
/* One rule of a policy as expressions. Only for nft_filter.c. */
#pragma once

#include "agent/actor/sys/nft_chain.h"
#include "agent/actor/sys/nft_filter.h"

extern const struct nft_chain nft_filter_chains[FILTER_CHAINS];

/* Append what the rule tests and does to an open list of expressions. */
void nft_filter_rules_put(struct netlink_out *o, const struct nft_filter *f, const struct filter_rule *rule);
