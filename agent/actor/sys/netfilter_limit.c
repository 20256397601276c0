/* SPDX-License-Identifier: Apache-2.0 */
/* Limits, for the verb, by the packet filter that this device has. */
#include "agent/actor/sys/netfilter_limit.h"

#include "agent/actor/sys/iptables_limit.h"
#include "agent/actor/sys/nft_limit.h"

uint32_t netfilter_limit_rate_max(const struct netfilter *n)
{
	return netfilter_by_iptables(n) ? IPTABLES_LIMIT_RATE_MAX : UINT32_MAX;
}

enum err netfilter_limit_set(struct netfilter *n, const struct netfilter_limit *list, unsigned count)
{
	return netfilter_by_iptables(n) ? iptables_limit_set(n->iptables, list, count)
					: nft_limit_set(n->nft, list, count);
}

enum err netfilter_limit_check(struct netfilter *n, const struct netfilter_limit *list, unsigned count)
{
	return netfilter_by_iptables(n) ? iptables_limit_check(n->iptables, list, count)
					: nft_limit_check(n->nft, list, count);
}
