/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads packets that the kernel logged. Whoever sent one chose all of its bytes, and the kernel cut it: every length is
 * checked, and a header that is not whole makes no sample. Never looks behind the ports.
 */
#include "agent/common/packet_log.h"

#include "agent/event/connection.h"

#include <endian.h>
#include <netinet/in.h>
#include <string.h>

#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_log.h>
#include <linux/netlink.h>

#define EXTENSIONS_MAX 8 /* headers between that of IPv6 and that of TCP */
#define EXTENSION_AH 51	 /* whose length counts words of four bytes */

void packet_log_bind(struct netlink_out *o, uint16_t group)
{
	struct nfgenmsg header = {.nfgen_family = 0, .version = NFNETLINK_V0, .res_id = htobe16(group)};
	struct nfulnl_msg_config_cmd bind = {.command = NFULNL_CFG_CMD_BIND};
	struct nfulnl_msg_config_mode mode = {.copy_range = htobe32(PACKET_LOG_SNAPLEN),
					      .copy_mode = NFULNL_COPY_PACKET};

	netlink_begin(o, NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_CONFIG, NLM_F_ACK);
	netlink_header(o, &header, sizeof(header));
	netlink_bytes(o, NFULA_CFG_CMD, &bind, sizeof(bind));
	netlink_bytes(o, NFULA_CFG_MODE, &mode, sizeof(mode));
	netlink_be32(o, NFULA_CFG_QTHRESH, PACKET_LOG_BATCH);
	netlink_be32(o, NFULA_CFG_TIMEOUT, PACKET_LOG_WAIT);
}

/* A fragment behind the first one has no ports. */
static bool take_ipv4(struct view *v, struct packet_sample *out, uint8_t *protocol)
{
	uint8_t words = view_be8(v) & 0xf, skipped[40];
	uint16_t fragment;

	(void)view_be8(v);
	(void)view_be32(v);
	fragment = view_be16(v);
	(void)view_be8(v);
	*protocol = view_be8(v);
	(void)view_be16(v);
	view_bytes(v, out->remote, 4);
	view_bytes(v, out->local, 4);
	if (words < 5 || fragment & 0x1fff)
		return false;
	view_bytes(v, skipped, 4u * (words - 5u));
	out->family = 4;
	return !v->short_read;
}

/* Pass over an extension header. False: what follows is not of a first fragment. */
static bool take_extension(struct view *v, uint8_t kind, uint8_t *next)
{
	uint8_t length;
	uint16_t rest;
	size_t left;

	*next = view_be8(v);
	length = view_be8(v);
	rest = view_be16(v);
	if (kind == IPPROTO_FRAGMENT && rest >> 3)
		return false;
	left = kind == IPPROTO_FRAGMENT ? 4 : kind == EXTENSION_AH ? 4u * (length + 2u) - 4 : 8u * (length + 1u) - 4;
	(void)view_borrow(v, left);
	return !v->short_read;
}

static bool is_extension(uint8_t kind)
{
	return kind == IPPROTO_HOPOPTS || kind == IPPROTO_ROUTING || kind == IPPROTO_FRAGMENT ||
	       kind == IPPROTO_DSTOPTS || kind == EXTENSION_AH;
}

static bool take_ipv6(struct view *v, struct packet_sample *out, uint8_t *protocol)
{
	(void)view_be32(v);
	(void)view_be16(v);
	*protocol = view_be8(v);
	(void)view_be8(v);
	view_bytes(v, out->remote, 16);
	view_bytes(v, out->local, 16);
	out->family = 6;
	for (unsigned i = 0; i < EXTENSIONS_MAX && is_extension(*protocol); i++)
		if (!take_extension(v, *protocol, protocol))
			return false;
	return !v->short_read;
}

bool packet_log_read(const struct netlink_message *m, struct packet_sample *out)
{
	struct view body = m->body, packet;
	struct netlink_attr payload;
	struct nfgenmsg header;
	uint8_t protocol = 0;

	memset(out, 0, sizeof(*out));
	if (m->type != (NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_PACKET) ||
	    !netlink_take_header(&body, &header, sizeof(header)) || !netlink_find(body, NFULA_PAYLOAD, &payload) ||
	    payload.value.len == 0)
		return false;
	packet = payload.value;
	out->version = PACKET_SAMPLE_VERSION;
	out->kind = PACKET_SAMPLE_LOGGED;
	switch (packet.data[0] >> 4) {
	case 4:
		if (!take_ipv4(&packet, out, &protocol))
			return false;
		break;
	case 6:
		if (!take_ipv6(&packet, out, &protocol))
			return false;
		break;
	default: return false;
	}
	if (protocol != IPPROTO_TCP && protocol != IPPROTO_UDP)
		return false;
	out->protocol = protocol == IPPROTO_TCP ? CONNECTION_TCP : CONNECTION_UDP;
	out->remote_port = view_be16(&packet);
	out->local_port = view_be16(&packet);
	return !packet.short_read;
}
