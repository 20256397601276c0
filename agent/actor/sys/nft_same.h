/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a rule that the kernel tells is one that we wrote. Only for agent/actor/sys/nft*.c. */
#pragma once

#include "agent/base/netlink.h"

#include <stdbool.h>

#define NFT_SAME_BYTES 2048

/* A rule of ours, as it would be sent: between the two calls, append its expressions to `out` (nft_expr.h). */
struct nft_same {
	struct netlink_out out;
	size_t list;
	uint8_t bytes[NFT_SAME_BYTES];
};

void nft_same_begin(struct nft_same *s);

/*
 * Compare it with a list that was read (the value of NFTA_RULE_EXPRESSIONS): the same expressions in the same order,
 * each with all that ours says of it. The kernel may say more of one, and what a counter counts does not matter.
 */
bool nft_same_end(struct nft_same *s, struct view got);
