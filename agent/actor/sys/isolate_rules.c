/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules of isolation. Each is a row of struct rule, written for a direction: the peer is where a packet comes from
 * on input, and where it goes on output. Rules look at single packets; no connection tracking is needed.
 */
#include "agent/actor/sys/isolate_rules.h"

#include "agent/actor/sys/isolate_lists.h"
#include "agent/actor/sys/nft_expr.h"
#include "agent/actor/sys/nft_wire.h"

#define PRIORITY (NFT_PRIORITY + 1)
#define DNS_PORT 53

const struct nft_chain isolate_rules_chains[ISOLATE_CHAINS] = {
	[ISOLATE_IN] = {NFT_ISOLATE_TABLE, "input", NF_INET_LOCAL_IN, PRIORITY, NF_DROP, false},
	[ISOLATE_OUT] = {NFT_ISOLATE_TABLE, "output", NF_INET_LOCAL_OUT, PRIORITY, NF_DROP, false},
	[ISOLATE_FORWARD] = {NFT_ISOLATE_TABLE, "forward", NF_INET_FORWARD, PRIORITY, NF_DROP, false},
	[ISOLATE_ERRORS] = {.table = NFT_ISOLATE_TABLE, .name = "errors", .plain = true},
};

enum list_use { LIST_NONE, LIST_NETS, LIST_SERVICE, LIST_RESOLVERS, LIST_DNS };

/* What a packet must be, and what becomes of it; 0 and NULL: anything, and it passes. */
struct rule {
	bool loopback;
	uint8_t family;
	uint8_t protocol;
	enum list_use peer; /* of that family's list */
	uint16_t local_port, peer_port;
	bool listed_port;	     /* the peer's, in the list of DHCP's, which is empty unless asked for */
	uint8_t type_low, type_high; /* of ICMP */
	bool answers;		     /* on input no packet that opens a TCP connection */
	const uid_t *user;	     /* on output, whose socket it is; input cannot tell */
	const struct nft_chain *to;  /* goes through that chain */
	bool drop;		     /* is counted and dropped */
};

/* Where rules go, and how many there are. */
struct rules {
	struct nft *n; /* NULL: only counted */
	const struct nft_chain *chain;
	bool input;
	unsigned count;
};

static void put_peer(struct netlink_out *o, const struct rule *rule, bool input)
{
	static const enum isolate_list lists[][2] = {[LIST_NETS] = {ISOLATE_NET4, ISOLATE_NET6},
						     [LIST_SERVICE] = {ISOLATE_SERVICE4, ISOLATE_SERVICE6},
						     [LIST_RESOLVERS] = {ISOLATE_RESOLVER4, ISOLATE_RESOLVER6},
						     [LIST_DNS] = {ISOLATE_DNS4, ISOLATE_DNS6}};
	uint32_t len = rule->family == 4 ? 4 : 16, src = rule->family == 4 ? 12 : 8;
	enum isolate_list list = lists[rule->peer][rule->family == 6];

	nft_expr_payload(o, NFT_PAYLOAD_NETWORK_HEADER, input ? src : src + len, len);
	nft_expr_lookup(o, isolate_lists_name(list), isolate_lists_id(list));
}

static void put_port(struct netlink_out *o, uint32_t offset, uint16_t port)
{
	uint8_t bytes[2] = {(uint8_t)(port >> 8), (uint8_t)port};

	if (port == 0)
		return;
	nft_expr_payload(o, NFT_PAYLOAD_TRANSPORT_HEADER, offset, sizeof(bytes));
	nft_expr_cmp(o, NFT_CMP_EQ, bytes, sizeof(bytes));
}

static void put_transport(struct netlink_out *o, const struct rule *rule, bool input)
{
	if (rule->protocol > 0) {
		nft_expr_meta(o, NFT_META_L4PROTO);
		nft_expr_cmp(o, NFT_CMP_EQ, &rule->protocol, sizeof(rule->protocol));
	}
	put_port(o, input ? 2 : 0, rule->local_port);
	put_port(o, input ? 0 : 2, rule->peer_port);
	if (rule->listed_port)
		nft_expr_lookup(o, isolate_lists_name(ISOLATE_DHCP), isolate_lists_id(ISOLATE_DHCP));
	if (rule->type_high > 0) {
		nft_expr_payload(o, NFT_PAYLOAD_TRANSPORT_HEADER, 0, sizeof(rule->type_low));
		nft_expr_cmp(o, NFT_CMP_GTE, &rule->type_low, sizeof(rule->type_low));
		nft_expr_cmp(o, NFT_CMP_LTE, &rule->type_high, sizeof(rule->type_high));
	}
	if (rule->answers && rule->protocol == IPPROTO_TCP && input)
		nft_expr_opens_none(o);
}

