/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table around the ban sets: made at start and after somebody damaged it. What `nft list table inet caltrop` shows:
 *
 *	set ban4 { type ipv4_addr; flags timeout; gc-interval 1m; }		(ban4_24, ban6 and ban6_64 alike)
 *	set ban4_net { type ipv4_addr; flags interval, timeout; gc-interval 1m; }	(ban6_net alike)
 *	chain input { type filter hook input priority -190; policy accept;	(forward alike)
 *		ip saddr @ban4 counter drop
 *		ip saddr & 255.255.255.0 @ban4_24 counter drop
 *		ip6 saddr @ban6 counter drop
 *		ip6 saddr & ffff:ffff:ffff:ffff:: @ban6_64 counter drop
 *		ip saddr @ban4_net counter drop
 *		ip6 saddr @ban6_net counter drop
 *	}
 *
 * The table has no owner flag: it must outlive the process.
 */
#include "agent/actor/sys/nft.h"

#include "agent/actor/sys/nft_expr.h"
#include "agent/actor/sys/nft_wire.h"

#define PRIORITY (-190) /* after connection tracking's -200, before everybody's filter at 0 */
#define TYPE_IPADDR 7	/* nft(8)'s numbers of key types, which it shows by */
#define TYPE_IP6ADDR 8
#define GC_INTERVAL_MS 60000 /* an expired element drops nothing meanwhile; the default second is a wake-up */

static const struct {
	const char *name;
	uint32_t hook;
} chains[] = {{"input", NF_INET_LOCAL_IN}, {"forward", NF_INET_FORWARD}};

#define CHAINS (sizeof(chains) / sizeof(chains[0]))
#define RULES (CHAINS * NFT_SETS_MAX)

/* How a set's rule finds the address that a packet came from (src), and what of it counts. */
static const struct {
	uint8_t protocol;
	uint8_t offset, len; /* of src in the network header */
	uint8_t mask[16];
	uint8_t mask_len; /* 0: the whole address */
	uint32_t key_type;
} shapes[NFT_SETS_MAX] = {
	[NFT_BAN4] = {NFPROTO_IPV4, 12, 4, {0}, 0, TYPE_IPADDR},
	[NFT_BAN4_24] = {NFPROTO_IPV4, 12, 4, {0xff, 0xff, 0xff}, 4, TYPE_IPADDR},
	[NFT_BAN6] = {NFPROTO_IPV6, 8, 16, {0}, 0, TYPE_IP6ADDR},
	[NFT_BAN6_64] = {NFPROTO_IPV6, 8, 16, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, 16, TYPE_IP6ADDR},
	[NFT_BAN4_NET] = {NFPROTO_IPV4, 12, 4, {0}, 0, TYPE_IPADDR},
	[NFT_BAN6_NET] = {NFPROTO_IPV6, 8, 16, {0}, 0, TYPE_IP6ADDR},
};

static void put_table(struct nft *n, uint16_t type, uint16_t flags)
{
	struct netlink_out *o = nft_wire_message(n, type, flags);

	netlink_text(o, NFTA_TABLE_NAME, NFT_TABLE);
	if (type == NFT_MSG_NEWTABLE)
		netlink_be32(o, NFTA_TABLE_FLAGS, 0);
}

static void put_set(struct nft *n, enum nft_set set)
{
	struct netlink_out *o = nft_wire_message(n, NFT_MSG_NEWSET, NLM_F_CREATE);

	netlink_text(o, NFTA_SET_TABLE, NFT_TABLE);
	netlink_text(o, NFTA_SET_NAME, nft_set_name(set));
	netlink_be32(o, NFTA_SET_FLAGS, NFT_SET_TIMEOUT | (nft_set_is_net(set) ? NFT_SET_INTERVAL : 0));
	netlink_be32(o, NFTA_SET_KEY_TYPE, shapes[set].key_type);
	netlink_be32(o, NFTA_SET_KEY_LEN, shapes[set].len);
	netlink_be32(o, NFTA_SET_ID, (uint32_t)set + 1);
	netlink_be32(o, NFTA_SET_GC_INTERVAL, GC_INTERVAL_MS);
}

