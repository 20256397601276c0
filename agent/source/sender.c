/* SPDX-License-Identifier: Apache-2.0 */
/* Compares ends. Never chooses one of several sockets that are alike. */
#include "agent/source/sender.h"

#include "agent/base/addr.h"
#include "agent/event/connection.h"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>

#include <string.h>
#include <sys/socket.h>

static uint8_t bytes_of(uint8_t family)
{
	return family == 4 ? 4 : 16;
}

static void ask(struct netlink_out *o, const struct socket_sample *c, uint8_t family)
{
	bool tcp = c->protocol == CONNECTION_TCP;
	struct inet_diag_req_v2 request = {.sdiag_family = family == 4 ? AF_INET : AF_INET6,
					   .sdiag_protocol = tcp ? IPPROTO_TCP : IPPROTO_UDP,
					   .idiag_states = UINT32_MAX};

	request.id.idiag_sport = htons(c->local_port);
	request.id.idiag_cookie[0] = request.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
	if (tcp) {
		request.id.idiag_dport = htons(c->remote_port);
		memcpy(request.id.idiag_src, c->local, bytes_of(family));
		memcpy(request.id.idiag_dst, c->remote, bytes_of(family));
	}
	netlink_begin(o, SOCK_DIAG_BY_FAMILY, tcp ? NLM_F_ACK : NLM_F_DUMP);
	netlink_header(o, &request, sizeof(request));
}

static bool is_any(const void *bytes, uint8_t family)
{
	static const uint8_t none[16];

	return memcmp(bytes, none, bytes_of(family)) == 0;
}

static bool is_end(const void *bytes, uint8_t family, const uint8_t end[16], uint8_t end_family)
{
	struct addr a = addr_from_bytes(family, bytes), b = addr_from_bytes(end_family, end);

	return addr_equal(&a, &b);
}

/* A socket of IPv6 that takes no IPv4 sends none either. */
static bool speaks(const struct sender *s, uint8_t family, struct view attrs)
{
	struct netlink_attr a;
	uint8_t only_v6 = 0;

	if (family == s->connection->family)
		return true;
	if (family == 6 && netlink_find(attrs, INET_DIAG_SKV6ONLY, &a))
		(void)netlink_get_u8(&a, &only_v6);
	return family == 6 && !only_v6;
}

void sender_take(struct sender *s, const struct netlink_message *m)
{
	const struct socket_sample *c = s->connection;
	struct view body = m->body;
	struct inet_diag_msg d;
	uint64_t cookie;
	uint8_t family;

	if (m->type != SOCK_DIAG_BY_FAMILY || !netlink_take_header(&body, &d, sizeof(d)) ||
	    (d.idiag_family != AF_INET && d.idiag_family != AF_INET6))
		return;
	family = d.idiag_family == AF_INET ? 4 : 6;
	if (ntohs(d.id.idiag_sport) != c->local_port || !speaks(s, family, body))
		return;
	if (!is_any(d.id.idiag_src, family) && !is_end(d.id.idiag_src, family, c->local, c->family))
		return;
	if (d.id.idiag_dport != 0 &&
	    (ntohs(d.id.idiag_dport) != c->remote_port || !is_end(d.id.idiag_dst, family, c->remote, c->family)))
		return;
	if (d.id.idiag_dport == 0 && c->protocol == CONNECTION_TCP)
		return;
	cookie = (uint64_t)d.id.idiag_cookie[1] << 32 | d.id.idiag_cookie[0];
	s->count += s->count == 0 || cookie != s->cookie; /* a dump may come twice */
	s->cookie = cookie;
	s->inode = d.idiag_inode;
	s->uid = d.idiag_uid;
}

bool sender_is_known(const struct sender *s)
{
	return s->count == 1 && s->inode != 0;
}

static void take(void *context, const struct netlink_message *m)
{
	sender_take(context, m);
}

static uint32_t find(struct sender *s, struct netlink *diag, uint32_t seq, uint8_t family)
{
	const struct netlink_reader reader = {take, NULL, s};
	char bytes[128];
	struct netlink_out o = netlink_over(bytes, sizeof(bytes));

	o.seq = seq;
	netlink_clear(&o);
	ask(&o, s->connection, family);
	(void)!netlink_ask(diag, &o, o.seq, &reader);
	return o.seq;
}

/* Sockets of IPv6 send datagrams over IPv4, too; a TCP socket of either family is found by its ends. */
uint32_t sender_find(struct sender *s, struct netlink *diag, uint32_t seq)
{
	seq = find(s, diag, seq, s->connection->family);
	if (s->connection->family == 4 && s->connection->protocol == CONNECTION_UDP)
		seq = find(s, diag, seq, 6);
	return seq;
}
