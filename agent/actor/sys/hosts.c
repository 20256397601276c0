/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel and resolv.conf say about this machine's own addresses. Feeds rails.c, decides nothing. */
#include "agent/actor/sys/hosts.h"

#include "agent/actor/sys/hosts_resolve.h"
#include "agent/base/now.h"
#include "agent/base/str.h"

#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define REPLY_BYTES 32768
#define QUIET_US (200 * MS_US) /* changes come in swarms */
#define RESOLV_CONF "/etc/resolv.conf"

struct gather {
	struct rails_hosts *out;
	enum rails_kind kind;
};

static int open_rtnetlink(uint32_t groups)
{
	struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = groups};
	struct timeval second = {1, 0};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd >= 0 && (bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
			setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof(second)) != 0)) {
		close(fd);
		return -1;
	}
	return fd;
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
	h->fd = open_rtnetlink(0);
	h->watch_fd = open_rtnetlink(RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE);
	h->child = 0;
	h->pipe = -1;
	hosts_renamed(h, 0);
	return h->fd < 0 || h->watch_fd < 0 ? err_from_errno(errno) : ERR_OK;
}

static void add_attr(const struct gather *g, uint8_t family, const struct nlattr *attr)
{
	struct addr a = {.family = family == AF_INET ? 4 : 6, .prefix = family == AF_INET ? 32 : 128};
	size_t len = family == AF_INET ? 4 : 16;

	if ((family != AF_INET && family != AF_INET6) || mnl_attr_get_payload_len(attr) < len)
		return;
	memcpy(a.bytes, mnl_attr_get_payload(attr), len);
	rails_hosts_add(g->out, g->kind, &a);
}

static int on_address(const struct nlmsghdr *h, void *context)
{
	const struct ifaddrmsg *m = mnl_nlmsg_get_payload(h);
	const struct nlattr *attr;

	if (h->nlmsg_type == RTM_NEWADDR)
		mnl_attr_for_each(attr, h, sizeof(*m))
			if (mnl_attr_get_type(attr) == IFA_LOCAL ||
			    (mnl_attr_get_type(attr) == IFA_ADDRESS && m->ifa_family == AF_INET6))
				add_attr(context, m->ifa_family, attr);
	return MNL_CB_OK;
}

/* RTA_VIA: a gateway of the other family, struct rtvia. */
static void add_via(const struct gather *g, const struct nlattr *attr)
{
	const struct rtvia *via = mnl_attr_get_payload(attr);
	struct addr a = {.family = 6, .prefix = 128};

	if (mnl_attr_get_payload_len(attr) < sizeof(*via) + 16 || via->rtvia_family != AF_INET6)
		return;
	memcpy(a.bytes, via->rtvia_addr, 16);
	rails_hosts_add(g->out, g->kind, &a);
}

static void add_nexthops(const struct gather *g, uint8_t family, const struct nlattr *list)
{
	const struct rtnexthop *hop = mnl_attr_get_payload(list);
	int rest = mnl_attr_get_payload_len(list);

	for (; RTNH_OK(hop, rest); rest -= RTNH_ALIGN(hop->rtnh_len), hop = RTNH_NEXT(hop)) {
		const struct nlattr *attr = (const struct nlattr *)RTNH_DATA(hop);
		int left = hop->rtnh_len - (int)RTNH_LENGTH(0);

		for (; mnl_attr_ok(attr, left); left -= MNL_ALIGN(attr->nla_len), attr = mnl_attr_next(attr))
			if (mnl_attr_get_type(attr) == RTA_GATEWAY)
				add_attr(g, family, attr);
	}
}

static int on_route(const struct nlmsghdr *h, void *context)
{
	const struct rtmsg *m = mnl_nlmsg_get_payload(h);
	const struct nlattr *attr;

	if (h->nlmsg_type != RTM_NEWROUTE || m->rtm_dst_len != 0)
		return MNL_CB_OK;
	mnl_attr_for_each(attr, h, sizeof(*m)) {
		if (mnl_attr_get_type(attr) == RTA_GATEWAY)
			add_attr(context, m->rtm_family, attr);
		else if (mnl_attr_get_type(attr) == RTA_VIA)
			add_via(context, attr);
		else if (mnl_attr_get_type(attr) == RTA_MULTIPATH)
			add_nexthops(context, m->rtm_family, attr);
	}
	return MNL_CB_OK;
}

static void dump(struct hosts *h, uint16_t type, mnl_cb_t each, struct gather *g)
{
	static char reply[REPLY_BYTES];
	char request[MNL_NLMSG_HDRLEN + MNL_ALIGN(sizeof(struct rtmsg))];
	struct nlmsghdr *header = mnl_nlmsg_put_header(request);
	ssize_t got = 1;
	int state = MNL_CB_OK;

	header->nlmsg_type = type;
	header->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	memset(mnl_nlmsg_put_extra_header(header, sizeof(struct rtmsg)), 0, sizeof(struct rtmsg));
	if (send(h->fd, header, header->nlmsg_len, 0) < 0)
		return;
	while (state == MNL_CB_OK && got > 0) {
		got = recv(h->fd, reply, sizeof(reply), 0);
		if (got > 0)
			state = mnl_cb_run(reply, (size_t)got, 0, 0, each, g);
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
	dump(h, RTM_GETADDR, on_address, &own);
	dump(h, RTM_GETROUTE, on_route, &gateways);
	read_resolvers(out);
	for (unsigned i = 0; i < HOSTS_NAMES_MAX; i++)
		if (h->names[i] && addr_parse(str_from(h->names[i]), &a) == ERR_OK)
			rails_hosts_add(out, RAILS_SERVER, &a);
}

/* Addresses, and routes that are default routes; routers change the others all day. */
static bool matters(const struct nlmsghdr *h)
{
	const struct rtmsg *m = mnl_nlmsg_get_payload(h);

	return (h->nlmsg_type != RTM_NEWROUTE && h->nlmsg_type != RTM_DELROUTE) || m->rtm_dst_len == 0;
}

void hosts_watch(struct hosts *h, int64_t mono_us)
{
	static char bytes[REPLY_BYTES];
	bool changed = false;

	for (;;) {
		ssize_t got = recv(h->watch_fd, bytes, sizeof(bytes), MSG_DONTWAIT);
		const struct nlmsghdr *m = (const struct nlmsghdr *)bytes;

		if (got < 0 && errno == ENOBUFS)
			changed = true;
		else if (got <= 0 && errno != EINTR)
			break;
		for (int rest = (int)got; got > 0 && mnl_nlmsg_ok(m, rest); m = mnl_nlmsg_next(m, &rest))
			changed = changed || matters(m);
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
