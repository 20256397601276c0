/* SPDX-License-Identifier: Apache-2.0 */
/* The packet-filter policy by the packet filter that this device has. */
#include "agent/actor/sys/netfilter_filter.h"

enum err netfilter_filter_set(struct netfilter *n, const struct nft_filter *f)
{
	return netfilter_by_iptables(n) ? ERR_UNSUPPORTED : nft_filter_set(n->nft, f);
}

enum err netfilter_filter_check(struct netfilter *n, const struct nft_filter *f)
{
	return netfilter_by_iptables(n) ? ERR_NOT_FOUND : nft_filter_check(n->nft, f);
}

enum err netfilter_filter_clear(struct netfilter *n)
{
	return netfilter_by_iptables(n) ? ERR_NOT_FOUND : nft_filter_clear(n->nft);
}

enum err netfilter_filter_others(struct netfilter *n, struct nft_others *out)
{
	return netfilter_by_iptables(n) ? ERR_UNSUPPORTED : nft_others_read(n->nft, out);
}
