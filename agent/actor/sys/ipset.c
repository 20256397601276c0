/* SPDX-License-Identifier: Apache-2.0 */
/* Writes and reads messages of ipset, for iptables.c. Which sets there are and what they mean stands there. */
#include "agent/actor/sys/ipset.h"

#include <netinet/in.h>

#include <linux/netfilter.h>
#include <linux/netfilter/ipset/ip_set.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define BIG NLA_F_NET_BYTEORDER /* ipset takes numbers and addresses only with this mark */
#define REVISION 0		/* of the set's kind: what every kernel has */

enum err ipset_open(struct ipset *s)
{
	s->out = netlink_over(s->out_bytes, sizeof(s->out_bytes));
	s->socket = (struct netlink){.fd = -1, .in = s->in_bytes, .in_cap = sizeof(s->in_bytes)};
	return netlink_open(&s->socket, NETLINK_NETFILTER);
}

void ipset_close(struct ipset *s)
{
	netlink_close(&s->socket);
}

void ipset_begin(struct ipset *s)
{
	netlink_clear(&s->out);
}

static uint8_t protocol(uint8_t family)
{
	return family == 4 ? NFPROTO_IPV4 : NFPROTO_IPV6;
}

static struct netlink_out *message(struct ipset *s, const struct ipset_kind *k, uint16_t command, uint16_t flags)
{
	struct nfgenmsg header = {.nfgen_family = protocol(k->family), .version = NFNETLINK_V0};

	netlink_begin(&s->out, (uint16_t)(NFNL_SUBSYS_IPSET << 8 | command), flags);
	netlink_header(&s->out, &header, sizeof(header));
	netlink_u8(&s->out, IPSET_ATTR_PROTOCOL, IPSET_PROTOCOL_MIN);
	netlink_text(&s->out, IPSET_ATTR_SETNAME, k->name);
	return &s->out;
}

static enum err ask(struct ipset *s, const struct netlink_reader *reader)
{
	netlink_flags(&s->out, NLM_F_ACK);
	return netlink_ask(&s->socket, &s->out, s->out.seq, reader);
}

enum err ipset_make(struct ipset *s, const struct ipset_kind *k)
{
	struct netlink_out *o;
	size_t data;
	enum err err;

	ipset_begin(s);
	o = message(s, k, IPSET_CMD_CREATE, NLM_F_CREATE);
	netlink_text(o, IPSET_ATTR_TYPENAME, k->nets ? "hash:net" : "hash:ip");
	netlink_u8(o, IPSET_ATTR_REVISION, REVISION);
	netlink_u8(o, IPSET_ATTR_FAMILY, protocol(k->family));
	data = netlink_nest(o, IPSET_ATTR_DATA);
	netlink_be32(o, BIG | IPSET_ATTR_TIMEOUT, 0);
	netlink_be32(o, BIG | IPSET_ATTR_MAXELEM, IPSET_ELEMENTS_MAX);
	netlink_nest_end(o, data);
	err = ask(s, NULL);
	return err == ERR_INVALID || err == ERR_NOT_FOUND ? ERR_UNSUPPORTED : err;
}

enum err ipset_destroy(struct ipset *s, const struct ipset_kind *k)
{
	ipset_begin(s);
	(void)message(s, k, IPSET_CMD_DESTROY, 0);
	return ask(s, NULL);
}

enum err ipset_index(int fd, const struct ipset_kind *k, uint16_t *index)
{
	struct ip_set_req_get_set r = {.op = IP_SET_OP_GET_BYNAME, .version = IPSET_PROTOCOL_MIN};
	socklen_t len = sizeof(r);

	snprintf(r.set.name, sizeof(r.set.name), "%s", k->name);
	if (getsockopt(fd, IPPROTO_IP, SO_IP_SET, &r, &len) != 0)
		return err_from_errno(errno);
	*index = r.set.index;
	return r.set.index == IPSET_INVALID_ID ? ERR_NOT_FOUND : ERR_OK;
}

static void put_element(struct netlink_out *o, const struct ipset_kind *k, const struct addr *a,
			const uint32_t *timeout_s)
{
	size_t data = netlink_nest(o, IPSET_ATTR_DATA), ip = netlink_nest(o, IPSET_ATTR_IP);

	if (k->family == 4)
		netlink_bytes(o, BIG | IPSET_ATTR_IPADDR_IPV4, a->bytes, 4);
	else
		netlink_bytes(o, BIG | IPSET_ATTR_IPADDR_IPV6, a->bytes, 16);
	netlink_nest_end(o, ip);
	if (k->nets)
		netlink_u8(o, IPSET_ATTR_CIDR, a->prefix);
	if (timeout_s)
		netlink_be32(o, BIG | IPSET_ATTR_TIMEOUT, *timeout_s);
	netlink_nest_end(o, data);
}

