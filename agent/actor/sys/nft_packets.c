/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes the table, which `nft list table inet caltrop_packets` shows:
 *
 *	chain input { type filter hook input priority -180; policy accept;
 *		iiftype loopback return
 *		pkttype != host return						(broadcasts and multicasts are no scan)
 *		meta l4proto tcp tcp flags & (ack | rst) != 0 return		(an answer, or the rest of a connection)
 *		meta l4proto udp socket transparent return			(it loads something where there is a
 *socket) meta l4proto tcp tcp dport 23 limit rate 50/second log group 4848 ... return	(each decoy) meta l4proto tcp
 *socket transparent return meta l4proto tcp limit rate 50/second log group 4848 ... meta l4proto udp udp sport < 1024
 *udp dport >= 32768 return	(a late answer to a client that is gone) meta l4proto udp limit rate 50/second log group
 *4848 ...
 *	}
 *
 * Behind the bans, so that who is banned fills no log, and before everybody's filter, which may drop what nobody
 *serves.
 */
#include "agent/actor/sys/nft_packets.h"

#include "agent/actor/sys/nft_chain.h"
#include "agent/actor/sys/nft_expr.h"
#include "agent/actor/sys/nft_wire.h"
#include "agent/common/packet_log.h"

#include <linux/if_arp.h>
#include <linux/if_packet.h>

#define PRIORITY (NFT_PRIORITY + 10)
#define RULES_BESIDE_DECOYS 8
#define FLAGS_AT 13	   /* byte of the TCP header */
#define FLAGS_LATER 0x14   /* ACK, RST */
#define SERVICE_PORTS 1024 /* below them, who sends a datagram answers */
#define CLIENT_PORTS 32768 /* from there on, clients get theirs (net.ipv4.ip_local_port_range) */

static const struct nft_chain chain = {NFT_PACKETS_TABLE, "input", NF_INET_LOCAL_IN, PRIORITY, NF_ACCEPT, false};

static size_t begin(struct nft *n, uint8_t protocol)
{
	size_t list = nft_chain_rule(n, &chain);

	if (protocol) {
		nft_expr_meta(&n->out, NFT_META_L4PROTO);
		nft_expr_cmp(&n->out, NFT_CMP_EQ, &protocol, sizeof(protocol));
	}
	return list;
}

static void end(struct nft *n, size_t list, bool returns)
{
	if (returns)
		nft_expr_verdict(&n->out, (uint32_t)NFT_RETURN);
	netlink_nest_end(&n->out, list);
}

static void put_log(struct nft *n, const struct settings *s)
{
	const struct nft_expr_log log = {(uint16_t)s->firewall_group, PACKET_LOG_SNAPLEN, PACKET_LOG_BATCH};

	nft_expr_limit(&n->out, s->firewall_rate);
	nft_expr_log(&n->out, &log);
}

static void compare_port(struct nft *n, uint32_t offset, uint32_t op, uint16_t port)
{
	uint8_t bytes[2] = {(uint8_t)(port >> 8), (uint8_t)port};

	nft_expr_payload(&n->out, NFT_PAYLOAD_TRANSPORT_HEADER, offset, sizeof(bytes));
	nft_expr_cmp(&n->out, op, bytes, sizeof(bytes));
}

/* What is of no interest, before anything that costs more. */
static void put_others(struct nft *n)
{
	static const uint16_t loopback = ARPHRD_LOOPBACK;
	static const uint8_t host = PACKET_HOST, later = FLAGS_LATER, none = 0;
	size_t list = begin(n, 0);

	nft_expr_meta(&n->out, NFT_META_IIFTYPE);
	nft_expr_cmp(&n->out, NFT_CMP_EQ, &loopback, sizeof(loopback));
	end(n, list, true);
	list = begin(n, 0);
	nft_expr_meta(&n->out, NFT_META_PKTTYPE);
	nft_expr_cmp(&n->out, NFT_CMP_NEQ, &host, sizeof(host));
	end(n, list, true);
	list = begin(n, IPPROTO_TCP);
	nft_expr_payload(&n->out, NFT_PAYLOAD_TRANSPORT_HEADER, FLAGS_AT, 1);
	nft_expr_mask(&n->out, &later, sizeof(later));
	nft_expr_cmp(&n->out, NFT_CMP_NEQ, &none, sizeof(none));
	end(n, list, true);
}

