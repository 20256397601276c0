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
 *		ip6 saddr & ffff:ffff:ffff:ffff:ffff:ffff:: == 64:ff9b:: @nh,160,32 @ban4 counter drop
 *		(the same for ban4_24 and ban4_net: an IPv4 source that comes through NAT64, addr_plain())
 *	}
 *	chain output { ... }							(the same for daddr)
 *
 * What is sent to a banned address is dropped too: else an open connection would still get the answer to the guess for
 * which it was banned. Destroying its sockets would do that as well, but could not be taken back, as an early ban can.
 *
 * The table has no owner flag: it must outlive the process.
 */
#include "agent/actor/sys/nft.h"

#include "agent/actor/sys/nft_chain.h"
#include "agent/actor/sys/nft_expr.h"
#include "agent/actor/sys/nft_kind.h"
#include "agent/actor/sys/nft_wire.h"

#define PRIORITY NFT_PRIORITY
#define GC_INTERVAL_MS 60000 /* an expired element drops nothing meanwhile; the default second is a wake-up */

static const struct nft_chain chains[] = {
	{NFT_TABLE, "input", NF_INET_LOCAL_IN, PRIORITY, NF_ACCEPT, false},
	{NFT_TABLE, "forward", NF_INET_FORWARD, PRIORITY, NF_ACCEPT, false},
	{NFT_TABLE, "output", NF_INET_LOCAL_OUT, PRIORITY, NF_ACCEPT, false},
};

#define CHAINS (sizeof(chains) / sizeof(chains[0]))

/* How a rule finds the address that a packet came from (src), and in which set it looks for it. */
struct ban_rule {
	enum ban_set set;
	uint8_t protocol;
	uint8_t offset, len; /* of src in the network header, or of the IPv4 address in it */
	uint8_t mask_len;    /* what of it counts; 0: the whole address */
	uint8_t mask[16];
};

#define SRC4 NFPROTO_IPV4, 12, 4
#define SRC6 NFPROTO_IPV6, 8, 16
#define SRC_NAT64 NFPROTO_IPV6, 20, 4
#define DST4_BEHIND_SRC 4 /* bytes, in the network header */
#define DST6_BEHIND_SRC 16

static const struct ban_rule rules[] = {
	{BAN_SET4, SRC4, 0, {0}},	   {BAN_SET4_24, SRC4, 4, {0xff, 0xff, 0xff}},
	{BAN_SET6, SRC6, 0, {0}},	   {BAN_SET6_64, SRC6, 16, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}},
	{BAN_SET4_NET, SRC4, 0, {0}},	   {BAN_SET6_NET, SRC6, 0, {0}},
	{BAN_SET4, SRC_NAT64, 0, {0}},	   {BAN_SET4_24, SRC_NAT64, 4, {0xff, 0xff, 0xff}},
	{BAN_SET4_NET, SRC_NAT64, 0, {0}},
};

#define RULES (sizeof(rules) / sizeof(rules[0]))

static void list_kinds(struct nft_kind kinds[BAN_SETS_MAX])
{
	for (unsigned i = 0; i < BAN_SETS_MAX; i++) {
		enum ban_set set = (enum ban_set)i;

		kinds[i] =
			(struct nft_kind){.table = NFT_TABLE, .name = ban_set_name(set), .family = ban_set_family(set)};
		kinds[i].flags = NFT_SET_TIMEOUT | (ban_set_is_net(set) ? NFT_SET_INTERVAL : 0);
		kinds[i].gc_ms = GC_INTERVAL_MS;
	}
}

/*
 * The inet family sees both protocols, so a rule looks first which one it is, then for src in the set; `to`: for dst.
 */
static void put_expressions(struct netlink_out *o, const struct ban_rule *rule, bool to)
{
	uint8_t dst = !to ? 0 : rule->protocol == NFPROTO_IPV4 ? DST4_BEHIND_SRC : DST6_BEHIND_SRC;

	nft_expr_address(o, rule->protocol, rule->offset + dst, rule->len);
	if (rule->mask_len > 0)
		nft_expr_mask(o, rule->mask, rule->mask_len);
	nft_expr_lookup(o, ban_set_name(rule->set), (uint32_t)rule->set + 1);
	nft_expr_counter(o);
	nft_expr_verdict(o, NF_DROP);
}

static void put_chain(struct nft *n, const struct nft_chain *c)
{
	nft_chain_put(n, c);
	nft_chain_flush(n, c);
	for (unsigned i = 0; i < RULES; i++) {
		size_t list = nft_chain_rule(n, c);

		put_expressions(&n->out, &rules[i], c->hook == NF_INET_LOCAL_OUT);
		netlink_nest_end(&n->out, list);
	}
}

/* What is in the way of our sets and chains when they cannot be made. */
enum clear { CLEAR_NOTHING, CLEAR_OURS, CLEAR_TABLE };

static void delete_ours(struct nft *n, const struct nft_kind *kinds, unsigned chains_there, unsigned sets_there)
{
	for (unsigned chain = 0; chain < CHAINS; chain++)
		if (chains_there & 1u << chain)
			nft_chain_delete(n, &chains[chain]);
	for (unsigned set = 0; set < BAN_SETS_MAX; set++)
		if (sets_there & 1u << set)
			nft_kind_delete(n, &kinds[set]);
}

/* What is there of ours is looked for first: chains go before the sets that their rules use. */
static enum err make(struct nft *n, enum clear clear)
{
	struct nft_kind kinds[BAN_SETS_MAX];
	struct nft_chain_state state = {0};
	unsigned sets_there = 0;
	enum err err = clear == CLEAR_OURS ? nft_chain_read(n, chains, CHAINS, &state) : ERR_OK;

	list_kinds(kinds);
	if (err == ERR_OK && clear == CLEAR_OURS)
		err = nft_kind_read(n, kinds, BAN_SETS_MAX, &sets_there);
	if (err != ERR_OK)
		return err;
	nft_wire_begin(n);
	nft_chain_put_table(n, NFT_TABLE, 0);
	if (clear == CLEAR_TABLE) {
		nft_chain_delete_table(n, NFT_TABLE);
		nft_chain_put_table(n, NFT_TABLE, 0);
	}
	delete_ours(n, kinds, state.there, sets_there);
	for (unsigned set = 0; set < BAN_SETS_MAX; set++)
		nft_kind_put(n, &kinds[set], set + 1);
	for (unsigned chain = 0; chain < CHAINS; chain++)
		put_chain(n, &chains[chain]);
	return nft_wire_commit(n);
}

static bool contradicted(enum err err)
{
	return err == ERR_EXISTS || err == ERR_UNSUPPORTED || err == ERR_INVALID || err == ERR_BUSY;
}

enum err nft_setup(struct nft *n)
{
	struct nft_chain_state state;
	enum err err = make(n, CLEAR_NOTHING);

	n->prepared_len = 0;
	/* A set or chain of another kind under our name cannot be changed, only replaced; its elements go with it. */
	if (contradicted(err))
		err = make(n, CLEAR_OURS);
	/* Something else in the table uses it. */
	if (err != ERR_OK && contradicted(err))
		err = make(n, CLEAR_TABLE);
	if (err == ERR_NOT_FOUND)
		err = ERR_UNSUPPORTED;
	if (err == ERR_OK)
		err = nft_chain_read(n, chains, CHAINS, &state);
	if (err != ERR_OK)
		return err;
	for (unsigned chain = 0; chain < CHAINS; chain++)
		if (!(state.right & 1u << chain) || state.uses[chain] != RULES)
			return ERR_UNVERIFIED;
	return ERR_OK;
}
