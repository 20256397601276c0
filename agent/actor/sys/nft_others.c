/* SPDX-License-Identifier: Apache-2.0 */
/* Counts what else filters packets here. */
#include "agent/actor/sys/nft_others.h"

#include "agent/actor/sys/nft_wire.h"

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

enum err nft_others_read(struct nft *n, struct nft_others *out)
{
	const struct nfgenmsg all = {.nfgen_family = NFPROTO_UNSPEC, .version = NFNETLINK_V0};
	struct netlink_reader reader = {take_chain, take_again, out};

	memset(out, 0, sizeof(*out));
	netlink_clear(&n->out);
	netlink_begin(&n->out, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETCHAIN, NLM_F_DUMP);
	netlink_header(&n->out, &all, sizeof(all));
	return nft_wire_ask(n, &reader);
}
