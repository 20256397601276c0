/* SPDX-License-Identifier: Apache-2.0 */
/* Passes on what verbs want of the packet filter to the one that this device has. */
#include "agent/actor/sys/netfilter.h"

enum err netfilter_open(struct netfilter *n)
{
	return nft_open(&n->nft);
}

void netfilter_close(struct netfilter *n)
{
	nft_close(&n->nft);
}

bool netfilter_is_open(const struct netfilter *n)
{
	return n->nft.socket.fd >= 0;
}

const char *netfilter_name(const struct netfilter *n)
{
	(void)n;
	return "nf_tables";
}

uint8_t *netfilter_memory(struct netfilter *n, size_t *cap)
{
	*cap = sizeof(n->nft.in_bytes);
	return n->nft.in_bytes;
}

enum err netfilter_setup(struct netfilter *n)
{
	return nft_setup(&n->nft);
}

enum err netfilter_add(struct netfilter *n, const struct addr *a, uint64_t timeout_ms, bool fresh)
{
	return nft_add(&n->nft, a, timeout_ms, fresh);
}

enum err netfilter_remove(struct netfilter *n, const struct addr *a)
{
	return nft_remove(&n->nft, a);
}

enum err netfilter_find(struct netfilter *n, const struct addr *a, uint64_t *left_ms)
{
	return nft_find(&n->nft, a, left_ms);
}

enum err netfilter_dump(struct netfilter *n, void (*each)(void *context, const struct addr *a, uint64_t left_ms),
			void *context)
{
	return nft_dump(&n->nft, each, context);
}

enum err netfilter_bulk(struct netfilter *n, enum ban_set set,
			bool (*next)(void *context, struct addr *a, uint64_t *timeout_ms), void *context)
{
	return nft_bulk(&n->nft, set, next, context);
}

int netfilter_fd(const struct netfilter *n)
{
	return n->nft.watch_fd;
}

void netfilter_watch(struct netfilter *n, struct netfilter_news *news)
{
	nft_watch(&n->nft, news);
}
