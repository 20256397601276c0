/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chains of our tables: made, emptied, removed, and looked at. What rules they have stands in each table's own file,
 * such as nft_table.c, isolate_rules.c and nft_filter_rules.c. Only for agent/actor/sys/nft*.c and isolate*.c.
 */
#pragma once

#include "agent/actor/sys/nft.h"
#include "agent/base/err.h"
#include "agent/base/netlink.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NFT_CHAINS_MAX 16 /* in one list */

struct nft_chain {
	const char *table;
	const char *name;
	uint32_t hook;	  /* NF_INET_... */
	int32_t priority; /* packets meet a lower one first */
	uint32_t policy;  /* NF_ACCEPT, NF_DROP: what becomes of a packet that no rule ends */
	bool plain;	  /* it has no hook, priority and policy: packets come by other chains' rules (nft_expr_jump) */
};

/*
 * Append to the transaction: make the table, or give the one that is there these flags. NFT_TABLE_F_DORMANT: no packet
 * meets its chains. A transaction that changes the flags of a table must not add or remove chains with a hook.
 */
void nft_chain_put_table(struct nft *n, const char *table, uint32_t flags);

/* Append to the transaction: the table goes, with all that is in it. It is there, or was put before. */
void nft_chain_delete_table(struct nft *n, const char *table);

/* Append to the transaction: make a chain, or keep one that is the same; ERR_EXISTS or the like for another one. */
void nft_chain_put(struct nft *n, const struct nft_chain *c);

/* Append to the transaction: all rules of a chain go; the chain goes with them. */
void nft_chain_flush(struct nft *n, const struct nft_chain *c);
void nft_chain_delete(struct nft *n, const struct nft_chain *c);

/* Begin a rule behind the others. Returns the list of its expressions, for netlink_nest_end. */
size_t nft_chain_rule(struct nft *n, const struct nft_chain *c);

/* What the kernel has of a list of chains of one table; bit or index i is that of list[i]. */
struct nft_chain_state {
	bool table;		       /* it is there */
	uint32_t flags;		       /* of the table */
	unsigned there;		       /* chains of that name */
	unsigned right;		       /* with that hook, priority and policy too, or as plain */
	unsigned uses[NFT_CHAINS_MAX]; /* its rules, and the rules that lead to it */
};

/*
 * Read it back: the table and each chain are asked for, all in one send; nothing else of the machine is read. ERR_OK,
 * also when nothing is there, even no table.
 */
ERR_CHECK enum err nft_chain_read(struct nft *n, const struct nft_chain *list, unsigned count,
				  struct nft_chain_state *out);
