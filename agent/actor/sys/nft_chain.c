/* SPDX-License-Identifier: Apache-2.0 */
/* Chains between our description and the kernel's, for the table of bans and for isolation. */
#include "agent/actor/sys/nft_chain.h"

#include "agent/actor/sys/nft_expr.h"
#include "agent/actor/sys/nft_wire.h"
#include "agent/base/require.h"

#include <string.h>

void nft_chain_put_table(struct nft *n, const char *table, uint32_t flags)
{
	struct netlink_out *o = nft_wire_message(n, NFT_MSG_NEWTABLE, NLM_F_CREATE);

	netlink_text(o, NFTA_TABLE_NAME, table);
	netlink_be32(o, NFTA_TABLE_FLAGS, flags);
}

void nft_chain_delete_table(struct nft *n, const char *table)
{
	netlink_text(nft_wire_message(n, NFT_MSG_DELTABLE, 0), NFTA_TABLE_NAME, table);
}

void nft_chain_put(struct nft *n, const struct nft_chain *c)
{
	struct netlink_out *o = nft_wire_message(n, NFT_MSG_NEWCHAIN, NLM_F_CREATE);
	size_t hook;

	netlink_text(o, NFTA_CHAIN_TABLE, c->table);
	netlink_text(o, NFTA_CHAIN_NAME, c->name);
	if (c->plain)
		return;
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

	netlink_text(o, NFTA_RULE_TABLE, c->table);
	netlink_text(o, NFTA_RULE_CHAIN, c->name);
}

void nft_chain_delete(struct nft *n, const struct nft_chain *c)
{
	struct netlink_out *o;

	nft_chain_flush(n, c);
	o = nft_wire_message(n, NFT_MSG_DELCHAIN, 0);
	netlink_text(o, NFTA_CHAIN_TABLE, c->table);
	netlink_text(o, NFTA_CHAIN_NAME, c->name);
}

size_t nft_chain_rule(struct nft *n, const struct nft_chain *c)
{
	struct netlink_out *o = nft_wire_message(n, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);

	netlink_text(o, NFTA_RULE_TABLE, c->table);
	netlink_text(o, NFTA_RULE_CHAIN, c->name);
	return nft_expr_list(o);
}

struct reading {
	const struct nft_chain *list;
	unsigned count;
	struct nft_chain_state *out;
};

static bool chain_is(struct view body, const struct nft_chain *c)
{
	struct netlink_attr hook;

	if (!netlink_find(body, NFTA_CHAIN_HOOK, &hook))
		return c->plain;
	return !c->plain && netlink_find_be32(hook.value, NFTA_HOOK_HOOKNUM) == c->hook &&
	       netlink_find_be32(hook.value, NFTA_HOOK_PRIORITY) == (uint32_t)c->priority &&
	       netlink_find_be32(body, NFTA_CHAIN_POLICY) == c->policy;
}

static void take_chain(const struct reading *r, struct view body)
{
	struct netlink_attr name;
	unsigned i = 0;

	if (!netlink_find(body, NFTA_CHAIN_NAME, &name))
		return;
	while (i < r->count && !str_equal(netlink_get_text(&name), str_from(r->list[i].name)))
		i++;
	if (i == r->count)
		return;
	r->out->there |= 1u << i;
	r->out->uses[i] = netlink_find_be32(body, NFTA_CHAIN_USE);
	if (chain_is(body, &r->list[i]))
		r->out->right |= 1u << i;
}

static void take_reply(void *context, const struct netlink_message *reply)
{
	const struct reading *r = context;
	struct view body = reply->body;
	struct nfgenmsg header;

	if (!netlink_take_header(&body, &header, sizeof(header)))
		return;
	if ((reply->type & 0xff) == NFT_MSG_NEWCHAIN) {
		take_chain(r, body);
	} else if ((reply->type & 0xff) == NFT_MSG_NEWTABLE) {
		r->out->table = true;
		r->out->flags = netlink_find_be32(body, NFTA_TABLE_FLAGS);
	}
}

/* The acknowledgement of the last question ends the answers; without a table, the answer to the first one does. */
enum err nft_chain_read(struct nft *n, const struct nft_chain *list, unsigned count, struct nft_chain_state *out)
{
	struct reading r = {list, count, out};
	struct netlink_reader reader = {.each = take_reply, .context = &r};
	enum err err;

	require(count > 0 && count <= NFT_CHAINS_MAX);
	memset(out, 0, sizeof(*out));
	netlink_text(nft_wire_request(n, NFT_MSG_GETTABLE, 0), NFTA_TABLE_NAME, list[0].table);
	for (unsigned i = 0; i < count; i++) {
		struct netlink_out *o = nft_wire_message(n, NFT_MSG_GETCHAIN, 0);

		netlink_text(o, NFTA_CHAIN_TABLE, list[i].table);
		netlink_text(o, NFTA_CHAIN_NAME, list[i].name);
	}
	netlink_flags(&n->out, NLM_F_ACK);
	err = nft_wire_ask(n, &reader);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}
