/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sets of banned addresses, and which of them an address or network goes into. Hash sets for the prefix lengths
 * that rules ban, an interval set per family for all others. Pure.
 */
#pragma once

#include "agent/base/addr.h"

#include <stdbool.h>
#include <stdint.h>

/* Which one an address goes into follows from its family and prefix. */
enum nft_set { NFT_BAN4, NFT_BAN4_24, NFT_BAN6, NFT_BAN6_64, NFT_BAN4_NET, NFT_BAN6_NET, NFT_SETS_MAX };

/*
 * The set of an address or network. False: there is none for it: it is wider than /VERB_PREFIX4_MIN of IPv4 and
 * /VERB_PREFIX6_MIN of IPv6, or it is of an uncommon length and holds the family's last address, which no host has.
 */
bool nft_set_of(const struct addr *a, enum nft_set *out);

/* The name of the set in the kernel. Static. */
const char *nft_set_name(enum nft_set set);

/* 4 or 6, and the prefix of what it holds; 0: an interval set, which holds all others. */
uint8_t nft_set_family(enum nft_set set);
uint8_t nft_set_prefix(enum nft_set set);

/* Whether it is an interval set. */
bool nft_set_is_net(enum nft_set set);

/* The first address behind a network whose prefix is not 0. False: it holds the family's last one. */
bool nft_set_end(const struct addr *a, uint8_t end[16]);
