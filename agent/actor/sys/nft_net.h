/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Elements of the interval sets: a network of any prefix length is two of them, its first address and the first one
 * behind it. The kernel tells single edges in no order that it promises, so every call reads the set whole and pairs
 * them; NFT_NETS_MAX keeps that short. Only for agent/actor/sys/nft*.c.
 */
#pragma once

#include "agent/actor/sys/nft.h"

/*
 * As nft_add, nft_remove, nft_find and nft_dump for the set that ban_set_of(a) gives. ERR_FULL as well: there are
 * NFT_NETS_MAX networks, or others filled the set beyond what can be read.
 */
ERR_CHECK enum err nft_net_add(struct nft *n, const struct addr *a, uint64_t timeout_ms);
ERR_CHECK enum err nft_net_remove(struct nft *n, const struct addr *a);
ERR_CHECK enum err nft_net_find(struct nft *n, const struct addr *a, uint64_t *left_ms);
ERR_CHECK enum err nft_net_dump(struct nft *n, enum ban_set set,
				void (*each)(void *context, const struct addr *a, uint64_t left_ms), void *context);
