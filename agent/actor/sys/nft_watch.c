/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who else touched our tables: the kernel tells every member of NFNLGRP_NFTABLES what was added and deleted by which
 * netlink port, and at the end of each transaction which process it was (NFT_MSG_NEWGEN). Only reads.
 */
#include "agent/actor/sys/nft.h"

#include "agent/actor/sys/nft_wire.h"

#include <string.h>

/* The table's name is attribute 1 of tables, chains, rules, sets and lists of elements alike. */
_Static_assert(NFTA_TABLE_NAME == 1 && NFTA_CHAIN_TABLE == 1 && NFTA_RULE_TABLE == 1 && NFTA_SET_TABLE == 1 &&
		       NFTA_SET_ELEM_LIST_TABLE == 1,
	       "one reader for all");

/* Whether the message is about that table. */
static bool is_of(struct view body, struct str wanted)
{
	struct nfgenmsg header;
	struct netlink_attr table;

	return netlink_take_header(&body, &header, sizeof(header)) && header.nfgen_family == NFPROTO_INET &&
	       netlink_find(body, NFTA_TABLE_NAME, &table) && str_equal(netlink_get_text(&table), wanted);
}

static void note_process(struct view body, struct netfilter_news *news)
{
	struct nfgenmsg header;
	struct netlink_attr attr;

	if (!netlink_take_header(&body, &header, sizeof(header)))
		return;
	if (netlink_find(body, NFTA_GEN_PROC_PID, &attr))
		(void)netlink_get_be32(&attr, &news->by_pid);
	if (netlink_find(body, NFTA_GEN_PROC_NAME, &attr))
		str_show(netlink_get_text(&attr), news->by_name, sizeof(news->by_name));
}

/*
 * Somebody's new element bans more, not less: it is left alone and adopted at the next start. In isolation's table it
 * would let more through, in that of packets it would log less, in that of limits it could accept before they are met;
 * the policy's is as its author, who may be root of this device, made it.
 */
static bool is_damage(const struct netlink_message *m)
{
	uint16_t message = m->type & 0xff;

	return is_of(m->body, STR(NFT_ISOLATE_TABLE)) || is_of(m->body, STR(NFT_PACKETS_TABLE)) ||
	       is_of(m->body, STR(NFT_LIMIT_TABLE)) || is_of(m->body, STR(NFT_POLICY_TABLE)) ||
	       (message != NFT_MSG_NEWSETELEM && message != NFT_MSG_NEWSET && is_of(m->body, STR(NFT_TABLE)));
}

static void look_at(const struct nft *n, const struct netlink_message *m, struct netfilter_news *news)
{
	uint16_t message = m->type & 0xff;

	if (m->type >> 8 != NFNL_SUBSYS_NFTABLES || m->port == n->socket.port)
		return;
	if (message == NFT_MSG_NEWGEN && news->changed && news->by_pid == 0)
		note_process(m->body, news);
	else if (message != NFT_MSG_NEWGEN && is_damage(m))
		news->changed = true;
}

void nft_watch(struct nft *n, struct netfilter_news *news)
{
	memset(news, 0, sizeof(*news));
	for (unsigned i = 0; i < NFT_WATCH_MAX; i++) {
		struct netlink_message m;
		struct view datagram;
		enum err err = netlink_receive(n->watch_fd, n->in_bytes, sizeof(n->in_bytes), &datagram);

		if (err == ERR_FULL)
			news->lost = true;
		else if (err != ERR_OK)
			return;
		while (netlink_next(&datagram, &m))
			look_at(n, &m, news);
	}
}