static void put_tests(struct netlink_out *o, const struct rule *rule, bool input)
{
	uint8_t family = rule->family == 4 ? NFPROTO_IPV4 : NFPROTO_IPV6;

	if (rule->loopback)
		nft_expr_loopback(o, input);
	if (rule->family > 0) {
		nft_expr_meta(o, NFT_META_NFPROTO);
		nft_expr_cmp(o, NFT_CMP_EQ, &family, sizeof(family));
	}
	if (rule->peer != LIST_NONE)
		put_peer(o, rule, input);
	put_transport(o, rule, input);
	if (rule->user && !input) {
		nft_expr_meta(o, NFT_META_SKUID);
		nft_expr_cmp(o, NFT_CMP_EQ, rule->user, sizeof(*rule->user));
	}
}

static void put(struct rules *r, const struct rule *rule)
{
	size_t list;

	r->count++;
	if (!r->n)
		return;
	list = nft_chain_rule(r->n, r->chain);
	put_tests(&r->n->out, rule, r->input);
	if (rule->drop)
		nft_expr_counter(&r->n->out);
	if (rule->to)
		nft_expr_jump(&r->n->out, rule->to->name);
	else
		nft_expr_verdict(&r->n->out, rule->drop ? NF_DROP : NF_ACCEPT);
	netlink_nest_end(&r->n->out, list);
}

/* Without these no address of the link is found, and packets that are too long are lost unsaid. */
static void pass_errors(struct rules *r)
{
	static const struct rule always[] = {
		{.family = 4, .protocol = IPPROTO_ICMP, .type_low = 3, .type_high = 3},	      /* unreachable */
		{.family = 4, .protocol = IPPROTO_ICMP, .type_low = 11, .type_high = 12},     /* time, parameter */
		{.family = 6, .protocol = IPPROTO_ICMPV6, .type_low = 1, .type_high = 4},     /* all errors */
		{.family = 6, .protocol = IPPROTO_ICMPV6, .type_low = 130, .type_high = 137}, /* MLD, neighbours */
		/* Switches that snoop forward neighbour discovery only to those that report as listeners: MLDv2. */
		{.family = 6, .protocol = IPPROTO_ICMPV6, .type_low = 143, .type_high = 143},
	};

	for (unsigned i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		put(r, &always[i]);
}

/* `user` NULL: for everybody. */
static void pass_resolvers(struct rules *r, enum list_use list, const uid_t *user)
{
	static const uint8_t protocols[] = {IPPROTO_UDP, IPPROTO_TCP};

	for (unsigned i = 0; i < 4; i++)
		put(r, &(struct rule){.family = i / 2 ? 6 : 4,
				      .protocol = protocols[i % 2],
				      .peer = list,
				      .peer_port = DNS_PORT,
				      .answers = true,
				      .user = user});
}

/* The peer's port is loaded last, and looked up. */
static void pass_dhcp(struct rules *r)
{
	static const struct rule dhcp[] = {
		{.family = 4, .protocol = IPPROTO_UDP, .local_port = 68, .peer_port = 67, .listed_port = true},
		{.family = 6, .protocol = IPPROTO_UDP, .local_port = 546, .peer_port = 547, .listed_port = true},
	};

	for (unsigned i = 0; i < sizeof(dhcp) / sizeof(dhcp[0]); i++)
		put(r, &dhcp[i]);
}

/* A service without a port is none, and nobody is in its list. */
static void pass_peers(struct rules *r, const struct isolate_filter *f)
{
	for (unsigned i = 0; i < 2; i++) {
		put(r, &(struct rule){.family = i ? 6 : 4, .peer = LIST_NETS});
		put(r, &(struct rule){.family = i ? 6 : 4,
				      .protocol = IPPROTO_TCP,
				      .peer = LIST_SERVICE,
				      .peer_port = f->service_port,
				      .answers = true});
	}
}

/* On input the resolvers' answers pass whoever has asked, so those for everybody are not told apart. */
static void put_direction(struct rules *r, const struct isolate_filter *f)
{
	put(r, &(struct rule){.loopback = true});
	pass_peers(r, f);
	pass_resolvers(r, LIST_RESOLVERS, &f->guard_uid);
	if (!r->input)
		pass_resolvers(r, LIST_DNS, NULL);
	pass_dhcp(r);
	put(r, &(struct rule){.to = &isolate_rules_chains[ISOLATE_ERRORS]});
	put(r, &(struct rule){.drop = true});
}

unsigned isolate_rules_put(struct nft *n, const struct isolate_filter *f, enum isolate_chain chain)
{
	struct rules r = {n, &isolate_rules_chains[chain], chain == ISOLATE_IN, 0};

	if (chain == ISOLATE_ERRORS)
		pass_errors(&r);
	else if (chain == ISOLATE_FORWARD)
		put(&r, &(struct rule){.drop = true});
	else
		put_direction(&r, f);
	return r.count;
}

unsigned isolate_rules_uses(const struct isolate_filter *f, enum isolate_chain chain)
{
	/* Both directions lead to the errors. */
	return isolate_rules_put(NULL, f, chain) + (chain == ISOLATE_ERRORS ? 2 : 0);
}
