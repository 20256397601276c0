/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table around the ban sets: made at start and after somebody damaged it. What `nft list table inet caltrop` shows:
 *
 *	set ban4 { type ipv4_addr; flags timeout; gc-interval 1m; }		(ban4_24, ban6 and ban6_64 alike)
 *	chain input { type filter hook input priority -190; policy accept;	(forward alike)
 *		ip saddr @ban4 counter drop
 *		ip saddr & 255.255.255.0 @ban4_24 counter drop
 *		ip6 saddr @ban6 counter drop
 *		ip6 saddr & ffff:ffff:ffff:ffff:: @ban6_64 counter drop
 *	}
 *
 * The table has no owner flag: it must outlive the process.
 */
#include "agent/actor/sys/nft.h"

#include "agent/actor/sys/nft_wire.h"

#include <arpa/inet.h>
#include <endian.h>

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
};

static void put_be32(struct nlmsghdr *h, uint16_t type, uint32_t value)
{
	mnl_attr_put_u32(h, type, htonl(value));
}

static void put_table(struct nft *n, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *h = nft_wire_message(n, type, flags);

	mnl_attr_put_strz(h, NFTA_TABLE_NAME, NFT_TABLE);
	if (type == NFT_MSG_NEWTABLE)
		put_be32(h, NFTA_TABLE_FLAGS, 0);
	nft_wire_end(n, h);
}

static void put_set(struct nft *n, enum nft_set set)
{
	struct nlmsghdr *h = nft_wire_message(n, NFT_MSG_NEWSET, NLM_F_CREATE);

	mnl_attr_put_strz(h, NFTA_SET_TABLE, NFT_TABLE);
	mnl_attr_put_strz(h, NFTA_SET_NAME, nft_set_name(set));
	put_be32(h, NFTA_SET_FLAGS, NFT_SET_TIMEOUT);
	put_be32(h, NFTA_SET_KEY_TYPE, shapes[set].key_type);
	put_be32(h, NFTA_SET_KEY_LEN, shapes[set].len);
	put_be32(h, NFTA_SET_ID, (uint32_t)set + 1);
	put_be32(h, NFTA_SET_GC_INTERVAL, GC_INTERVAL_MS);
	nft_wire_end(n, h);
}

static void put_chain(struct nft *n, unsigned chain)
{
	struct nlmsghdr *h = nft_wire_message(n, NFT_MSG_NEWCHAIN, NLM_F_CREATE);
	struct nlattr *hook;

	mnl_attr_put_strz(h, NFTA_CHAIN_TABLE, NFT_TABLE);
	mnl_attr_put_strz(h, NFTA_CHAIN_NAME, chains[chain].name);
	hook = mnl_attr_nest_start(h, NFTA_CHAIN_HOOK);
	put_be32(h, NFTA_HOOK_HOOKNUM, chains[chain].hook);
	put_be32(h, NFTA_HOOK_PRIORITY, (uint32_t)PRIORITY);
	mnl_attr_nest_end(h, hook);
	put_be32(h, NFTA_CHAIN_POLICY, NF_ACCEPT);
	mnl_attr_put_strz(h, NFTA_CHAIN_TYPE, "filter");
	nft_wire_end(n, h);
}

/* All rules of a chain go: a rule delete without a handle. */
static void put_flush(struct nft *n, unsigned chain)
{
	struct nlmsghdr *h = nft_wire_message(n, NFT_MSG_DELRULE, 0);

	mnl_attr_put_strz(h, NFTA_RULE_TABLE, NFT_TABLE);
	mnl_attr_put_strz(h, NFTA_RULE_CHAIN, chains[chain].name);
	nft_wire_end(n, h);
}

/* An expression's name; its attributes follow until end_expression. */
static struct nlattr *begin_expression(struct nlmsghdr *h, const char *name, struct nlattr **data)
{
	struct nlattr *element = mnl_attr_nest_start(h, NFTA_LIST_ELEM);

	mnl_attr_put_strz(h, NFTA_EXPR_NAME, name);
	*data = mnl_attr_nest_start(h, NFTA_EXPR_DATA);
	return element;
}

static void end_expression(struct nlmsghdr *h, struct nlattr *element, struct nlattr *data)
{
	mnl_attr_nest_end(h, data);
	mnl_attr_nest_end(h, element);
}

static void put_value(struct nlmsghdr *h, uint16_t type, const void *value, size_t len)
{
	struct nlattr *nest = mnl_attr_nest_start(h, type);

	mnl_attr_put(h, NFTA_DATA_VALUE, len, value);
	mnl_attr_nest_end(h, nest);
}

