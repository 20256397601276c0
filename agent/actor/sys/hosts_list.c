/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the kernel's lists of addresses and routes for hosts.c, out of messages only; asks nobody. */
#include "agent/actor/sys/hosts_list.h"

#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

static void add_addr(struct hosts_list *list, uint8_t family, const struct netlink_attr *attr)
{
	struct addr a = {.family = family == AF_INET ? 4 : 6, .prefix = family == AF_INET ? 32 : 128};

	if ((family == AF_INET || family == AF_INET6) && netlink_get_bytes(attr, a.bytes, family == AF_INET ? 4 : 16))
		rails_hosts_add(&list->found, list->kind, &a);
}

static void take_address(struct hosts_list *list, const struct netlink_message *m)
{
	struct view body = m->body;
	struct ifaddrmsg header;
	struct netlink_attr attr;

	if (m->type != RTM_NEWADDR || !netlink_take_header(&body, &header, sizeof(header)))
		return;
	while (netlink_next_attr(&body, &attr))
		if (attr.type == IFA_LOCAL || (attr.type == IFA_ADDRESS && header.ifa_family == AF_INET6))
			add_addr(list, header.ifa_family, &attr);
}

/* RTA_VIA: a gateway of the other family, struct rtvia. */
static void add_via(struct hosts_list *list, const struct netlink_attr *attr)
{
	struct view value = attr->value;
	struct addr a = {.family = 6, .prefix = 128};
	uint16_t family;

	view_bytes(&value, &family, sizeof(family));
	view_bytes(&value, a.bytes, 16);
	if (!value.short_read && family == AF_INET6)
		rails_hosts_add(&list->found, list->kind, &a);
}

/* RTA_MULTIPATH: struct rtnexthop and attributes, as often as there are next hops; rtnh_len counts both. */
static void add_nexthops(struct hosts_list *list, uint8_t family, struct view hops)
{
	struct rtnexthop hop;

	while (!hops.short_read && hops.len >= sizeof(hop)) {
		struct netlink_attr attr;
		struct view attrs;

		memcpy(&hop, hops.data, sizeof(hop));
		if (hop.rtnh_len < sizeof(hop) || hop.rtnh_len > hops.len)
			return;
		attrs = view_over(hops.data + sizeof(hop), hop.rtnh_len - sizeof(hop));
		while (netlink_next_attr(&attrs, &attr))
			if (attr.type == RTA_GATEWAY)
				add_addr(list, family, &attr);
		(void)view_borrow(&hops, RTNH_ALIGN(hop.rtnh_len));
	}
}

static void take_route(struct hosts_list *list, const struct netlink_message *m)
{
	struct view body = m->body;
	struct rtmsg header;
	struct netlink_attr attr;

	if (m->type != RTM_NEWROUTE || !netlink_take_header(&body, &header, sizeof(header)) || header.rtm_dst_len != 0)
		return;
	while (netlink_next_attr(&body, &attr)) {
		if (attr.type == RTA_GATEWAY)
			add_addr(list, header.rtm_family, &attr);
		else if (attr.type == RTA_VIA)
			add_via(list, &attr);
		else if (attr.type == RTA_MULTIPATH)
			add_nexthops(list, header.rtm_family, attr.value);
	}
}

void hosts_list_take(void *list, const struct netlink_message *m)
{
	if (((struct hosts_list *)list)->kind == RAILS_OWN)
		take_address(list, m);
	else
		take_route(list, m);
}
