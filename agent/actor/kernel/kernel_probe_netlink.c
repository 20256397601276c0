/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asks sock_diag(7) and three parts of netfilter. sock_diag answers a list of no state by its end, or by ENOENT where
 * the protocol has no list; netfilter answers EINVAL for a part that it does not have.
 */
#include "agent/actor/kernel/kernel_probe.h"

#include "agent/base/netlink_socket.h"

#include <netinet/in.h>

#include <linux/inet_diag.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netfilter/nfnetlink_log.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>

#include <sys/socket.h>

#define OUT_BYTES 256
#define IN_BYTES 32768

/* Ask one thing of a protocol: a header, and nothing behind it. */
static enum err ask(int protocol, uint16_t type, uint16_t flags, struct str header)
{
	static char in[IN_BYTES];
	struct netlink s = {.fd = -1, .in = in, .in_cap = sizeof(in)};
	char bytes[OUT_BYTES];
	struct netlink_out o = netlink_over(bytes, sizeof(bytes));
	enum err err = netlink_open(&s, protocol);

	if (err != ERR_OK)
		return err;
	netlink_begin(&o, type, flags);
	netlink_header(&o, header.data, header.len);
	err = netlink_ask(&s, &o, o.seq, NULL);
	netlink_close(&s);
	return err;
}

static enum err ask_diag(uint8_t protocol, uint16_t type, uint16_t flags)
{
	const struct inet_diag_req_v2 request = {
		.sdiag_family = AF_INET,
		.sdiag_protocol = protocol,
		.id.idiag_cookie = {INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE},
	};

	return ask(NETLINK_SOCK_DIAG, type, flags, (struct str){(const char *)&request, sizeof(request)});
}

static enum kernel_state has_list(uint8_t protocol)
{
	enum err err = ask_diag(protocol, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP);

	if (err == ERR_NOT_FOUND || err == ERR_UNSUPPORTED)
		return KERNEL_MISSING;
	return err == ERR_OK ? KERNEL_THERE : KERNEL_UNKNOWN;
}

enum kernel_state kernel_probe_tcp_diag(void)
{
	return has_list(IPPROTO_TCP);
}

enum kernel_state kernel_probe_udp_diag(void)
{
	return has_list(IPPROTO_UDP);
}

/* To end the connection from no address and port to no other one, which is never there. */
enum kernel_state kernel_probe_tcp_destroy(void)
{
	switch (ask_diag(IPPROTO_TCP, SOCK_DESTROY, NLM_F_ACK)) {
	case ERR_INVALID:
	case ERR_UNSUPPORTED: return KERNEL_MISSING;
	case ERR_NOT_FOUND: return kernel_probe_tcp_diag();
	default: return KERNEL_UNKNOWN;
	}
}

static enum err ask_netfilter(uint16_t part, uint16_t type, uint16_t flags)
{
	const struct nfgenmsg header = {.nfgen_family = AF_UNSPEC, .version = NFNETLINK_V0};

	return ask(NETLINK_NETFILTER, (uint16_t)(part << 8 | type), flags,
		   (struct str){(const char *)&header, sizeof(header)});
}

/* Whether a part that is there would have given this answer to a request. */
static enum kernel_state has_part(enum err err)
{
	switch (err) {
	case ERR_INVALID:
	case ERR_UNSUPPORTED: return KERNEL_MISSING;
	case ERR_DENIED:
	case ERR_TIMEOUT: return KERNEL_UNKNOWN;
	default: return KERNEL_THERE;
	}
}

enum kernel_state kernel_probe_nf_tables(void)
{
	return has_part(ask_netfilter(NFNL_SUBSYS_NFTABLES, NFT_MSG_GETGEN, NLM_F_ACK));
}

enum kernel_state kernel_probe_conntrack(void)
{
	if (!kernel_probe_tracks())
		return KERNEL_UNKNOWN;
	return has_part(ask_netfilter(NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_GET_STATS, NLM_F_ACK));
}

/* A packet that a program gives to the log is refused, by a log that is there. */
enum kernel_state kernel_probe_packet_log(void)
{
	return has_part(ask_netfilter(NFNL_SUBSYS_ULOG, NFULNL_MSG_PACKET, NLM_F_ACK));
}
