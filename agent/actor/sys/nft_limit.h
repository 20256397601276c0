/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Limits of packets a second, by the address or network that they come from, in a table of their own that is there only
 * while there are any. One limit is one bucket, also for a network: its hosts share it.
 */
#pragma once

#include "agent/actor/sys/nft.h"

#define NFT_LIMITS_MAX 32 /* each packet that comes in is compared with all of them */

struct nft_limit {
	struct addr addr;
	uint32_t rate; /* packets a second, 1 or more; as many may come at once */
};

/*
 * Put exactly these in force, in one transaction; buckets begin anew. ERR_UNSUPPORTED: this kernel has no nf_tables or
 * no nft_limit. ERR_FULL: more than NFT_LIMITS_MAX.
 */
ERR_CHECK enum err nft_limit_set(struct nft *n, const struct nft_limit *list, unsigned count);

/* Read all of it back: ERR_OK when exactly these are in force, ERR_UNVERIFIED when others are. */
ERR_CHECK enum err nft_limit_check(struct nft *n, const struct nft_limit *list, unsigned count);
