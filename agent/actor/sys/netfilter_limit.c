/* SPDX-License-Identifier: Apache-2.0 */
/* Limits, for the verb, by the packet filter that this device has. */
#include "agent/actor/sys/netfilter_limit.h"

#include "agent/actor/sys/nft_limit.h"

enum err netfilter_limit_set(struct netfilter *n, const struct netfilter_limit *list, unsigned count)
{
	return nft_limit_set(&n->nft, list, count);
}

enum err netfilter_limit_check(struct netfilter *n, const struct netfilter_limit *list, unsigned count)
{
	return nft_limit_check(&n->nft, list, count);
}
