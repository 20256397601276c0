/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes and reads the table, which `nft list table inet caltrop_limit` shows:
 *
 *	chain prerouting { type filter hook prerouting priority -190; policy accept;
 *		ip saddr 198.51.100.0/24 limit rate over 20/second burst 20 packets counter drop
 *		ip6 saddr & ffff:ffff:ffff:ffff:ffff:ffff:: == 64:ff9b:: @nh,160,24 0xc63364 limit ... counter drop
 *	}
 *
 * before local and forwarded packets part, so that both count for one bucket. The second rule is for an IPv4 source
 * that comes through NAT64, addr_plain(), which has a bucket of its own.
 */
#include "agent/actor/sys/nft_limit.h"

#include "agent/actor/sys/nft_chain.h"
#include "agent/actor/sys/nft_expr.h"
#include "agent/actor/sys/nft_same.h"
#include "agent/actor/sys/nft_wire.h"

#include <string.h>

#define SRC4_AT 12 /* of the network header */
#define SRC6_AT 8
#define RULES_MAX (2 * NETFILTER_LIMITS_MAX)

static const struct nft_chain chain = {NFT_LIMIT_TABLE, "prerouting", NF_INET_PRE_ROUTING,
				       NFT_PRIORITY,	NF_ACCEPT,    false};

/* One rule: which packets it counts, and from how many a second on it drops. */
struct rule {
	uint8_t protocol;     /* NFPROTO_IPV4, NFPROTO_IPV6 */
	uint32_t offset, len; /* of the address in the network header */
	uint8_t mask[16], key[16];
	uint32_t rate;
};

/* The rules of a limit; returns how many. */
static unsigned rules_of(const struct netfilter_limit *l, struct rule out[2])
{
	bool is4 = l->addr.family == 4;
	struct rule r = {.protocol = is4 ? NFPROTO_IPV4 : NFPROTO_IPV6,
			 .offset = is4 ? SRC4_AT : SRC6_AT,
			 .len = is4 ? 4 : 16,
			 .rate = l->rate};

	for (unsigned bit = 0; bit < l->addr.prefix; bit++)
		r.mask[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	memcpy(r.key, l->addr.bytes, r.len);
	out[0] = r;
	if (!is4)
		return 1;
	r.protocol = NFPROTO_IPV6;
	r.offset = SRC6_AT + NFT_EXPR_NAT64_BYTES;
	out[1] = r;
	return 2;
}

static unsigned rules_of_all(const struct netfilter_limit *list, unsigned count, struct rule out[RULES_MAX])
{
	unsigned rules = 0;

	for (unsigned i = 0; i < count; i++)
		rules += rules_of(&list[i], out + rules);
	return rules;
}

/* -- writing -- */

static void put_expressions(struct netlink_out *o, const struct rule *r)
{
	nft_expr_address(o, r->protocol, r->offset, r->len);
	nft_expr_mask(o, r->mask, r->len);
	nft_expr_cmp(o, NFT_CMP_EQ, r->key, r->len);
	nft_expr_over(o, r->rate);
	nft_expr_counter(o);
	nft_expr_verdict(o, NF_DROP);
}

static void put_rule(struct nft *n, const struct rule *r)
{
	size_t list = nft_chain_rule(n, &chain);

	put_expressions(&n->out, r);
	netlink_nest_end(&n->out, list);
}

enum err nft_limit_set(struct nft *n, const struct netfilter_limit *list, unsigned count)
{
	struct rule rules[RULES_MAX];
	struct nft_chain_state state;
	unsigned rule_count;
	enum err err;

	if (count > NETFILTER_LIMITS_MAX)
		return ERR_FULL;
	err = nft_chain_read(n, &chain, 1, &state);
	if (err != ERR_OK || (count == 0 && !state.table))
		return err;
	rule_count = rules_of_all(list, count, rules);
	nft_wire_begin(n);
	/* Made if it is not there, so that it can be deleted, with whatever somebody left under that name. */
	nft_chain_put_table(n, NFT_LIMIT_TABLE, state.table ? state.flags : 0);
	nft_chain_delete_table(n, NFT_LIMIT_TABLE);
	if (count > 0) {
		nft_chain_put_table(n, NFT_LIMIT_TABLE, 0);
		nft_chain_put(n, &chain);
	}
	for (unsigned i = 0; i < rule_count; i++)
		put_rule(n, &rules[i]);
	err = nft_wire_commit(n);
	return err == ERR_NOT_FOUND ? ERR_UNSUPPORTED : err;
}

/* -- reading -- */

struct reading {
	const struct rule *rules;
	unsigned count, at; /* the next one that has to come */
	bool wrong;
};

static bool is_rule(struct view got, const struct rule *r)
{
	struct nft_same s;

	nft_same_begin(&s);
	put_expressions(&s.out, r);
	return nft_same_end(&s, got);
}

static void take_rule(void *context, const struct netlink_message *reply)
{
	struct reading *r = context;
	struct view body = reply->body;
	struct netlink_attr list;
	struct nfgenmsg header;

	if ((reply->type & 0xff) != NFT_MSG_NEWRULE)
		return;
	if (r->at < r->count && netlink_take_header(&body, &header, sizeof(header)) &&
	    netlink_find(body, NFTA_RULE_EXPRESSIONS, &list) && is_rule(list.value, &r->rules[r->at]))
		r->at++;
	else
		r->wrong = true;
}

static void read_again(void *context)
{
	struct reading *r = context;

	r->at = 0;
	r->wrong = false;
}

enum err nft_limit_check(struct nft *n, const struct netfilter_limit *list, unsigned count)
{
	struct rule rules[RULES_MAX];
	struct reading r = {.rules = rules};
	struct netlink_reader reader = {take_rule, read_again, &r};
	struct nft_chain_state state;
	struct netlink_out *o;
	enum err err = count > NETFILTER_LIMITS_MAX ? ERR_FULL : nft_chain_read(n, &chain, 1, &state);

	if (err != ERR_OK)
		return err;
	if (count == 0)
		return state.table ? ERR_UNVERIFIED : ERR_OK;
	if (!state.right || (state.flags & NFT_TABLE_F_DORMANT))
		return ERR_UNVERIFIED;
	r.count = rules_of_all(list, count, rules);
	o = nft_wire_request(n, NFT_MSG_GETRULE, NLM_F_DUMP);
	netlink_text(o, NFTA_RULE_TABLE, NFT_LIMIT_TABLE);
	netlink_text(o, NFTA_RULE_CHAIN, chain.name);
	err = nft_wire_ask(n, &reader);
	if (err != ERR_OK)
		return err;
	return r.wrong || r.at != r.count ? ERR_UNVERIFIED : ERR_OK;
}