/* The inet family sees both protocols: meta nfproto PROTOCOL. */
static void put_protocol(struct nlmsghdr *h, uint8_t protocol)
{
	struct nlattr *data, *element = begin_expression(h, "meta", &data);

	put_be32(h, NFTA_META_DREG, NFT_REG_1);
	put_be32(h, NFTA_META_KEY, NFT_META_NFPROTO);
	end_expression(h, element, data);
	element = begin_expression(h, "cmp", &data);
	put_be32(h, NFTA_CMP_SREG, NFT_REG_1);
	put_be32(h, NFTA_CMP_OP, NFT_CMP_EQ);
	put_value(h, NFTA_CMP_DATA, &protocol, 1);
	end_expression(h, element, data);
}

/* Load src, masked, into the first register. */
static void put_src(struct nlmsghdr *h, enum nft_set set)
{
	static const uint8_t zero[16];
	struct nlattr *data, *element = begin_expression(h, "payload", &data);

	put_be32(h, NFTA_PAYLOAD_DREG, NFT_REG_1);
	put_be32(h, NFTA_PAYLOAD_BASE, NFT_PAYLOAD_NETWORK_HEADER);
	put_be32(h, NFTA_PAYLOAD_OFFSET, shapes[set].offset);
	put_be32(h, NFTA_PAYLOAD_LEN, shapes[set].len);
	end_expression(h, element, data);
	if (shapes[set].mask_len == 0)
		return;
	element = begin_expression(h, "bitwise", &data);
	put_be32(h, NFTA_BITWISE_SREG, NFT_REG_1);
	put_be32(h, NFTA_BITWISE_DREG, NFT_REG_1);
	put_be32(h, NFTA_BITWISE_LEN, shapes[set].mask_len);
	put_value(h, NFTA_BITWISE_MASK, shapes[set].mask, shapes[set].mask_len);
	put_value(h, NFTA_BITWISE_XOR, zero, shapes[set].mask_len);
	end_expression(h, element, data);
}

static void put_lookup_and_drop(struct nlmsghdr *h, enum nft_set set)
{
	struct nlattr *data, *element = begin_expression(h, "lookup", &data), *value, *verdict;

	mnl_attr_put_strz(h, NFTA_LOOKUP_SET, nft_set_name(set));
	put_be32(h, NFTA_LOOKUP_SREG, NFT_REG_1);
	put_be32(h, NFTA_LOOKUP_SET_ID, (uint32_t)set + 1);
	end_expression(h, element, data);
	element = begin_expression(h, "counter", &data);
	mnl_attr_put_u64(h, NFTA_COUNTER_BYTES, 0);
	mnl_attr_put_u64(h, NFTA_COUNTER_PACKETS, 0);
	end_expression(h, element, data);
	element = begin_expression(h, "immediate", &data);
	put_be32(h, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
	value = mnl_attr_nest_start(h, NFTA_IMMEDIATE_DATA);
	verdict = mnl_attr_nest_start(h, NFTA_DATA_VERDICT);
	put_be32(h, NFTA_VERDICT_CODE, NF_DROP);
	mnl_attr_nest_end(h, verdict);
	mnl_attr_nest_end(h, value);
	end_expression(h, element, data);
}

static void put_rule(struct nft *n, unsigned chain, enum nft_set set)
{
	struct nlmsghdr *h = nft_wire_message(n, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);
	struct nlattr *list;

	mnl_attr_put_strz(h, NFTA_RULE_TABLE, NFT_TABLE);
	mnl_attr_put_strz(h, NFTA_RULE_CHAIN, chains[chain].name);
	list = mnl_attr_nest_start(h, NFTA_RULE_EXPRESSIONS);
	put_protocol(h, shapes[set].protocol);
	put_src(h, set);
	put_lookup_and_drop(h, set);
	mnl_attr_nest_end(h, list);
	nft_wire_end(n, h);
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

static int count_reply(const struct nlmsghdr *reply, void *context)
{
	(void)reply;
	++*(unsigned *)context;
	return 0;
}

enum err nft_setup(struct nft *n)
{
	enum err err = make(n, false);
	struct nlmsghdr *h;
	unsigned rules = 0;

	/* A set or chain of another kind under our name cannot be changed, only replaced; its elements go with it. */
	if (err == ERR_EXISTS || err == ERR_UNSUPPORTED || err == ERR_INVALID || err == ERR_BUSY)
		err = make(n, true);
	if (err == ERR_NOT_FOUND)
		err = ERR_UNSUPPORTED;
	if (err != ERR_OK)
		return err;
	h = nft_wire_request(n, NFT_MSG_GETRULE, NLM_F_DUMP);
	mnl_attr_put_strz(h, NFTA_RULE_TABLE, NFT_TABLE);
	err = nft_wire_ask(n, count_reply, &rules);
	return err == ERR_OK && rules != RULES ? ERR_UNVERIFIED : err;
}
