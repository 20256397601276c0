/* SPDX-License-Identifier: Apache-2.0 */
/* Passes on what verbs want of the packet filter to the one that this device has. */
#include "agent/actor/sys/netfilter.h"

enum err netfilter_open(struct netfilter *n, bool by_iptables)
{
	n->by_iptables = by_iptables;
	return netfilter_by_iptables(n) ? iptables_open(n->iptables) : nft_open(n->nft);
}

void netfilter_close(struct netfilter *n)
{
	if (netfilter_by_iptables(n))
		iptables_close(n->iptables);
	else
		nft_close(n->nft);
}

bool netfilter_is_open(const struct netfilter *n)
{
	return netfilter_by_iptables(n) ? n->iptables->sets.socket.fd >= 0 : n->nft->socket.fd >= 0;
}

const char *netfilter_name(const struct netfilter *n)
{
	return netfilter_by_iptables(n) ? "ipset and iptables" : "nf_tables";
}

uint32_t netfilter_longest_s(const struct netfilter *n)
{
	return netfilter_by_iptables(n) ? IPSET_TIMEOUT_MAX : UINT32_MAX;
}

uint8_t *netfilter_memory(struct netfilter *n, size_t *cap)
{
	*cap = netfilter_by_iptables(n) ? sizeof(n->iptables->sets.in_bytes) : sizeof(n->nft->in_bytes);
	return netfilter_by_iptables(n) ? n->iptables->sets.in_bytes : n->nft->in_bytes;
}

enum err netfilter_setup(struct netfilter *n)
{
	return netfilter_by_iptables(n) ? iptables_setup(n->iptables) : nft_setup(n->nft);
}

enum err netfilter_add(struct netfilter *n, const struct addr *a, uint64_t timeout_ms, bool fresh)
{
	return netfilter_by_iptables(n) ? iptables_add(n->iptables, a, timeout_ms)
					: nft_add(n->nft, a, timeout_ms, fresh);
}

enum err netfilter_remove(struct netfilter *n, const struct addr *a)
{
	return netfilter_by_iptables(n) ? iptables_remove(n->iptables, a) : nft_remove(n->nft, a);
}

enum err netfilter_find(struct netfilter *n, const struct addr *a, uint64_t *left_ms)
{
	return netfilter_by_iptables(n) ? iptables_find(n->iptables, a, left_ms) : nft_find(n->nft, a, left_ms);
}

enum err netfilter_dump(struct netfilter *n, void (*each)(void *context, const struct addr *a, uint64_t left_ms),
			void *context)
{
	return netfilter_by_iptables(n) ? iptables_dump(n->iptables, each, context) : nft_dump(n->nft, each, context);
}

enum err netfilter_bulk(struct netfilter *n, enum ban_set set,
			bool (*next)(void *context, struct addr *a, uint64_t *timeout_ms), void *context)
{
	return netfilter_by_iptables(n) ? iptables_bulk(n->iptables, set, next, context)
					: nft_bulk(n->nft, set, next, context);
}

int netfilter_fd(const struct netfilter *n)
{
	return netfilter_by_iptables(n) ? -1 : n->nft->watch_fd;
}

void netfilter_watch(struct netfilter *n, const uint32_t least[BAN_SETS_MAX], struct netfilter_news *news)
{
	if (netfilter_by_iptables(n))
		iptables_watch(n->iptables, least, news);
	else
		nft_watch(n->nft, news);
}
