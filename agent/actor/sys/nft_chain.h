/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Base chains of our table: made, emptied, removed, and looked at. What rules they have stands in nft_table.c and
 * isolate.c. Only for them.
 */
#pragma once

#include "agent/actor/sys/nft.h"
#include "agent/base/err.h"
#include "agent/base/netlink.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NFT_CHAINS_MAX 8 /* in one list */

struct nft_chain {
	const char *name;
	uint32_t hook;	  /* NF_INET_... */
	int32_t priority; /* packets meet a lower one first */
	uint32_t policy;  /* NF_ACCEPT, NF_DROP: what becomes of a packet that no rule ends */
};

/* Append to the transaction: make the table, which does nothing when it is there. */
void nft_chain_put_table(struct nft *n);

/* Append to the transaction: make a chain, or keep one that is the same; ERR_EXISTS or the like for another one. */
void nft_chain_put(struct nft *n, const struct nft_chain *c);

/* Append to the transaction: all rules of a chain go; the chain goes with them. */
void nft_chain_flush(struct nft *n, const struct nft_chain *c);
void nft_chain_delete(struct nft *n, const struct nft_chain *c);

/* Begin a rule behind the others. Returns the list of its expressions, for netlink_nest_end. */
size_t nft_chain_rule(struct nft *n, const struct nft_chain *c);

/* What the kernel has of a list of chains; bit or index i is that of list[i]. */
struct nft_chain_state {
	unsigned there; /* chains of that name */
	unsigned right; /* with that hook, priority and policy too */
	unsigned rules[NFT_CHAINS_MAX];
	unsigned drops_last; /* the last rule drops whatever comes to it */
};

/* Read it back in two requests. ERR_OK, also when nothing is there, even no table. */
ERR_CHECK enum err nft_chain_read(struct nft *n, const struct nft_chain *list, unsigned count,
				  struct nft_chain_state *out);
