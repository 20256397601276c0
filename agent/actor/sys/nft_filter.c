/* SPDX-License-Identifier: Apache-2.0 */
/* The policy's table: written in one transaction, and read back whole. What `nft list table inet caltrop_policy` shows
 * is what `caltrop policy render` prints, and the guard's own link. */
#include "agent/actor/sys/nft_filter.h"

#include "agent/actor/sys/nft_filter_rules.h"
#include "agent/actor/sys/nft_filter_sets.h"
#include "agent/actor/sys/nft_same.h"
#include "agent/actor/sys/nft_wire.h"

#include <string.h>

static void make_rules(const struct nft_filter *f, struct filter_rules *out)
{
	const struct filter_facts facts = {f->service_port, f->resolver_count > 0};

	filter_rules_make(f->policy, &facts, out);
}

/* Which chains a policy has, as bits. */
static unsigned chains_of(const struct filter *p)
{
	unsigned chains = 1u << FILTER_CHAIN_ERRORS;

	for (unsigned way = 0; way < FILTER_WAYS; way++)
		chains |= p->drops[way] ? 1u << way : 0;
	return chains;
}

static enum err read_chains(struct nft *n, struct nft_chain_state *state)
{
	return nft_chain_read(n, nft_filter_chains, FILTER_CHAINS, state);
}

/* Deleted first, so whatever somebody left under that name does not matter. */
enum err nft_filter_set(struct nft *n, const struct nft_filter *f)
{
	struct filter_rules rules;
	struct nft_chain_state state;
	unsigned chains = chains_of(f->policy);
	enum err err = read_chains(n, &state);

	if (err != ERR_OK)
		return err;
	make_rules(f, &rules);
	nft_wire_begin(n);
	nft_chain_put_table(n, NFT_POLICY_TABLE, state.table ? state.flags : 0);
	nft_chain_delete_table(n, NFT_POLICY_TABLE);
	nft_chain_put_table(n, NFT_POLICY_TABLE, 0);
	nft_filter_sets_put(n, f);
	for (unsigned chain = 0; chain < FILTER_CHAINS; chain++)
		if (chains & 1u << chain)
			nft_chain_put(n, &nft_filter_chains[chain]);
	for (unsigned i = 0; i < rules.count; i++) {
		size_t list = nft_chain_rule(n, &nft_filter_chains[rules.list[i].chain]);

		nft_filter_rules_put(&n->out, f, &rules.list[i]);
		netlink_nest_end(&n->out, list);
	}
	err = nft_wire_commit(n);
	return err == ERR_NOT_FOUND ? ERR_UNSUPPORTED : err;
}

/* What rules there have to be, and how far those of each chain were read. */
struct reading {
	const struct nft_filter *f;
	const struct filter_rules *rules;
	unsigned at[FILTER_CHAINS];
	bool wrong;
};

/* The n-th rule of a chain; NULL: it has fewer. */
static const struct filter_rule *rule_at(const struct filter_rules *rules, unsigned chain, unsigned n)
{
	for (unsigned i = 0; i < rules->count; i++)
		if (rules->list[i].chain == chain && n-- == 0)
			return &rules->list[i];
	return NULL;
}

static bool is_rule(const struct nft_filter *f, const struct filter_rule *rule, struct view got)
{
	struct nft_same s;

	nft_same_begin(&s);
	nft_filter_rules_put(&s.out, f, rule);
	return nft_same_end(&s, got);
}

static unsigned chain_of(struct view body)
{
	struct netlink_attr name;
	unsigned chain = 0;

	if (!netlink_find(body, NFTA_RULE_CHAIN, &name))
		return FILTER_CHAINS;
	while (chain < FILTER_CHAINS && !str_equal(netlink_get_text(&name), str_from(nft_filter_chains[chain].name)))
		chain++;
	return chain;
}

static void take_rule(void *context, const struct netlink_message *reply)
{
	struct reading *r = context;
	struct view body = reply->body;
	const struct filter_rule *rule = NULL;
	struct netlink_attr list;
	struct nfgenmsg header;
	unsigned chain;

	if ((reply->type & 0xff) != NFT_MSG_NEWRULE)
		return;
	chain = netlink_take_header(&body, &header, sizeof(header)) ? chain_of(body) : FILTER_CHAINS;
	if (chain < FILTER_CHAINS)
		rule = rule_at(r->rules, chain, r->at[chain]++);
	if (!rule || !netlink_find(body, NFTA_RULE_EXPRESSIONS, &list) || !is_rule(r->f, rule, list.value))
		r->wrong = true;
}

static void read_again(void *context)
{
	struct reading *r = context;

	memset(r->at, 0, sizeof(r->at));
	r->wrong = false;
}

static enum err check_rules(struct nft *n, const struct nft_filter *f)
{
	struct filter_rules rules;
	struct reading r = {.f = f, .rules = &rules};
	struct netlink_reader reader = {take_rule, read_again, &r};
	enum err err;

	make_rules(f, &rules);
	netlink_text(nft_wire_request(n, NFT_MSG_GETRULE, NLM_F_DUMP), NFTA_RULE_TABLE, NFT_POLICY_TABLE);
	err = nft_wire_ask(n, &reader);
	for (unsigned chain = 0; chain < FILTER_CHAINS; chain++)
		r.wrong |= rule_at(&rules, chain, r.at[chain]) != NULL;
	return err == ERR_OK && r.wrong ? ERR_UNVERIFIED : err;
}

enum err nft_filter_check(struct nft *n, const struct nft_filter *f)
{
	struct nft_chain_state state;
	unsigned chains = chains_of(f->policy);
	enum err err = read_chains(n, &state);

	if (err != ERR_OK)
		return err;
	if (!state.table)
		return ERR_NOT_FOUND;
	if (state.there != chains || state.right != chains || (state.flags & NFT_TABLE_F_DORMANT))
		return ERR_UNVERIFIED;
	err = check_rules(n, f);
	return err == ERR_OK ? nft_filter_sets_check(n, f) : err;
}

enum err nft_filter_clear(struct nft *n)
{
	struct nft_chain_state state;
	enum err err = read_chains(n, &state);

	if (err != ERR_OK)
		return err;
	if (!state.table)
		return ERR_NOT_FOUND;
	nft_wire_begin(n);
	nft_chain_delete_table(n, NFT_POLICY_TABLE);
	return nft_wire_commit(n);
}