void ipset_put(struct ipset *s, const struct ipset_kind *k, enum ipset_what what, const struct ipset_element *e)
{
	static const uint16_t commands[] = {IPSET_CMD_ADD, IPSET_CMD_DEL, IPSET_CMD_TEST};
	/* Without NLM_F_EXCL an element that is there is changed, and one that is not there is none to miss. */
	struct netlink_out *o = message(s, k, commands[what], what == IPSET_PUT ? 0 : NLM_F_EXCL);

	put_element(o, k, &e->addr, what == IPSET_PUT ? &e->timeout_s : NULL);
}

enum err ipset_send(struct ipset *s)
{
	enum err err = ask(s, NULL);

	return err == ERR_EXISTS ? ERR_NOT_FOUND : err;
}

enum err ipset_put_all(struct ipset *s, const struct ipset_kind *k, const struct ipset_element *list, unsigned count)
{
	struct netlink_out *o;
	size_t all;

	ipset_begin(s);
	o = message(s, k, IPSET_CMD_ADD, 0);
	netlink_be32(o, BIG | IPSET_ATTR_LINENO, 0);
	all = netlink_nest(o, IPSET_ATTR_ADT);
	for (unsigned i = 0; i < count; i++)
		put_element(o, k, &list[i].addr, &list[i].timeout_s);
	netlink_nest_end(o, all);
	return ask(s, NULL);
}

/* -- reading -- */

static bool take_header(const struct netlink_message *reply, struct view *attrs)
{
	struct nfgenmsg header;

	*attrs = reply->body;
	return netlink_take_header(attrs, &header, sizeof(header));
}

static void note_count(void *context, const struct netlink_message *reply)
{
	struct netlink_attr data, elements;
	struct view attrs;
	uint32_t *count = context;

	if (take_header(reply, &attrs) && netlink_find(attrs, IPSET_ATTR_DATA, &data) &&
	    netlink_find(data.value, IPSET_ATTR_ELEMENTS, &elements))
		(void)netlink_get_be32(&elements, count);
}

enum err ipset_count(struct ipset *s, const struct ipset_kind *k, uint32_t *count)
{
	struct netlink_reader reader = {.each = note_count, .context = count};

	*count = 0;
	ipset_begin(s);
	netlink_be32(message(s, k, IPSET_CMD_LIST, NLM_F_DUMP), BIG | IPSET_ATTR_FLAGS, IPSET_FLAG_LIST_HEADER);
	return ask(s, &reader);
}

struct walk {
	const struct ipset_kind *kind;
	void (*each)(void *context, const struct addr *a, uint64_t left_ms);
	void *context;
};

static bool read_element(const struct ipset_kind *k, struct view attrs, struct addr *a, uint32_t *left_s)
{
	struct netlink_attr ip, bytes, more;

	*a = (struct addr){.family = k->family, .prefix = k->family == 4 ? 32 : 128};
	*left_s = 0;
	if (!netlink_find(attrs, IPSET_ATTR_IP, &ip) ||
	    !netlink_find(ip.value, k->family == 4 ? IPSET_ATTR_IPADDR_IPV4 : IPSET_ATTR_IPADDR_IPV6, &bytes) ||
	    !netlink_get_bytes(&bytes, a->bytes, k->family == 4 ? 4 : 16))
		return false;
	if (netlink_find(attrs, IPSET_ATTR_CIDR, &more) && (!netlink_get_u8(&more, &a->prefix) || a->prefix > 128))
		return false;
	if (netlink_find(attrs, IPSET_ATTR_TIMEOUT, &more))
		(void)netlink_get_be32(&more, left_s);
	return a->prefix <= (k->family == 4 ? 32 : 128);
}

static void walk_reply(void *context, const struct netlink_message *reply)
{
	const struct walk *w = context;
	struct netlink_attr all, one;
	struct view attrs;
	struct addr a;
	uint32_t left_s;

	if (!take_header(reply, &attrs) || !netlink_find(attrs, IPSET_ATTR_ADT, &all))
		return;
	while (netlink_next_attr(&all.value, &one))
		if (read_element(w->kind, one.value, &a, &left_s))
			w->each(w->context, &a, (uint64_t)left_s * 1000);
}

enum err ipset_dump(struct ipset *s, const struct ipset_kind *k,
		    void (*each)(void *context, const struct addr *a, uint64_t left_ms), void *context)
{
	struct walk walk = {k, each, context};
	struct netlink_reader reader = {.each = walk_reply, .context = &walk};

	ipset_begin(s);
	(void)message(s, k, IPSET_CMD_LIST, NLM_F_DUMP);
	return ask(s, &reader);
}
