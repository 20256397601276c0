/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules of isolation. Each is a row of struct pass, written for the direction of its chain: the peer is where a
 * packet comes from on input, and where it goes on output. Rules look at single packets; no connection tracking is
 * needed.
 */
#include "agent/actor/sys/isolate_rules.h"

#include "agent/actor/sys/nft_expr.h"
#include "agent/actor/sys/nft_wire.h"

#include <string.h>

#define LOOPBACK_INDEX 1 /* of its interface, in every network namespace (net/loopback.h of the kernel) */
#define DNS_PORT 53
#define TCP_FLAGS 13 /* their place in the header */
#define TCP_SYN 0x02
#define TCP_ACK 0x10

/* What a packet must be to pass; 0 and NULL: anything. */
struct pass {
	bool loopback;
	uint8_t family;
	uint8_t protocol;
	const struct addr *peer;
	uint16_t local_port, peer_port;
	uint8_t type_low, type_high; /* of ICMP */
	bool answers;		     /* on input no packet that opens a TCP connection */
	const uid_t *user;	     /* on output, whose socket it is; input cannot tell */
};

/* Where rules go, and how many there are. */
struct rules {
	struct nft *n; /* NULL: only counted */
	const struct nft_chain *chain;
	enum isolate_way way;
	unsigned count;
};

