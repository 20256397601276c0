/* SPDX-License-Identifier: Apache-2.0 */
/* The log of packets by the packet filter that this device has. */
#include "agent/actor/sys/netfilter_packets.h"

#include "agent/actor/sys/iptables_packets.h"
#include "agent/actor/sys/nft_packets.h"

enum err netfilter_packets_setup(struct netfilter *n, const struct settings *settings)
{
	return netfilter_by_iptables(n) ? iptables_packets_setup(n->iptables, settings)
					: nft_packets_setup(n->nft, settings);
}

enum actor_lack netfilter_packets_lacks(struct netfilter *n, const struct settings *settings)
{
	return netfilter_by_iptables(n) ? iptables_packets_lacks(n->iptables) : nft_packets_lacks(n->nft, settings);
}

enum err netfilter_packets_remove(struct netfilter *n)
{
	return netfilter_by_iptables(n) ? iptables_packets_remove(n->iptables) : nft_packets_remove(n->nft);
}
