/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel and resolv.conf say about this machine's own addresses. Feeds rails.c, decides nothing. */
#include "agent/actor/sys/hosts.h"

#include "agent/actor/sys/hosts_resolve.h"
#include "agent/base/now.h"
#include "agent/base/str.h"

#include <linux/rtnetlink.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define REPLY_BYTES 32768
#define REQUEST_BYTES 64
#define WATCH_MAX 4096	       /* notifications that one look takes; the rest is there at the next */
#define QUIET_US (200 * MS_US) /* changes come in swarms */
#define RESOLV_CONF "/etc/resolv.conf"

/* Of whichever socket is read or written just now. */
static uint8_t request[REQUEST_BYTES], reply[REPLY_BYTES];

struct gather {
	struct rails_hosts *out;
	enum rails_kind kind;
};

/* Addresses and routes, as they change. */
static enum err open_watch(int *fd)
{
	static const unsigned groups[] = {RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV4_ROUTE,
					  RTNLGRP_IPV6_ROUTE};
	struct netlink watch;
	enum err err = netlink_open(&watch, NETLINK_ROUTE);

	for (unsigned i = 0; i < sizeof(groups) / sizeof(groups[0]) && err == ERR_OK; i++)
		err = netlink_join(watch.fd, groups[i]);
	if (err != ERR_OK)
		netlink_close(&watch);
	*fd = watch.fd;
	return err;
}

/* Numeric addresses need no resolver; hosts_read takes them. */
void hosts_renamed(struct hosts *h, int64_t mono_us)
{
	struct addr a;

	h->resolve_us = INT64_MAX;
	h->read_us = mono_us;
	for (unsigned i = 0; i < HOSTS_NAMES_MAX; i++)
		if (h->names[i] && h->names[i][0] && addr_parse(str_from(h->names[i]), &a) != ERR_OK)
			h->resolve_us = mono_us;
}

enum err hosts_open(struct hosts *h)
{
	enum err err;

	h->out = netlink_over(request, sizeof(request));
	h->socket = (struct netlink){.in = reply, .in_cap = sizeof(reply)};
	h->watch_fd = -1;
	h->child = 0;
	h->pipe = -1;
	hosts_renamed(h, 0);
	err = netlink_open(&h->socket, NETLINK_ROUTE);
	return err == ERR_OK ? open_watch(&h->watch_fd) : err;
}

static void add_addr(const struct gather *g, uint8_t family, const struct netlink_attr *attr)
{
	struct addr a = {.family = family == AF_INET ? 4 : 6, .prefix = family == AF_INET ? 32 : 128};

	if ((family == AF_INET || family == AF_INET6) && netlink_get_bytes(attr, a.bytes, family == AF_INET ? 4 : 16))
		rails_hosts_add(g->out, g->kind, &a);
}

static void on_address(void *context, const struct netlink_message *m)
{
	struct view body = m->body;
	struct ifaddrmsg header;
	struct netlink_attr attr;

	if (m->type != RTM_NEWADDR || !netlink_take_header(&body, &header, sizeof(header)))
		return;
	while (netlink_next_attr(&body, &attr))
		if (attr.type == IFA_LOCAL || (attr.type == IFA_ADDRESS && header.ifa_family == AF_INET6))
			add_addr(context, header.ifa_family, &attr);
}

/* RTA_VIA: a gateway of the other family, struct rtvia. */
static void add_via(const struct gather *g, const struct netlink_attr *attr)
{
	struct view value = attr->value;
	struct addr a = {.family = 6, .prefix = 128};
	uint16_t family;

	view_bytes(&value, &family, sizeof(family));
	view_bytes(&value, a.bytes, 16);
	if (!value.short_read && family == AF_INET6)
		rails_hosts_add(g->out, g->kind, &a);
}

/* RTA_MULTIPATH: struct rtnexthop and attributes, as often as there are next hops; rtnh_len counts both. */
static void add_nexthops(const struct gather *g, uint8_t family, struct view list)
{
	struct rtnexthop hop;

	while (list.len >= sizeof(hop)) {
		struct netlink_attr attr;
		struct view attrs;

		memcpy(&hop, list.data, sizeof(hop));
		if (hop.rtnh_len < sizeof(hop) || hop.rtnh_len > list.len)
			return;
		attrs = view_over(list.data + sizeof(hop), hop.rtnh_len - sizeof(hop));
		while (netlink_next_attr(&attrs, &attr))
			if (attr.type == RTA_GATEWAY)
				add_addr(g, family, &attr);
		(void)view_borrow(&list, RTNH_ALIGN(hop.rtnh_len));
	}
}

