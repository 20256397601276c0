/* SPDX-License-Identifier: Apache-2.0 */
/* Writes rules for the iptables_*.c files. Never calls the kernel. */
#include "agent/actor/sys/xtables_rule.h"

#include "agent/common/packet_log.h"

#include <netinet/in.h>

#include <linux/if_packet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/x_tables.h>
#include <linux/netfilter/xt_NFLOG.h>
#include <linux/netfilter/xt_conntrack.h>
#include <linux/netfilter/xt_limit.h>
#include <linux/netfilter/xt_multiport.h>
#include <linux/netfilter/xt_owner.h>
#include <linux/netfilter/xt_pkttype.h>
#include <linux/netfilter/xt_set.h>
#include <linux/netfilter/xt_socket.h>
#include <linux/netfilter/xt_tcpudp.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>

#include <stdio.h>
#include <string.h>

#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_ACK 0x10
#define ENTRY_MAX 1024 /* of one rule */

_Static_assert(XTABLES_DROP == -NF_DROP - 1 && XTABLES_RETURN == XT_RETURN, "as the kernel has them");
_Static_assert(XTABLES_PORTS_MAX == XT_MULTI_PORTS, "as the kernel has them");

/* One entry while it is made. */
struct draft {
	uint8_t bytes[ENTRY_MAX] __attribute__((aligned(8)));
	size_t len;
};

void xtables_rule_begin(struct xtables_group *g, const char *name, uint8_t family)
{
	g->name = name;
	g->chains.family = family;
	g->chains.len = 0;
	g->chains.count = 0;
	memset(g->jump, 0xff, sizeof(g->jump));
}

static void piece(struct draft *d, const char *name, uint8_t revision, struct view data)
{
	struct xt_entry_match *m = (struct xt_entry_match *)(void *)(d->bytes + d->len);

	m->u.user.match_size = (uint16_t)XTABLES_ALIGN(sizeof(*m) + data.len);
	m->u.user.revision = revision;
	snprintf(m->u.user.name, sizeof(m->u.user.name), "%s", name);
	memcpy(m->data, data.data, data.len);
	d->len += m->u.user.match_size;
}

#define DATA(value) ((struct view){(const uint8_t *)&(value), sizeof(value), false})

static void set_loopback(char name[IFNAMSIZ], unsigned char mask[IFNAMSIZ])
{
	memcpy(name, "lo", sizeof("lo"));
	memset(mask, 0xff, sizeof("lo"));
}