static void put_peer(struct netlink_out *o, const struct addr *peer, enum isolate_way way)
{
	uint32_t len = peer->family == 4 ? 4 : 16, src = peer->family == 4 ? 12 : 8;
	static const struct addr all = {
		6,
		128,
		{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
	struct addr mask = addr_mask(&all, peer->prefix);

	if (peer->prefix == 0)
		return;
	nft_expr_payload(o, NFT_PAYLOAD_NETWORK_HEADER, way == ISOLATE_IN ? src : src + len, len);
	if (peer->prefix < 8 * len)
		nft_expr_mask(o, mask.bytes, len);
	nft_expr_cmp(o, NFT_CMP_EQ, peer->bytes, len);
}

static void put_port(struct netlink_out *o, uint32_t offset, uint16_t port)
{
	uint8_t bytes[2] = {(uint8_t)(port >> 8), (uint8_t)port};

	if (port == 0)
		return;
	nft_expr_payload(o, NFT_PAYLOAD_TRANSPORT_HEADER, offset, sizeof(bytes));
	nft_expr_cmp(o, NFT_CMP_EQ, bytes, sizeof(bytes));
}

static void put_transport(struct netlink_out *o, const struct pass *p, enum isolate_way way)
{
	static const uint8_t flags = TCP_SYN | TCP_ACK, syn = TCP_SYN;

	if (p->protocol > 0) {
		nft_expr_meta(o, NFT_META_L4PROTO);
		nft_expr_cmp(o, NFT_CMP_EQ, &p->protocol, sizeof(p->protocol));
	}
	put_port(o, 0, way == ISOLATE_IN ? p->peer_port : p->local_port);
	put_port(o, 2, way == ISOLATE_IN ? p->local_port : p->peer_port);
	if (p->type_high > 0) {
		nft_expr_payload(o, NFT_PAYLOAD_TRANSPORT_HEADER, 0, sizeof(p->type_low));
		nft_expr_cmp(o, NFT_CMP_GTE, &p->type_low, sizeof(p->type_low));
		nft_expr_cmp(o, NFT_CMP_LTE, &p->type_high, sizeof(p->type_high));
	}
	if (p->answers && p->protocol == IPPROTO_TCP && way == ISOLATE_IN) {
		nft_expr_payload(o, NFT_PAYLOAD_TRANSPORT_HEADER, TCP_FLAGS, sizeof(flags));
		nft_expr_mask(o, &flags, sizeof(flags));
		nft_expr_cmp(o, NFT_CMP_NEQ, &syn, sizeof(syn));
	}
}

static void put_tests(struct netlink_out *o, const struct pass *p, enum isolate_way way)
{
	static const uint32_t loopback = LOOPBACK_INDEX; /* meta's numbers are in the host's order */
	uint8_t family = p->family == 4 ? NFPROTO_IPV4 : NFPROTO_IPV6;

	if (p->loopback) {
		nft_expr_meta(o, way == ISOLATE_IN ? NFT_META_IIF : NFT_META_OIF);
		nft_expr_cmp(o, NFT_CMP_EQ, &loopback, sizeof(loopback));
	}
	if (p->family > 0) {
		nft_expr_meta(o, NFT_META_NFPROTO);
		nft_expr_cmp(o, NFT_CMP_EQ, &family, sizeof(family));
	}
	if (p->peer)
		put_peer(o, p->peer, way);
	put_transport(o, p, way);
	if (p->user && way == ISOLATE_OUT) {
		nft_expr_meta(o, NFT_META_SKUID);
		nft_expr_cmp(o, NFT_CMP_EQ, p->user, sizeof(*p->user));
	}
}

static void pass(struct rules *r, const struct pass *p)
{
	size_t list;

	r->count++;
	if (!r->n)
		return;
	list = nft_chain_rule(r->n, r->chain);
	put_tests(&r->n->out, p, r->way);
	nft_expr_verdict(&r->n->out, NF_ACCEPT);
	netlink_nest_end(&r->n->out, list);
}

static void drop(struct rules *r)
{
	size_t list;

	r->count++;
	if (!r->n)
		return;
	list = nft_chain_rule(r->n, r->chain);
	nft_expr_counter(&r->n->out);
	nft_expr_verdict(&r->n->out, NF_DROP);
	netlink_nest_end(&r->n->out, list);
}

/* Without these no address of the link is found, and packets that are too long are lost unsaid. */
static void pass_always(struct rules *r)
{
	static const struct pass always[] = {
		{.loopback = true},
		{.family = 4, .protocol = IPPROTO_ICMP, .type_low = 3, .type_high = 3},	      /* unreachable */
		{.family = 4, .protocol = IPPROTO_ICMP, .type_low = 11, .type_high = 12},     /* time, parameter */
		{.family = 6, .protocol = IPPROTO_ICMPV6, .type_low = 1, .type_high = 4},     /* all errors */
		{.family = 6, .protocol = IPPROTO_ICMPV6, .type_low = 130, .type_high = 137}, /* MLD, neighbours */
		/* Switches that snoop forward neighbour discovery only to those that report as listeners: MLDv2. */
		{.family = 6, .protocol = IPPROTO_ICMPV6, .type_low = 143, .type_high = 143},
	};

	for (unsigned i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		pass(r, &always[i]);
}

static void pass_resolvers(struct rules *r, const struct isolate_filter *f)
{
	static const uint8_t protocols[] = {IPPROTO_UDP, IPPROTO_TCP};

	for (unsigned i = 0; i < 2 * f->resolver_count; i++) {
		const struct addr *resolver = &f->resolvers[i / 2];
		struct pass p = {.family = resolver->family, .protocol = protocols[i % 2], .peer = resolver};

		p.peer_port = DNS_PORT;
		p.answers = true;
		p.user = f->dns ? NULL : &f->guard_uid;
		pass(r, &p);
	}
}

static void pass_dhcp(struct rules *r)
{
	static const struct pass dhcp[] = {
		{.family = 4, .protocol = IPPROTO_UDP, .local_port = 68, .peer_port = 67},
		{.family = 6, .protocol = IPPROTO_UDP, .local_port = 546, .peer_port = 547},
	};

	for (unsigned i = 0; i < sizeof(dhcp) / sizeof(dhcp[0]); i++)
		pass(r, &dhcp[i]);
}

static void pass_peers(struct rules *r, const struct isolate_filter *f)
{
	for (unsigned i = 0; i < f->net_count; i++)
		pass(r, &(struct pass){.family = f->nets[i].family, .peer = &f->nets[i]});
	for (unsigned i = 0; i < f->service_count; i++) {
		struct pass p = {.family = f->service[i].family, .protocol = IPPROTO_TCP, .peer = &f->service[i]};

		p.peer_port = f->service_port;
		p.answers = true;
		pass(r, &p);
	}
}

unsigned isolate_rules(struct nft *n, const struct isolate_filter *f, enum isolate_way way,
		       const struct nft_chain *chain)
{
	struct rules r = {n, chain, way, 0};

	if (way != ISOLATE_FORWARD) {
		pass_always(&r);
		pass_peers(&r, f);
		pass_resolvers(&r, f);
		if (f->dhcp)
			pass_dhcp(&r);
	}
	drop(&r);
	return r.count;
}