static void on_route(void *context, const struct netlink_message *m)
{
	struct view body = m->body;
	struct rtmsg header;
	struct netlink_attr attr;

	if (m->type != RTM_NEWROUTE || !netlink_take_header(&body, &header, sizeof(header)) || header.rtm_dst_len != 0)
		return;
	while (netlink_next_attr(&body, &attr)) {
		if (attr.type == RTA_GATEWAY)
			add_addr(context, header.rtm_family, &attr);
		else if (attr.type == RTA_VIA)
			add_via(context, &attr);
		else if (attr.type == RTA_MULTIPATH)
			add_nexthops(context, header.rtm_family, attr.value);
	}
}

static void read_resolvers(struct rails_hosts *out)
{
	char text[4096];
	int fd = open(RESOLV_CONF, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t got = fd >= 0 ? read(fd, text, sizeof(text)) : -1;
	struct str rest = {text, got > 0 ? (size_t)got : 0};
	struct addr a;

	if (fd >= 0)
		close(fd);
	while (!str_empty(rest)) {
		struct str line = str_trim(str_cut(&rest, '\n'));

		if (str_take(&line, STR("nameserver")) && addr_parse(str_trim(line), &a) == ERR_OK)
			rails_hosts_add(out, RAILS_RESOLVER, &a);
	}
}

static void gather_again(void *context)
{
	const struct gather *g = context;

	rails_hosts_clear(g->out, g->kind);
}

/* What the kernel lists is what `out` knows of that kind. */
static enum err dump(struct hosts *h, uint16_t type, struct gather *g,
		     void (*each)(void *context, const struct netlink_message *m))
{
	/* Longer than the headers of all lists that are asked for here; the kernel takes the family from its start. */
	static const struct rtmsg header;
	struct netlink_reader reader = {each, gather_again, g};

	netlink_clear(&h->out);
	netlink_begin(&h->out, type, NLM_F_DUMP);
	netlink_header(&h->out, &header, sizeof(header));
	return netlink_ask(&h->socket, &h->out, h->out.seq, &reader);
}

void hosts_read(struct hosts *h, struct rails_hosts *out)
{
	struct gather own = {out, RAILS_OWN}, gateways = {out, RAILS_GATEWAY};
	struct addr a;

	h->read_us = INT64_MAX;
	rails_hosts_clear(out, RAILS_OWN);
	rails_hosts_clear(out, RAILS_GATEWAY);
	rails_hosts_clear(out, RAILS_RESOLVER);
	/* With a name among them the resolver's next answer replaces what is there. */
	if (h->resolve_us == INT64_MAX)
		rails_hosts_clear(out, RAILS_SERVER);
	(void)dump(h, RTM_GETADDR, &own, on_address);
	(void)dump(h, RTM_GETROUTE, &gateways, on_route);
	read_resolvers(out);
	for (unsigned i = 0; i < HOSTS_NAMES_MAX; i++)
		if (h->names[i] && addr_parse(str_from(h->names[i]), &a) == ERR_OK)
			rails_hosts_add(out, RAILS_SERVER, &a);
}

/* Addresses, and routes that are default routes; routers change the others all day. */
static bool matters(const struct netlink_message *m)
{
	struct view body = m->body;
	struct rtmsg header;

	return (m->type != RTM_NEWROUTE && m->type != RTM_DELROUTE) ||
	       (netlink_take_header(&body, &header, sizeof(header)) && header.rtm_dst_len == 0);
}

void hosts_watch(struct hosts *h, int64_t mono_us)
{
	bool changed = false;
	enum err err = ERR_OK;

	for (unsigned i = 0; i < WATCH_MAX && (err == ERR_OK || err == ERR_FULL); i++) {
		struct netlink_message m;
		struct view datagram;

		err = netlink_receive(h->watch_fd, reply, sizeof(reply), &datagram);
		changed = changed || err == ERR_FULL;
		while (err == ERR_OK && netlink_next(&datagram, &m))
			changed = changed || matters(&m);
	}
	if (changed && h->read_us == INT64_MAX)
		h->read_us = mono_us + QUIET_US;
}

bool hosts_tick(struct hosts *h, struct rails_hosts *out, int64_t mono_us)
{
	bool read = mono_us >= h->read_us;

	if (read) {
		hosts_read(h, out);
		if (h->resolve_us != INT64_MAX)
			h->resolve_us = mono_us;
	}
	if (mono_us >= h->resolve_us && h->child == 0)
		hosts_resolve_start(h, mono_us);
	return read;
}

int64_t hosts_next_us(const struct hosts *h)
{
	int64_t resolve_us = h->child == 0 ? h->resolve_us : INT64_MAX;

	return h->read_us < resolve_us ? h->read_us : resolve_us;
}