static void mask_of(const struct addr *a, uint8_t mask[16])
{
	memset(mask, 0, 16);
	for (unsigned bit = 0; bit < a->prefix; bit++)
		mask[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
}

static void put_head4(struct draft *d, const struct xtables_rule *r)
{
	struct ipt_entry *e = (struct ipt_entry *)(void *)d->bytes;
	uint8_t mask[16];

	e->ip.proto = r->protocol;
	if (r->loopback && r->to)
		set_loopback(e->ip.outiface, e->ip.outiface_mask);
	else if (r->loopback)
		set_loopback(e->ip.iniface, e->ip.iniface_mask);
	if (!r->peer)
		return;
	mask_of(r->peer, mask);
	memcpy(r->to ? &e->ip.dst : &e->ip.src, r->peer->bytes, sizeof(e->ip.src));
	memcpy(r->to ? &e->ip.dmsk : &e->ip.smsk, mask, sizeof(e->ip.smsk));
}

static void put_head6(struct draft *d, const struct xtables_rule *r)
{
	struct ip6t_entry *e = (struct ip6t_entry *)(void *)d->bytes;
	uint8_t mask[16];

	e->ipv6.proto = r->protocol;
	e->ipv6.flags = r->protocol ? IP6T_F_PROTO : 0;
	if (r->loopback && r->to)
		set_loopback(e->ipv6.outiface, e->ipv6.outiface_mask);
	else if (r->loopback)
		set_loopback(e->ipv6.iniface, e->ipv6.iniface_mask);
	if (!r->peer)
		return;
	mask_of(r->peer, mask);
	memcpy(r->to ? &e->ipv6.dst : &e->ipv6.src, r->peer->bytes, sizeof(e->ipv6.src));
	memcpy(r->to ? &e->ipv6.dmsk : &e->ipv6.smsk, mask, sizeof(e->ipv6.smsk));
}

static void set_ports(uint16_t range[2], uint16_t first, uint16_t last)
{
	range[0] = first;
	range[1] = last ? last : first ? first : UINT16_MAX;
}

static void put_transport(struct draft *d, const struct xtables_rule *r)
{
	struct xt_tcp tcp = {0};
	struct xt_udp udp = {0};
	bool ports = r->src_port || r->src_last || r->dst_port || r->dst_last;

	if (r->protocol == IPPROTO_TCP && (ports || r->answers || r->later)) {
		set_ports(tcp.spts, r->src_port, r->src_last);
		set_ports(tcp.dpts, r->dst_port, r->dst_last);
		tcp.flg_mask = r->answers ? TCP_FIN | TCP_SYN | TCP_RST | TCP_ACK : r->later ? TCP_RST | TCP_ACK : 0;
		tcp.flg_cmp = r->answers ? TCP_SYN : 0;
		tcp.invflags = r->answers || r->later ? XT_TCP_INV_FLAGS : 0;
		piece(d, "tcp", 0, DATA(tcp));
	} else if (r->protocol == IPPROTO_UDP && ports) {
		set_ports(udp.spts, r->src_port, r->src_last);
		set_ports(udp.dpts, r->dst_port, r->dst_last);
		piece(d, "udp", 0, DATA(udp));
	}
}

static void put_ports(struct draft *d, const struct xtables_ports *ports)
{
	struct xt_multiport_v1 m = {.flags = XT_MULTIPORT_DESTINATION, .count = ports->count};

	for (unsigned i = 0; i < ports->count; i++) {
		m.ports[i] = ports->ports[i];
		m.pflags[i] = ports->begins[i];
	}
	piece(d, "multiport", 1, DATA(m));
}

static void put_set(struct draft *d, const struct xtables_set *s, bool src)
{
	struct xt_set_info_match_v4 set = {.match_set = {s->index, 1, src ? IPSET_DIM_ONE_SRC : 0}};

	if (s->revision >= 4)
		piece(d, "set", 4, DATA(set));
	else
		piece(d, "set", 1, DATA(set.match_set));
}

/* What the kernel keeps of the packet's flow, and of whom it is for. */
static void put_states(struct draft *d, const struct xtables_rule *r)
{
	struct xt_conntrack_mtinfo3 ct = {.match_flags = XT_CONNTRACK_STATE,
					  .state_mask = XT_CONNTRACK_STATE_BIT(IP_CT_ESTABLISHED) |
							XT_CONNTRACK_STATE_BIT(IP_CT_RELATED)};
	struct xt_socket_mtinfo3 socket = {XT_SOCKET_NOWILDCARD};

	if (r->known)
		piece(d, "conntrack", 3, DATA(ct));
	if (r->served)
		piece(d, "socket", r->served, DATA(socket));
}

static void put_matches(struct draft *d, const struct xtables_rule *r, uint8_t family)
{
	struct ipt_icmp icmp = {.type = r->icmp_type, .code = {0, UINT8_MAX}};
	struct xt_owner_match_info owner = {.match = XT_OWNER_UID};
	struct xt_pkttype_info host = {PACKET_HOST, 1};
	struct xt_rateinfo limit = {.burst = r->rate};

	if (r->shared)
		piece(d, "pkttype", 0, DATA(host));
	put_transport(d, r);
	if (r->icmp)
		piece(d, family == 4 ? "icmp" : "icmp6", 0, DATA(icmp));
	if (r->user) {
		owner.uid_min = owner.uid_max = *r->user;
		piece(d, "owner", 1, DATA(owner));
	}
	if (r->src_set)
		put_set(d, r->src_set, true);
	if (r->dst_set)
		put_set(d, r->dst_set, false);
	if (r->ports)
		put_ports(d, r->ports);
	put_states(d, r);
	if (r->rate > 0) {
		/* In ten thousandths of a second; rounded, it lets less through and not more. */
		limit.avg = (XT_LIMIT_SCALE + r->rate - 1) / r->rate;
		piece(d, "limit", 0, DATA(limit));
	}
}

static void append(struct xtables_group *g, struct draft *d, size_t target)
{
	const struct xtables_layout *l = xtables_entry_layout(g->chains.family);
	uint16_t target16 = (uint16_t)target, next = (uint16_t)d->len;
	struct xtables_blob *b = &g->chains;

	memcpy(d->bytes + l->target, &target16, sizeof(target16));
	memcpy(d->bytes + l->target + 2, &next, sizeof(next));
	if (b->cap - b->len < d->len) {
		b->count = XTABLES_ENTRIES_MAX + 1;
		return;
	}
	memcpy(b->bytes + b->len, d->bytes, d->len);
	b->len += d->len;
	b->count++;
}

/* How much of a packet is copied, who reads the group says (packet_log.h): before Linux 4.8 no rule can. */
static void put_log(struct draft *d, uint16_t group)
{
	struct xt_nflog_info log = {.group = group, .threshold = PACKET_LOG_BATCH};

	piece(d, "NFLOG", 0, DATA(log));
}

void xtables_rule_put(struct xtables_group *g, const struct xtables_rule *r)
{
	struct draft d = {.len = xtables_entry_layout(g->chains.family)->head};
	size_t target;
	int32_t verdict = r->verdict;

	if (g->chains.family == 4)
		put_head4(&d, r);
	else
		put_head6(&d, r);
	put_matches(&d, r, g->chains.family);
	target = d.len;
	if (r->log_group)
		put_log(&d, *r->log_group);
	else
		piece(&d, XT_STANDARD_TARGET, 0, DATA(verdict));
	append(g, &d, target);
}

static void end_chain(struct xtables_group *g)
{
	const struct xtables_rule back = {.verdict = XTABLES_RETURN};

	if (g->chains.len > 0)
		xtables_rule_put(g, &back);
}

int xtables_rule_chain(struct xtables_group *g, const char *name)
{
	struct draft d = {.len = xtables_entry_layout(g->chains.family)->head};
	char text[XT_FUNCTION_MAXNAMELEN] = {0};
	size_t target = d.len;

	end_chain(g);
	snprintf(text, sizeof(text), "%s", name);
	piece(&d, XT_ERROR_TARGET, 0, DATA(text));
	append(g, &d, target);
	return (int)g->chains.len;
}

enum err xtables_rule_end(struct xtables_group *g)
{
	end_chain(g);
	return g->chains.count > XTABLES_ENTRIES_MAX ? ERR_TOO_LONG : ERR_OK;
}
