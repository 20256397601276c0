/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets of our tables: made, emptied, removed, and looked for. Which ones there are stands in nft_table.c,
 * isolate_lists.c and nft_filter_sets.c; their elements are nft_elem.h's. Only for agent/actor/sys/nft*.c and
 * isolate*.c.
 */
#pragma once

#include "agent/actor/sys/nft.h"
#include "agent/actor/sys/nft_elem.h"
#include "agent/base/err.h"

#include <stdint.h>

struct nft_kind {
	const char *table, *name;
	uint8_t family; /* 4, 6: of the addresses in it; 0: it holds ports */
	uint32_t flags; /* NFT_SET_INTERVAL, NFT_SET_TIMEOUT */
	uint32_t gc_ms; /* how often elements whose time is over are collected; 0: the kernel's own interval */
};

/* Bytes of a key: an address, or a port in the network's order. */
uint8_t nft_kind_key_len(const struct nft_kind *k);

/* Append to the transaction: make the set, or keep one that is the same. Rules of it may use `id`, not 0, for its name.
 */
void nft_kind_put(struct nft *n, const struct nft_kind *k, uint32_t id);

/* Append to the transaction: all elements go; the set goes with them. */
void nft_kind_flush(struct nft *n, const struct nft_kind *k);
void nft_kind_delete(struct nft *n, const struct nft_kind *k);

/* Which sets of those names are there, of whatever kind: bit i is list[i]. All are of one table. ERR_OK, also without
 * it. */
ERR_CHECK enum err nft_kind_read(struct nft *n, const struct nft_kind *list, unsigned count, unsigned *there);

/* Append to the transaction: these elements come into the set. */
void nft_kind_fill(struct nft *n, const struct nft_kind *k, const struct nft_elem *all, unsigned count);

/* Read back whether a set holds exactly these elements. ERR_UNVERIFIED: others, or there is no such set. */
ERR_CHECK enum err nft_kind_check(struct nft *n, const struct nft_kind *k, const struct nft_elem *wanted,
				  unsigned count);
