/* SPDX-License-Identifier: Apache-2.0 */
/* An entry's original direction: who began it, and whom that addressed, as it was before any translation. */
#include "agent/source/conntrack.h"

#include "agent/event/connection.h"

#include <linux/if_addr.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/rtnetlink.h>

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

void conntrack_ask_own(struct netlink_out *o)
{
	static const struct ifaddrmsg all = {.ifa_family = AF_UNSPEC};

	netlink_begin(o, RTM_GETADDR, NLM_F_DUMP);
	netlink_header(o, &all, sizeof(all));
}

static bool get_addr(const struct netlink_attr *a, struct addr *out)
{
	if (a->value.len != 4 && a->value.len != 16)
		return false;
	*out = addr_from_bytes(a->value.len == 4 ? 4 : 6, a->value.data);
	return true;
}

void conntrack_add_own(struct conntrack_own *own, const struct netlink_message *m)
{
	struct view body = m->body;
	struct netlink_attr a;
	struct ifaddrmsg head;

	if (m->type != RTM_NEWADDR || own->count == CONNTRACK_OWN_MAX ||
	    !netlink_take_header(&body, &head, sizeof(head)))
		return;
	/* IFA_ADDRESS is the other end's where there are two; IPv6 has no IFA_LOCAL then. */
	if ((netlink_find(body, IFA_LOCAL, &a) || netlink_find(body, IFA_ADDRESS, &a)) &&
	    get_addr(&a, &own->addrs[own->count]))
		own->count++;
}

static bool is_own(const struct conntrack_own *own, const struct addr *a)
{
	for (unsigned i = 0; i < own->count; i++)
		if (addr_equal(&own->addrs[i], a))
			return true;
	return addr_is_loopback(a);
}

/* The two ends of a tuple. */
struct ends {
	struct addr src, dst;
	uint16_t src_port, dst_port;
	uint8_t protocol; /* IPPROTO_ */
};

static bool get_ends(struct view tuple, struct ends *e)
{
	struct netlink_attr ip, proto, a;

	if (!netlink_find(tuple, CTA_TUPLE_IP, &ip) || !netlink_find(tuple, CTA_TUPLE_PROTO, &proto))
		return false;
	if (!(netlink_find(ip.value, CTA_IP_V4_SRC, &a) || netlink_find(ip.value, CTA_IP_V6_SRC, &a)) ||
	    !get_addr(&a, &e->src))
		return false;
	if (!(netlink_find(ip.value, CTA_IP_V4_DST, &a) || netlink_find(ip.value, CTA_IP_V6_DST, &a)) ||
	    !get_addr(&a, &e->dst))
		return false;
	return netlink_find(proto.value, CTA_PROTO_NUM, &a) && netlink_get_u8(&a, &e->protocol) &&
	       netlink_find(proto.value, CTA_PROTO_SRC_PORT, &a) && netlink_get_be16(&a, &e->src_port) &&
	       netlink_find(proto.value, CTA_PROTO_DST_PORT, &a) && netlink_get_be16(&a, &e->dst_port);
}

static void set_ends(struct socket_sample *out, const struct ends *e, bool opened)
{
	const struct addr *local = opened ? &e->src : &e->dst, *remote = opened ? &e->dst : &e->src;

	out->kind = opened ? SOCKET_SAMPLE_OPENED : SOCKET_SAMPLE_ACCEPTED;
	out->family = e->src.family;
	memcpy(out->local, local->bytes, sizeof(out->local));
	memcpy(out->remote, remote->bytes, sizeof(out->remote));
	out->local_port = opened ? e->src_port : e->dst_port;
	out->remote_port = opened ? e->dst_port : e->src_port;
}

enum conntrack_result conntrack_read(const struct netlink_message *m, const struct conntrack_own *own,
				     struct socket_sample *out)
{
	struct view body = m->body;
	struct netlink_attr tuple;
	struct nfgenmsg head;
	struct ends e;

	memset(out, 0, sizeof(*out));
	if (m->type != (NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW) ||
	    !netlink_take_header(&body, &head, sizeof(head)) || !netlink_find(body, CTA_TUPLE_ORIG, &tuple) ||
	    !get_ends(tuple.value, &e) || e.src.family != e.dst.family)
		return CONNTRACK_NOTHING;
	if (e.protocol != IPPROTO_TCP && e.protocol != IPPROTO_UDP)
		return CONNTRACK_NOTHING;
	out->version = SOCKET_SAMPLE_VERSION;
	out->source = CONNECTION_SOURCE_CONNTRACK;
	out->protocol = e.protocol == IPPROTO_TCP ? CONNECTION_TCP : CONNECTION_UDP;
	out->flags = e.protocol == IPPROTO_TCP ? SOCKET_SAMPLE_TRIED : 0; /* the SYN: nobody may have answered yet */
	set_ends(out, &e, is_own(own, &e.src));
	return is_own(own, &e.src) || is_own(own, &e.dst) ? CONNTRACK_OURS : CONNTRACK_FOREIGN;
}
