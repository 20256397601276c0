/* SPDX-License-Identifier: Apache-2.0 */
/* Isolation, for the verb, by the packet filter that this device has. */
#include "agent/actor/sys/netfilter_isolate.h"

#include "agent/actor/sys/iptables_isolate.h"

enum err netfilter_isolate_prepare(struct netfilter *n, const struct isolate_filter *f)
{
	return netfilter_by_iptables(n) ? ERR_OK : isolate_prepare(n->nft, f);
}

enum err netfilter_isolate_set(struct netfilter *n, const struct isolate_filter *f)
{
	return netfilter_by_iptables(n) ? iptables_isolate_set(n->iptables, f) : isolate_set(n->nft, f);
}

enum err netfilter_isolate_check(struct netfilter *n, const struct isolate_filter *f, enum isolate_depth depth)
{
	return netfilter_by_iptables(n) ? iptables_isolate_check(n->iptables, f) : isolate_check(n->nft, f, depth);
}

bool netfilter_isolate_is_set(struct netfilter *n)
{
	return netfilter_by_iptables(n) ? iptables_isolate_is_set(n->iptables) : isolate_is_set(n->nft);
}

enum err netfilter_isolate_clear(struct netfilter *n)
{
	return netfilter_by_iptables(n) ? iptables_isolate_clear(n->iptables) : isolate_clear(n->nft);
}
