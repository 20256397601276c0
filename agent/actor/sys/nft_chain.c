/* SPDX-License-Identifier: Apache-2.0 */
/* Chains between our description and the kernel's, for the table of bans and for isolation. */
#include "agent/actor/sys/nft_chain.h"

#include "agent/actor/sys/nft_expr.h"
#include "agent/actor/sys/nft_wire.h"
#include "agent/base/require.h"

#include <string.h>

void nft_chain_put_table(struct nft *n)
{
	struct netlink_out *o = nft_wire_message(n, NFT_MSG_NEWTABLE, NLM_F_CREATE);

	netlink_text(o, NFTA_TABLE_NAME, NFT_TABLE);
	netlink_be32(o, NFTA_TABLE_FLAGS, 0);
}

void nft_chain_put(struct nft *n, const struct nft_chain *c)
{
	struct netlink_out *o = nft_wire_message(n, NFT_MSG_NEWCHAIN, NLM_F_CREATE);
	size_t hook;

	netlink_text(o, NFTA_CHAIN_TABLE, NFT_TABLE);
	netlink_text(o, NFTA_CHAIN_NAME, c->name);
	hook = netlink_nest(o, NFTA_CHAIN_HOOK);
	netlink_be32(o, NFTA_HOOK_HOOKNUM, c->hook);
	netlink_be32(o, NFTA_HOOK_PRIORITY, (uint32_t)c->priority);
	netlink_nest_end(o, hook);
	netlink_be32(o, NFTA_CHAIN_POLICY, c->policy);
	netlink_text(o, NFTA_CHAIN_TYPE, "filter");
}

/* A rule delete without a handle takes all rules. */
void nft_chain_flush(struct nft *n, const struct nft_chain *c)
{
	struct netlink_out *o = nft_wire_message(n, NFT_MSG_DELRULE, 0);

	netlink_text(o, NFTA_RULE_TABLE, NFT_TABLE);
	netlink_text(o, NFTA_RULE_CHAIN, c->name);
}

void nft_chain_delete(struct nft *n, const struct nft_chain *c)
{
	struct netlink_out *o;

	nft_chain_flush(n, c);
	o = nft_wire_message(n, NFT_MSG_DELCHAIN, 0);
	netlink_text(o, NFTA_CHAIN_TABLE, NFT_TABLE);
	netlink_text(o, NFTA_CHAIN_NAME, c->name);
}

size_t nft_chain_rule(struct nft *n, const struct nft_chain *c)
{
	struct netlink_out *o = nft_wire_message(n, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);

	netlink_text(o, NFTA_RULE_TABLE, NFT_TABLE);
	netlink_text(o, NFTA_RULE_CHAIN, c->name);
	return nft_expr_list(o);
}

struct reading {
	const struct nft_chain *list;
	unsigned count;
	struct nft_chain_state *out;
};

/* Which of the list a reply of our table is about; count: none. The types of both attributes follow the message's. */
static unsigned which(const struct reading *r, struct view body, uint16_t table, uint16_t chain)
{
	struct netlink_attr attr;
	unsigned i = r->count;

	if (netlink_find(body, table, &attr) && str_equal(netlink_get_text(&attr), STR(NFT_TABLE)) &&
	    netlink_find(body, chain, &attr))
		for (i = 0; i < r->count && !str_equal(netlink_get_text(&attr), str_from(r->list[i].name)); i++)
			;
	return i;
}

static uint32_t number(struct view attrs, uint16_t type)
{
	struct netlink_attr attr;
	uint32_t value = UINT32_MAX;

	if (netlink_find(attrs, type, &attr))
		(void)netlink_get_be32(&attr, &value);
	return value;
}

static bool chain_is(struct view body, const struct nft_chain *c)
{
	struct netlink_attr hook;

	return netlink_find(body, NFTA_CHAIN_HOOK, &hook) && number(hook.value, NFTA_HOOK_HOOKNUM) == c->hook &&
	       number(hook.value, NFTA_HOOK_PRIORITY) == (uint32_t)c->priority &&
	       number(body, NFTA_CHAIN_POLICY) == c->policy;
}

static void take_chain(void *context, const struct netlink_message *reply)
{
	const struct reading *r = context;
	struct view body = reply->body;
	struct nfgenmsg header;
	unsigned i;

	if (!netlink_take_header(&body, &header, sizeof(header)))
		return;
	i = which(r, body, NFTA_CHAIN_TABLE, NFTA_CHAIN_NAME);
	if (i == r->count)
		return;
	r->out->there |= 1u << i;
	if (chain_is(body, &r->list[i]))
		r->out->right |= 1u << i;
}

static void take_rule(void *context, const struct netlink_message *reply)
{
	const struct reading *r = context;
	struct view body = reply->body;
	struct netlink_attr list = {0};
	struct nfgenmsg header;
	unsigned i;

	if (!netlink_take_header(&body, &header, sizeof(header)))
		return;
	i = which(r, body, NFTA_RULE_TABLE, NFTA_RULE_CHAIN);
	if (i == r->count)
		return;
	r->out->rules[i]++;
	r->out->drops_last &= ~(1u << i);
	if (netlink_find(body, NFTA_RULE_EXPRESSIONS, &list) && nft_expr_only_drops(list.value))
		r->out->drops_last |= 1u << i;
}

static void forget_chains(void *context)
{
	const struct reading *r = context;

	memset(r->out, 0, sizeof(*r->out));
}

static void forget_rules(void *context)
{
	const struct reading *r = context;

	memset(r->out->rules, 0, sizeof(r->out->rules));
	r->out->drops_last = 0;
}

enum err nft_chain_read(struct nft *n, const struct nft_chain *list, unsigned count, struct nft_chain_state *out)
{
	struct reading r = {list, count, out};
	struct netlink_reader chains = {take_chain, forget_chains, &r};
	struct netlink_reader rules = {take_rule, forget_rules, &r};
	enum err err;

	require(count <= NFT_CHAINS_MAX);
	forget_chains(&r);
	(void)nft_wire_request(n, NFT_MSG_GETCHAIN, NLM_F_DUMP);
	err = nft_wire_ask(n, &chains);
	if (err != ERR_OK)
		return err;
	netlink_text(nft_wire_request(n, NFT_MSG_GETRULE, NLM_F_DUMP), NFTA_RULE_TABLE, NFT_TABLE);
	err = nft_wire_ask(n, &rules);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}
