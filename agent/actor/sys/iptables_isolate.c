/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules of isolation as chains, for netfilter_isolate.c. Each is written for a direction: the peer is where a
 * packet comes from on input, and where it goes on output. What no rule lets back to the hook's other rules is dropped.
 */
#include "agent/actor/sys/iptables_isolate.h"

#include <netinet/in.h>

#include <linux/netfilter.h>

#include <string.h>

#define DNS_PORT 53

/* Where rules go. */
struct side {
	struct xtables_group *g;
	const struct isolate_filter *f;
	uint8_t family;
	bool out;
};

static void pass(const struct side *s, struct xtables_rule r)
{
	r.to = s->out;
	r.verdict = XTABLES_RETURN;
	xtables_rule_put(s->g, &r);
}

/* With the peer's port where it stands in this direction; on input no packet that opens a TCP connection. */
static void pass_port(const struct side *s, struct xtables_rule r, uint16_t peer_port, uint16_t local_port)
{
	r.src_port = s->out ? local_port : peer_port;
	r.dst_port = s->out ? peer_port : local_port;
	r.answers = r.protocol == IPPROTO_TCP && !s->out;
	pass(s, r);
}

static void pass_peers(const struct side *s)
{
	const struct isolate_filter *f = s->f;

	for (unsigned i = 0; i < f->net_count; i++)
		if (f->nets[i].family == s->family)
			pass(s, (struct xtables_rule){.peer = &f->nets[i]});
	for (unsigned i = 0; i < f->service_count; i++)
		if (f->service[i].family == s->family)
			pass_port(s, (struct xtables_rule){.peer = &f->service[i], .protocol = IPPROTO_TCP},
				  f->service_port, 0);
	for (unsigned i = 0; i < 2 * f->resolver_count; i++) {
		struct xtables_rule r = {.peer = &f->resolvers[i / 2],
					 .protocol = i % 2 ? IPPROTO_TCP : IPPROTO_UDP,
					 .user = s->out && !f->dns ? &f->guard_uid : NULL};

		if (r.peer->family == s->family)
			pass_port(s, r, DNS_PORT, 0);
	}
	if (f->dhcp)
		pass_port(s, (struct xtables_rule){.protocol = IPPROTO_UDP}, s->family == 4 ? 67 : 547,
			  s->family == 4 ? 68 : 546);
}

/* Errors; of IPv6 also listener reports and neighbour discovery (130 to 137, 143). */
static void pass_errors(const struct side *s)
{
	static const uint8_t types4[] = {3, 11, 12};
	static const uint8_t types6[] = {1, 2, 3, 4, 130, 131, 132, 133, 134, 135, 136, 137, 143};
	const uint8_t *types = s->family == 4 ? types4 : types6;
	size_t count = s->family == 4 ? sizeof(types4) : sizeof(types6);

	for (size_t i = 0; i < count; i++)
		pass(s, (struct xtables_rule){.protocol = s->family == 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6,
					      .icmp = true,
					      .icmp_type = types[i]});
}

static void put_side(struct iptables *t, const struct isolate_filter *f, bool out)
{
	const struct side s = {&t->group, f, t->group.chains.family, out};

	t->group.jump[out ? NF_INET_LOCAL_OUT : NF_INET_LOCAL_IN] = (uint32_t)xtables_rule_chain(
		&t->group, out ? XTABLES_PREFIX "ISOLATE_OUT" : XTABLES_PREFIX "ISOLATE_IN");
	pass(&s, (struct xtables_rule){.loopback = true});
	pass_peers(&s);
	pass_errors(&s);
	xtables_rule_put(&t->group, &(struct xtables_rule){.verdict = XTABLES_DROP});
}

static void make(struct iptables *t, const struct isolate_filter *f, uint8_t family)
{
	iptables_begin(t, IPTABLES_ISOLATE, family);
	t->group.jump[NF_INET_FORWARD] = (uint32_t)xtables_rule_chain(&t->group, XTABLES_PREFIX "ISOLATE_FORWARD");
	xtables_rule_put(&t->group, &(struct xtables_rule){.verdict = XTABLES_DROP});
	put_side(t, f, false);
	put_side(t, f, true);
}

static enum err each_family(struct iptables *t, const struct isolate_filter *f,
			    enum err (*act)(struct iptables *t, enum iptables_group which))
{
	enum err err = ERR_OK;

	if (f->net_count > ISOLATE_NETS_MAX || f->service_count > ISOLATE_SERVICE_MAX ||
	    f->resolver_count > ISOLATE_RESOLVERS_MAX || (f->service_count > 0 && f->service_port == 0))
		return ERR_INVALID;
	for (unsigned i = 0; i < 2 && err == ERR_OK; i++) {
		make(t, f, i == 0 ? 4 : 6);
		err = act(t, IPTABLES_ISOLATE);
	}
	return err;
}

enum err iptables_isolate_set(struct iptables *t, const struct isolate_filter *f)
{
	return each_family(t, f, iptables_put);
}

enum err iptables_isolate_check(struct iptables *t, const struct isolate_filter *f)
{
	return each_family(t, f, iptables_check);
}

bool iptables_isolate_is_set(struct iptables *t)
{
	bool there;

	return iptables_there(t, IPTABLES_ISOLATE, &there) == ERR_OK && there;
}

enum err iptables_isolate_clear(struct iptables *t)
{
	enum err err = iptables_empty(t, IPTABLES_ISOLATE);

	return err == ERR_OK ? iptables_gone(t, IPTABLES_ISOLATE) : err;
}
