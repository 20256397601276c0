/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who else touched our table: the kernel tells every member of NFNLGRP_NFTABLES what was added and deleted by which
 * netlink port, and at the end of each transaction which process it was (NFT_MSG_NEWGEN). Only reads.
 */
#include "agent/actor/sys/nft.h"

#include "agent/actor/sys/nft_wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* The table's name is attribute 1 of tables, chains, rules, sets and lists of elements alike. */
_Static_assert(NFTA_TABLE_NAME == 1 && NFTA_CHAIN_TABLE == 1 && NFTA_RULE_TABLE == 1 && NFTA_SET_TABLE == 1 &&
		       NFTA_SET_ELEM_LIST_TABLE == 1,
	       "one reader for all");

static bool of_our_table(const struct nlmsghdr *h)
{
	const struct nfgenmsg *g = mnl_nlmsg_get_payload(h);
	const struct nlattr *attr;

	if (h->nlmsg_len < MNL_NLMSG_HDRLEN + sizeof(*g) || g->nfgen_family != NFPROTO_INET)
		return false;
	mnl_attr_for_each(attr, h, sizeof(*g))
		if (mnl_attr_get_type(attr) == NFTA_TABLE_NAME)
			return mnl_attr_get_payload_len(attr) == sizeof(NFT_TABLE) &&
			       memcmp(mnl_attr_get_payload(attr), NFT_TABLE, sizeof(NFT_TABLE)) == 0;
	return false;
}

static void note_process(const struct nlmsghdr *h, struct nft_news *news)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, h, sizeof(struct nfgenmsg)) {
		uint16_t len = mnl_attr_get_payload_len(attr);

		if (mnl_attr_get_type(attr) == NFTA_GEN_PROC_PID && len == sizeof(uint32_t))
			news->by_pid = ntohl(mnl_attr_get_u32(attr));
		if (mnl_attr_get_type(attr) == NFTA_GEN_PROC_NAME)
			str_show((struct str){mnl_attr_get_payload(attr), strnlen(mnl_attr_get_payload(attr), len)},
				 news->by_name, sizeof(news->by_name));
	}
}

/* Somebody's new element bans more, not less: it is left alone and adopted at the next start. */
static bool harmless(uint16_t message)
{
	return message == NFT_MSG_NEWSETELEM || message == NFT_MSG_NEWSET;
}

static void look_at(const struct nft *n, const struct nlmsghdr *h, struct nft_news *news)
{
	uint16_t message = h->nlmsg_type & 0xff;

	if (h->nlmsg_type >> 8 != NFNL_SUBSYS_NFTABLES || h->nlmsg_pid == n->port)
		return;
	if (message == NFT_MSG_NEWGEN && news->changed && news->by_pid == 0)
		note_process(h, news);
	else if (message != NFT_MSG_NEWGEN && !harmless(message) && of_our_table(h))
		news->changed = true;
}

void nft_watch(struct nft *n, struct nft_news *news)
{
	memset(news, 0, sizeof(*news));
	for (;;) {
		ssize_t got = recv(n->watch_fd, n->in, sizeof(n->in), MSG_DONTWAIT);
		const struct nlmsghdr *h = (const struct nlmsghdr *)n->in;

		if (got < 0 && errno == ENOBUFS)
			news->lost = true;
		else if (got <= 0 && errno != EINTR)
			return;
		for (int rest = (int)got; got > 0 && mnl_nlmsg_ok(h, rest); h = mnl_nlmsg_next(h, &rest))
			look_at(n, h, news);
	}
}
