/* SPDX-License-Identifier: Apache-2.0 */
/* The packet-filter policy by the packet filter that this device has. */
#include "agent/actor/sys/netfilter_filter.h"

#include "agent/actor/sys/iptables_filter.h"
#include "agent/actor/sys/iptables_others.h"

enum err netfilter_filter_set(struct netfilter *n, const struct nft_filter *f)
{
	return netfilter_by_iptables(n) ? iptables_filter_set(n->iptables, f) : nft_filter_set(n->nft, f);
}

enum err netfilter_filter_check(struct netfilter *n, const struct nft_filter *f)
{
	return netfilter_by_iptables(n) ? iptables_filter_check(n->iptables, f) : nft_filter_check(n->nft, f);
}

enum err netfilter_filter_clear(struct netfilter *n)
{
	return netfilter_by_iptables(n) ? iptables_filter_clear(n->iptables) : nft_filter_clear(n->nft);
}

enum err netfilter_filter_others(struct netfilter *n, struct nft_others *out)
{
	return netfilter_by_iptables(n) ? iptables_others_read(n->iptables, out) : nft_others_read(n->nft, out);
}

/* nf_tables is asked by the transaction, which changes nothing if it fails. */
const char *netfilter_filter_lacks(const struct netfilter *n, const struct filter *policy)
{
	return netfilter_by_iptables(n) ? iptables_filter_lacks(n->iptables, policy) : NULL;
}
