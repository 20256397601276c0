/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel and resolv.conf say about this machine's own addresses. Feeds rails.c, decides nothing. */
#include "agent/actor/sys/hosts.h"

#include "agent/actor/sys/hosts_list.h"
#include "agent/actor/sys/hosts_names.h"
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
#define WATCH_MAX 4096		      /* notifications that one look takes; the rest is there at the next */
#define QUIET_US (200 * MS_US)	      /* changes come in swarms */
#define READ_AGAIN_US (5 * SECOND_US) /* after a list could not be read */
#define RESOLV_CONF_MAX 4096

/* Of whichever socket is read or written just now. */
static uint8_t request[REQUEST_BYTES], reply[REPLY_BYTES];

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
	h->resolve_us = INT64_MAX;
	h->read_us = mono_us;
	for (unsigned i = 0; i < HOSTS_NAMES_MAX && IS_ENABLED(CONFIG_RESOLVER); i++)
		if (hosts_is_name(h->names[i]))
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

/*
 * Where resolvers are named. A local one (systemd-resolved, NetworkManager's dnsmasq) is all that
 * resolv.conf then names, and those that it asks in turn are in a file of its own.
 */
static void read_resolvers_of(struct rails_hosts *out, const char *path)
{
	char text[RESOLV_CONF_MAX];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t got = fd >= 0 ? read(fd, text, sizeof(text)) : -1;
	struct str rest = {text, got > 0 ? (size_t)got : 0};
	struct addr a;

	if (fd >= 0)
		close(fd);
	while (!str_empty(rest)) {
		struct str line = str_trim(str_cut(&rest, '\n'));

		if (str_take(&line, STR("nameserver")) && addr_parse_wire(str_trim(line), &a) == ERR_OK)
			rails_hosts_add(out, RAILS_RESOLVER, &a);
	}
}

static void read_resolvers(struct rails_hosts *out)
{
	static const char *const files[] = {"/etc/resolv.conf", "/run/systemd/resolve/resolv.conf",
					    "/run/NetworkManager/no-stub-resolv.conf"};

	rails_hosts_clear(out, RAILS_RESOLVER);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		read_resolvers_of(out, files[i]);
}

static void forget(void *context)
{
	struct hosts_list *list = context;

	list->found = (struct rails_hosts){0};
}

/* `out` gets what the kernel lists of a kind. On an error it keeps what it had: too much is better than nothing. */
static enum err read_list(struct hosts *h, struct rails_hosts *out, enum rails_kind kind)
{
	/* The longest header of both lists; the kernel takes the family from its start, and that is any. */
	static const struct rtmsg header;
	static struct hosts_list list;
	struct netlink_reader reader = {hosts_list_take, forget, &list};
	enum err err;

	list.kind = kind;
	forget(&list);
	netlink_clear(&h->out);
	netlink_begin(&h->out, kind == RAILS_OWN ? RTM_GETADDR : RTM_GETROUTE, NLM_F_DUMP);
	netlink_header(&h->out, &header, sizeof(header));
	err = netlink_ask(&h->socket, &h->out, h->out.seq, &reader);
	if (err != ERR_OK)
		return err;
	rails_hosts_clear(out, kind);
	for (unsigned i = 0; i < list.found.count; i++)
		rails_hosts_add(out, kind, &list.found.rows[i].addr);
	out->left_out[kind] = list.found.left_out[kind];
	return ERR_OK;
}

static void read_numeric(const struct hosts *h, struct rails_hosts *out)
{
	for (unsigned i = 0; i < HOSTS_SERVER_NAMES; i++) {
		struct rails_host host = {.kind = RAILS_SERVER};

		if (!h->names[i] || addr_parse_wire(str_from(h->names[i]), &host.addr) != ERR_OK)
			continue;
		host.name = rails_name(h->names[i]);
		rails_hosts_put(out, &host);
	}
}

void hosts_read(struct hosts *h, struct rails_hosts *out)
{
	bool whole = read_list(h, out, RAILS_OWN) == ERR_OK;

	whole = read_list(h, out, RAILS_GATEWAY) == ERR_OK && whole;
	h->read_us = whole || h->socket.fd < 0 ? INT64_MAX : 0;
	read_resolvers(out);
	read_numeric(h, out);
	hosts_drop_strangers(h, out);
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
		if (h->read_us <= mono_us)
			h->read_us = mono_us + READ_AGAIN_US;
		else if (h->resolve_us != INT64_MAX)
			h->resolve_us = mono_us;
	}
	if (IS_ENABLED(CONFIG_RESOLVER) && mono_us >= h->resolve_us && h->child == 0)
		hosts_resolve_start(h, mono_us);
	return read;
}

int64_t hosts_next_us(const struct hosts *h)
{
	int64_t resolve_us = h->child == 0 ? h->resolve_us : INT64_MAX;

	return h->read_us < resolve_us ? h->read_us : resolve_us;
}