static void put_chain(struct nft *n, unsigned chain)
{
	struct netlink_out *o = nft_wire_message(n, NFT_MSG_NEWCHAIN, NLM_F_CREATE);
	size_t hook;

	netlink_text(o, NFTA_CHAIN_TABLE, NFT_TABLE);
	netlink_text(o, NFTA_CHAIN_NAME, chains[chain].name);
	hook = netlink_nest(o, NFTA_CHAIN_HOOK);
	netlink_be32(o, NFTA_HOOK_HOOKNUM, chains[chain].hook);
	netlink_be32(o, NFTA_HOOK_PRIORITY, (uint32_t)PRIORITY);
	netlink_nest_end(o, hook);
	netlink_be32(o, NFTA_CHAIN_POLICY, NF_ACCEPT);
	netlink_text(o, NFTA_CHAIN_TYPE, "filter");
}

/* All rules of a chain go: a rule delete without a handle. */
static void put_flush(struct nft *n, unsigned chain)
{
	struct netlink_out *o = nft_wire_message(n, NFT_MSG_DELRULE, 0);

	netlink_text(o, NFTA_RULE_TABLE, NFT_TABLE);
	netlink_text(o, NFTA_RULE_CHAIN, chains[chain].name);
}

/* The inet family sees both protocols, so a rule looks first which one it is, then for src in the set. */
static void put_expressions(struct netlink_out *o, enum nft_set set)
{
	nft_expr_meta(o, NFT_META_NFPROTO);
	nft_expr_cmp(o, NFT_CMP_EQ, &shapes[set].protocol, sizeof(shapes[set].protocol));
	nft_expr_payload(o, NFT_PAYLOAD_NETWORK_HEADER, shapes[set].offset, shapes[set].len);
	if (shapes[set].mask_len > 0)
		nft_expr_mask(o, shapes[set].mask, shapes[set].mask_len);
	nft_expr_lookup(o, nft_set_name(set), (uint32_t)set + 1);
	nft_expr_counter(o);
	nft_expr_verdict(o, NF_DROP);
}

static void put_rule(struct nft *n, unsigned chain, enum nft_set set)
{
	struct netlink_out *o = nft_wire_message(n, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);
	size_t list;

	netlink_text(o, NFTA_RULE_TABLE, NFT_TABLE);
	netlink_text(o, NFTA_RULE_CHAIN, chains[chain].name);
	list = nft_expr_list(o);
	put_expressions(o, set);
	netlink_nest_end(o, list);
}

static enum err make(struct nft *n, bool anew)
{
	nft_wire_begin(n);
	put_table(n, NFT_MSG_NEWTABLE, NLM_F_CREATE);
	if (anew) {
		put_table(n, NFT_MSG_DELTABLE, 0);
		put_table(n, NFT_MSG_NEWTABLE, NLM_F_CREATE);
	}
	for (unsigned set = 0; set < NFT_SETS_MAX; set++)
		put_set(n, (enum nft_set)set);
	for (unsigned chain = 0; chain < CHAINS; chain++) {
		put_chain(n, chain);
		put_flush(n, chain);
		for (unsigned set = 0; set < NFT_SETS_MAX; set++)
			put_rule(n, chain, (enum nft_set)set);
	}
	return nft_wire_commit(n);
}

static void count_reply(void *context, const struct netlink_message *reply)
{
	(void)reply;
	++*(unsigned *)context;
}

static void count_again(void *context)
{
	*(unsigned *)context = 0;
}

enum err nft_setup(struct nft *n)
{
	enum err err = make(n, false);
	unsigned rules = 0;
	struct netlink_reader reader = {count_reply, count_again, &rules};

	/* A set or chain of another kind under our name cannot be changed, only replaced; its elements go with it. */
	if (err == ERR_EXISTS || err == ERR_UNSUPPORTED || err == ERR_INVALID || err == ERR_BUSY)
		err = make(n, true);
	if (err == ERR_NOT_FOUND)
		err = ERR_UNSUPPORTED;
	if (err != ERR_OK)
		return err;
	netlink_text(nft_wire_request(n, NFT_MSG_GETRULE, NLM_F_DUMP), NFTA_RULE_TABLE, NFT_TABLE);
	err = nft_wire_ask(n, &reader);
	return err == ERR_OK && rules != RULES ? ERR_UNVERIFIED : err;
}