static void put_served(struct nft *n, uint8_t protocol)
{
	size_t list = begin(n, protocol);

	nft_expr_socket(&n->out);
	end(n, list, true);
}

/* A decoy is served by the guard, so it comes before what is served. */
static void put_decoy(struct nft *n, const struct settings *s, uint16_t port)
{
	size_t list = begin(n, IPPROTO_TCP);

	compare_port(n, 2, NFT_CMP_EQ, port);
	put_log(n, s);
	end(n, list, true);
}

static void put_unserved(struct nft *n, const struct settings *s, uint8_t protocol)
{
	size_t list = begin(n, protocol);

	put_log(n, s);
	end(n, list, false);
}

static void put_late_answers(struct nft *n)
{
	size_t list = begin(n, IPPROTO_UDP);

	compare_port(n, 0, NFT_CMP_LT, SERVICE_PORTS);
	compare_port(n, 2, NFT_CMP_GTE, CLIENT_PORTS);
	end(n, list, true);
}

enum err nft_packets_remove(struct nft *n)
{
	struct nft_chain_state state;
	enum err err = nft_chain_read(n, &chain, 1, &state);

	if (err != ERR_OK || !state.table)
		return err;
	nft_wire_begin(n);
	nft_chain_delete_table(n, NFT_PACKETS_TABLE);
	return nft_wire_commit(n);
}

/* Deleted first, so whatever somebody left under that name does not matter. */
static enum err make(struct nft *n, const struct settings *s)
{
	nft_wire_begin(n);
	nft_chain_put_table(n, NFT_PACKETS_TABLE, 0);
	nft_chain_delete_table(n, NFT_PACKETS_TABLE);
	nft_chain_put_table(n, NFT_PACKETS_TABLE, 0);
	nft_chain_put(n, &chain);
	put_others(n);
	put_served(n, IPPROTO_UDP);
	for (unsigned i = 0; i < s->decoy_count; i++)
		put_decoy(n, s, s->decoys[i]);
	put_served(n, IPPROTO_TCP);
	put_unserved(n, s, IPPROTO_TCP);
	put_late_answers(n);
	put_unserved(n, s, IPPROTO_UDP);
	return nft_wire_commit(n);
}

static void put_socket(struct nft *n, const struct settings *s)
{
	(void)s;
	nft_expr_socket(&n->out);
}

static void put_limit(struct nft *n, const struct settings *s)
{
	nft_expr_limit(&n->out, s->firewall_rate);
}

enum actor_lack nft_packets_lacks(struct nft *n, const struct settings *settings)
{
	static const struct nft_chain tried = {NFT_PACKETS_TABLE "_tried", "tried", 0, 0, 0, true};
	static const struct {
		enum actor_lack lack;
		void (*put)(struct nft *n, const struct settings *s);
	} parts[] = {{ACTOR_LACKS_SOCKET, put_socket}, {ACTOR_LACKS_LIMIT, put_limit}, {ACTOR_LACKS_LOG, put_log}};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		nft_wire_begin(n);
		nft_chain_put_table(n, tried.table, 0);
		nft_chain_put(n, &tried);
		size_t list = nft_chain_rule(n, &tried);

		parts[i].put(n, settings);
		netlink_nest_end(&n->out, list);
		nft_chain_delete_table(n, tried.table);
		if (nft_wire_commit(n) == ERR_NOT_FOUND)
			return parts[i].lack;
	}
	return ACTOR_LACKS_NOTHING;
}

enum err nft_packets_setup(struct nft *n, const struct settings *s)
{
	struct nft_chain_state state;
	enum err err;

	if (!s->firewall)
		return nft_packets_remove(n);
	err = make(n, s);
	if (err == ERR_NOT_FOUND)
		return ERR_UNSUPPORTED;
	if (err == ERR_OK)
		err = nft_chain_read(n, &chain, 1, &state);
	if (err != ERR_OK)
		return err;
	return state.right == 1 && state.uses[0] == RULES_BESIDE_DECOYS + s->decoy_count ? ERR_OK : ERR_UNVERIFIED;
}
