/* SPDX-License-Identifier: Apache-2.0 */
/* The lists of a policy as sets, written and read back. Only for nft_filter.c and nft_filter_rules.c. */
#pragma once

#include "agent/actor/sys/nft_filter.h"

/* The number by which rules of the same transaction look a set up; family 0: of ports. */
uint32_t nft_filter_sets_id(unsigned set, uint8_t family);

/* Append to the transaction: make all sets, with their elements. */
void nft_filter_sets_put(struct nft *n, const struct nft_filter *f);

/* Compare all elements of all sets with what the kernel has. ERR_UNVERIFIED. */
ERR_CHECK enum err nft_filter_sets_check(struct nft *n, const struct nft_filter *f);
