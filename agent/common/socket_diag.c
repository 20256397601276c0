/* SPDX-License-Identifier: Apache-2.0 */
/* sock_diag's request and its answers. Never asks for connections: there may be a million. */
#include "agent/common/socket_diag.h"

#include "agent/event/connection.h"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>

#include <string.h>
#include <sys/socket.h>

/* Of linux/tcp_states.h, which programs do not get. A UDP socket that is bound and not connected is in CLOSE, too. */
#define STATE_CLOSE 7
#define STATE_LISTEN 10
#define FIRST_FREE_PORT 1024 /* below, a program needs a privilege, so it is no client */

void socket_diag_ask(struct netlink_out *o, uint8_t family, uint8_t protocol)
{
	bool tcp = protocol == CONNECTION_TCP;
	struct inet_diag_req_v2 request = {.sdiag_family = family == 4 ? AF_INET : AF_INET6,
					   .sdiag_protocol = tcp ? IPPROTO_TCP : IPPROTO_UDP,
					   .idiag_states = UINT32_C(1) << (tcp ? STATE_LISTEN : STATE_CLOSE)};

	netlink_begin(o, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP);
	netlink_header(o, &request, sizeof(request));
}

bool socket_diag_read(const struct netlink_message *m, uint8_t protocol, struct socket_sample *out, uint32_t *inode)
{
	struct view body = m->body;
	struct inet_diag_msg d;

	memset(out, 0, sizeof(*out));
	if (m->type != SOCK_DIAG_BY_FAMILY || !netlink_take_header(&body, &d, sizeof(d)) ||
	    (d.idiag_family != AF_INET && d.idiag_family != AF_INET6))
		return false;
	out->version = SOCKET_SAMPLE_VERSION;
	out->kind = SOCKET_SAMPLE_LISTENS;
	out->source = CONNECTION_SOURCE_DIAG;
	out->protocol = protocol;
	out->family = d.idiag_family == AF_INET ? 4 : 6;
	out->flags = SOCKET_SAMPLE_UID;
	out->uid = d.idiag_uid;
	out->local_port = ntohs(d.id.idiag_sport);
	if (protocol == CONNECTION_UDP && out->local_port >= FIRST_FREE_PORT)
		out->flags |= SOCKET_SAMPLE_PENDING;
	out->cookie = (uint64_t)d.id.idiag_cookie[1] << 32 | d.id.idiag_cookie[0];
	memcpy(out->local, d.id.idiag_src, out->family == 4 ? 4 : 16);
	if (inode)
		*inode = d.idiag_inode;
	return true;
}
