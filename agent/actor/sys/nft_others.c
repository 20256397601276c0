/* SPDX-License-Identifier: Apache-2.0 */
/* Finds what else filters packets here, chain by chain and then rule by rule. */
#include "agent/actor/sys/nft_others.h"

#include "agent/actor/sys/nft_filter.h"
#include "agent/actor/sys/nft_wire.h"
#include "agent/base/hash.h"

#include <linux/netfilter/nf_tables_compat.h>
#include <stdio.h>
#include <string.h>

static const char *family_name(uint8_t family)
{
	return family == NFPROTO_INET ? "inet" : family == NFPROTO_IPV4 ? "ip" : family == NFPROTO_IPV6 ? "ip6" : NULL;
}

static bool filters_packets(struct view body)
{
	struct netlink_attr hook, type;
	uint32_t where;

	if (!netlink_find(body, NFTA_CHAIN_HOOK, &hook) || !netlink_find(body, NFTA_CHAIN_TYPE, &type) ||
	    !str_equal(netlink_get_text(&type), STR("filter")))
		return false;
	where = netlink_find_be32(hook.value, NFTA_HOOK_HOOKNUM);
	return where == NF_INET_LOCAL_IN || where == NF_INET_LOCAL_OUT || where == NF_INET_FORWARD;
}

static void name(const char *family, struct str table, char out[NFT_OTHERS_NAME_MAX])
{
	char shown[NFT_OTHERS_NAME_MAX - 8];

	str_show(table, shown, sizeof(shown));
	snprintf(out, NFT_OTHERS_NAME_MAX, "%s %s", family, shown);
}

static uint64_t table_hash(uint8_t family, struct str table)
{
	const struct hash_key key = {family, 0};

	return hash_bytes(&key, table.data, table.len);
}

static unsigned table_at(const struct nft_others *o, uint64_t name)
{
	unsigned i = 0;

	while (i < o->table_count && o->tables[i].name != name)
		i++;
	return i;
}

static void note_table(struct nft_others *o, uint64_t name, struct view body)
{
	unsigned i = table_at(o, name);
	struct netlink_attr hook;

	if (i == NFT_OTHERS_TABLES_MAX || !netlink_find(body, NFTA_CHAIN_HOOK, &hook))
		return;
	if (i == o->table_count) {
		o->tables[i].name = name;
		o->table_count++;
	}
	o->tables[i].before |= (int32_t)netlink_find_be32(hook.value, NFTA_HOOK_PRIORITY) < NFT_FILTER_PRIORITY;
}

static void take_chain(void *context, const struct netlink_message *reply)
{
	struct nft_others *o = context;
	struct view body = reply->body;
	struct netlink_attr table;
	struct nfgenmsg header;
	const char *family;

	if (!netlink_take_header(&body, &header, sizeof(header)) || !netlink_find(body, NFTA_CHAIN_TABLE, &table))
		return;
	family = family_name(header.nfgen_family);
	if (!family || str_starts(netlink_get_text(&table), STR(NFT_TABLE)) || !filters_packets(body))
		return;
	note_table(o, table_hash(header.nfgen_family, netlink_get_text(&table)), body);
	if (netlink_find_be32(body, NFTA_CHAIN_POLICY) == NF_DROP) {
		if (o->dropping++ == 0)
			name(family, netlink_get_text(&table), o->drops);
	} else if (netlink_find_be32(body, NFTA_CHAIN_USE) > 0) {
		if (o->filtering++ == 0)
			name(family, netlink_get_text(&table), o->filters);
	}
}

static void take_again(void *context)
{
	memset(context, 0, sizeof(struct nft_others));
}

/* -- rules -- */

static bool verdict_drops(struct view data)
{
	struct netlink_attr value, verdict;

	return netlink_find(data, NFTA_IMMEDIATE_DATA, &value) &&
	       netlink_find(value.value, NFTA_DATA_VERDICT, &verdict) &&
	       netlink_find_be32(verdict.value, NFTA_VERDICT_CODE) == NF_DROP;
}

/* REJECT of iptables is an extension of its own; its DROP is a verdict. */
static bool extension_drops(struct view data)
{
	struct netlink_attr name;

	return netlink_find(data, NFTA_TARGET_NAME, &name) && str_equal(netlink_get_text(&name), STR("REJECT"));
}

static bool drops(struct view list)
{
	struct netlink_attr element, name, data;

	while (netlink_next_attr(&list, &element)) {
		if (!netlink_find(element.value, NFTA_EXPR_NAME, &name))
			continue;
		if (!netlink_find(element.value, NFTA_EXPR_DATA, &data))
			data.value = view_over(NULL, 0);
		if (str_equal(netlink_get_text(&name), STR("reject")) ||
		    (str_equal(netlink_get_text(&name), STR("immediate")) && verdict_drops(data.value)) ||
		    (str_equal(netlink_get_text(&name), STR("target")) && extension_drops(data.value)))
			return true;
	}
	return false;
}

static void name_rule(struct nft_others_rule *out, const char *family, struct view body)
{
	struct netlink_attr attr;
	char table[24] = "", chain[24] = "";

	if (netlink_find(body, NFTA_RULE_TABLE, &attr))
		str_show(netlink_get_text(&attr), table, sizeof(table));
	if (netlink_find(body, NFTA_RULE_CHAIN, &attr))
		str_show(netlink_get_text(&attr), chain, sizeof(chain));
	if (netlink_find(body, NFTA_RULE_HANDLE, &attr))
		(void)netlink_get_be64(&attr, &out->handle);
	snprintf(out->place, sizeof(out->place), "%s %s %s", family, table, chain);
}

static void take_rule(void *context, const struct netlink_message *reply)
{
	struct nft_others *o = context;
	struct view body = reply->body;
	struct netlink_attr table, list;
	struct nfgenmsg header;
	const char *family;
	unsigned i;

	if ((reply->type & 0xff) != NFT_MSG_NEWRULE || !netlink_take_header(&body, &header, sizeof(header)) ||
	    !netlink_find(body, NFTA_RULE_TABLE, &table) || !netlink_find(body, NFTA_RULE_EXPRESSIONS, &list))
		return;
	family = family_name(header.nfgen_family);
	i = table_at(o, table_hash(header.nfgen_family, netlink_get_text(&table)));
	if (!family || i == o->table_count || !drops(list.value))
		return;
	if (o->rules < NFT_OTHERS_RULES_MAX) {
		name_rule(&o->named[o->rules], family, body);
		o->named[o->rules].before = o->tables[i].before;
	}
	o->rules++;
}

static void take_rules_again(void *context)
{
	struct nft_others *o = context;

	o->rules = 0;
	memset(o->named, 0, sizeof(o->named));
}

static enum err dump(struct nft *n, uint16_t type, const struct netlink_reader *reader)
{
	const struct nfgenmsg all = {.nfgen_family = NFPROTO_UNSPEC, .version = NFNETLINK_V0};

	netlink_clear(&n->out);
	netlink_begin(&n->out, (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type), NLM_F_DUMP);
	netlink_header(&n->out, &all, sizeof(all));
	return nft_wire_ask(n, reader);
}

enum err nft_others_read(struct nft *n, struct nft_others *out)
{
	const struct netlink_reader chains = {take_chain, take_again, out};
	const struct netlink_reader rules = {take_rule, take_rules_again, out};
	enum err err;

	memset(out, 0, sizeof(*out));
	err = dump(n, NFT_MSG_GETCHAIN, &chains);
	return err == ERR_OK && out->table_count > 0 ? dump(n, NFT_MSG_GETRULE, &rules) : err;
}
