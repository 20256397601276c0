/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the chains that log packets, for netfilter_packets.c. They drop nothing. */
#include "agent/actor/sys/iptables_packets.h"

#include <netinet/in.h>

#include <linux/netfilter.h>

#define CHAIN XTABLES_PREFIX "PACKETS"
#define SERVICE_PORTS 1024 /* below them, who sends a datagram answers */
#define CLIENT_PORTS 32768 /* from there on, clients get theirs (net.ipv4.ip_local_port_range) */

/* What one family's chain is made of. */
struct log {
	struct xtables_group *g;
	uint16_t group;
	uint32_t rate;
	uint8_t socket; /* revision of the match */
};

static void pass(const struct log *l, struct xtables_rule r)
{
	r.verdict = XTABLES_RETURN;
	xtables_rule_put(l->g, &r);
}

static void put_log(const struct log *l, uint8_t protocol, uint16_t port)
{
	xtables_rule_put(l->g,
			 &(struct xtables_rule){
				 .protocol = protocol, .dst_port = port, .rate = l->rate, .log_group = &l->group});
}

/* A decoy is served by the guard, so it comes before what is served, and is logged there and not again. */
static void put_chain(const struct log *l, const struct settings *s)
{
	l->g->jump[NF_INET_LOCAL_IN] = (uint32_t)xtables_rule_chain(l->g, CHAIN);
	pass(l, (struct xtables_rule){.loopback = true});
	pass(l, (struct xtables_rule){.shared = true});
	pass(l, (struct xtables_rule){.protocol = IPPROTO_TCP, .later = true});
	pass(l, (struct xtables_rule){.protocol = IPPROTO_UDP, .served = l->socket});
	for (unsigned i = 0; i < s->decoy_count; i++) {
		put_log(l, IPPROTO_TCP, s->decoys[i]);
		pass(l, (struct xtables_rule){.protocol = IPPROTO_TCP, .dst_port = s->decoys[i]});
	}
	pass(l, (struct xtables_rule){.protocol = IPPROTO_TCP, .served = l->socket});
	put_log(l, IPPROTO_TCP, 0);
	pass(l, (struct xtables_rule){.protocol = IPPROTO_UDP,
				      .src_last = SERVICE_PORTS - 1,
				      .dst_port = CLIENT_PORTS,
				      .dst_last = UINT16_MAX});
	put_log(l, IPPROTO_UDP, 0);
}

static void make(struct iptables *t, uint8_t family, const struct settings *s)
{
	const struct log log = {.g = &t->group,
				.group = (uint16_t)s->firewall_group,
				.rate = s->firewall_rate,
				.socket = xtables_has_match(&t->tables, family, "socket", 3) ? 3 : 2};

	iptables_begin(t, IPTABLES_PACKETS, family);
	if (s->firewall)
		put_chain(&log, s);
}

static enum err each_family(struct iptables *t, const struct settings *s,
			    enum err (*act)(struct iptables *t, enum iptables_group which))
{
	enum err err = ERR_OK;

	for (unsigned i = 0; i < 2 && err == ERR_OK; i++) {
		make(t, i == 0 ? 4 : 6, s);
		err = act(t, IPTABLES_PACKETS);
	}
	return err;
}

enum err iptables_packets_setup(struct iptables *t, const struct settings *settings)
{
	enum err err = each_family(t, settings, iptables_put);

	return err == ERR_OK ? each_family(t, settings, iptables_check) : err;
}

enum actor_lack iptables_packets_lacks(const struct iptables *t)
{
	static const struct {
		const char *match;
		uint8_t revision;
		enum actor_lack lack;
	} matches[] = {{"socket", 2, ACTOR_LACKS_XT_SOCKET},
		       {"limit", 0, ACTOR_LACKS_XT_LIMIT},
		       {"pkttype", 0, ACTOR_LACKS_XT_PKTTYPE}};

	for (uint8_t family = 4; family <= 6; family += 2) {
		if (!xtables_has(&t->tables, family))
			continue;
		for (size_t i = 0; i < sizeof(matches) / sizeof(matches[0]); i++)
			if (!xtables_has_match(&t->tables, family, matches[i].match, matches[i].revision))
				return matches[i].lack;
		if (!xtables_has_target(&t->tables, family, "NFLOG", 0))
			return ACTOR_LACKS_XT_NFLOG;
	}
	return ACTOR_LACKS_NOTHING;
}

enum err iptables_packets_remove(struct iptables *t)
{
	return iptables_put_none(t, IPTABLES_PACKETS);
}
