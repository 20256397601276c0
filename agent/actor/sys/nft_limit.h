/* SPDX-License-Identifier: Apache-2.0 */
/* Limits (netfilter_limit.h) in an nf_tables table of their own that is there only while there are any. */
#pragma once

#include "agent/actor/sys/netfilter_limit.h"
#include "agent/actor/sys/nft.h"

/*
 * Put exactly these in force, in one transaction; buckets begin anew. ERR_UNSUPPORTED: this kernel has no nf_tables or
 * no nft_limit. ERR_FULL: more than NETFILTER_LIMITS_MAX.
 */
ERR_CHECK enum err nft_limit_set(struct nft *n, const struct netfilter_limit *list, unsigned count);

/* Read all of it back: ERR_OK when exactly these are in force, ERR_UNVERIFIED when others are. */
ERR_CHECK enum err nft_limit_check(struct nft *n, const struct netfilter_limit *list, unsigned count);
