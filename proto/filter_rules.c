/* SPDX-License-Identifier: Apache-2.0 */
/* What a policy means, rule by rule; neither prints them nor talks to a kernel. */
#include "proto/filter_rules.h"

#include "agent/base/require.h"

#include <stdio.h>

#include <netinet/in.h>

#define DNS_PORT 53
#define ECHO4 8 /* types of echo requests */
#define ECHO6 128

/* One rule for each family of a grant at most, and what each chain has besides. */
_Static_assert(2 * FILTER_GRANTS_MAX + FILTER_DECOYS_MAX + 3 * 16 + 8 <= FILTER_RULES_MAX, "all rules of any policy");

static void add(struct filter_rules *r, const struct filter_rule *rule)
{
	require(r->count < FILTER_RULES_MAX);
	r->list[r->count++] = *rule;
}

/* Without these no address of the link is found, and packets that are too long are lost unsaid. */
static void add_errors(struct filter_rules *r)
{
	static const struct filter_rule always[] = {
		{.family = 4, .protocol = IPPROTO_ICMP, .type_low = 3, .type_high = 3},	      /* unreachable */
		{.family = 4, .protocol = IPPROTO_ICMP, .type_low = 11, .type_high = 12},     /* time, parameter */
		{.family = 4, .protocol = IPPROTO_IGMP},				      /* listeners of IPv4 */
		{.family = 6, .protocol = IPPROTO_ICMPV6, .type_low = 1, .type_high = 4},     /* all errors */
		{.family = 6, .protocol = IPPROTO_ICMPV6, .type_low = 130, .type_high = 137}, /* MLD, neighbours */
		{.family = 6, .protocol = IPPROTO_ICMPV6, .type_low = 143, .type_high = 143}, /* MLDv2 */
	};

	for (unsigned i = 0; i < sizeof(always) / sizeof(always[0]); i++) {
		struct filter_rule rule = always[i];

		rule.chain = FILTER_CHAIN_ERRORS;
		add(r, &rule);
	}
}

static void add_flows(struct filter_rules *r, uint8_t way)
{
	if (way != FILTER_FORWARD)
		add(r, &(struct filter_rule){.chain = way, .test = FILTER_LOCAL});
	add(r, &(struct filter_rule){.chain = way, .test = FILTER_FLOW});
	add(r, &(struct filter_rule){.chain = way, .test = FILTER_GOES_ON, .protocol = IPPROTO_TCP});
	if (way != FILTER_FORWARD)
		add(r, &(struct filter_rule){.chain = way, .verdict = FILTER_JUMP});
}

/* A server's answer may come from anywhere, so it is no flow of the request to everybody. */
static void add_dhcp(struct filter_rules *r, uint8_t way)
{
	static const uint16_t ports[2][2] = {{68, 67}, {546, 547}}; /* of the client, of the server */

	for (unsigned i = 0; i < 2 && way != FILTER_FORWARD; i++)
		add(r, &(struct filter_rule){.chain = way,
					     .family = i ? 6 : 4,
					     .protocol = IPPROTO_UDP,
					     .src_port = ports[i][way == FILTER_IN],
					     .dst_port = ports[i][way == FILTER_OUT]});
}

/* The guard's own link; the answers are flows. */
static void add_link(struct filter_rules *r, const struct filter_facts *facts)
{
	for (uint8_t family = 4; family <= 6; family += 2) {
		if (facts->service_port)
			add(r, &(struct filter_rule){.chain = FILTER_OUT,
						     .family = family,
						     .protocol = IPPROTO_TCP,
						     .to = FILTER_SERVICE,
						     .dst_port = facts->service_port});
		for (unsigned i = 0; i < 2 && facts->resolves; i++)
			add(r, &(struct filter_rule){.chain = FILTER_OUT,
						     .family = family,
						     .protocol = i ? IPPROTO_TCP : IPPROTO_UDP,
						     .to = FILTER_RESOLVERS,
						     .dst_port = DNS_PORT,
						     .of_guard = true});
	}
}

static void add_decoys(struct filter_rules *r, const struct filter *f)
{
	for (unsigned i = 0; i < f->decoy_count; i++)
		add(r, &(struct filter_rule){.chain = FILTER_IN, .protocol = IPPROTO_TCP, .dst_port = f->decoys[i]});
}

static void add_ping(struct filter_rules *r, struct filter_rule rule)
{
	rule.protocol = rule.family == 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6;
	rule.type_low = rule.type_high = rule.family == 4 ? ECHO4 : ECHO6;
	add(r, &rule);
}

static void add_grant(struct filter_rules *r, const struct filter *f, const struct filter_grant *g)
{
	struct filter_rule rule = {.chain = g->way, .from = g->from, .to = g->to, .ports = g->ports, .counts = true};

	if (g->what == FILTER_TCP || g->what == FILTER_UDP)
		rule.protocol = g->what == FILTER_TCP ? IPPROTO_TCP : IPPROTO_UDP;
	if (!g->from && !g->to && g->what != FILTER_PING) {
		add(r, &rule);
		return;
	}
	for (rule.family = 4; rule.family <= 6; rule.family += 2) {
		if (!filter_has_family(f, g->from, rule.family) || !filter_has_family(f, g->to, rule.family))
			continue;
		if (g->what == FILTER_PING)
			add_ping(r, rule);
		else
			add(r, &rule);
	}
}

/*
 * What the guard's own table of packets does not log, because a socket would have taken it (nft_packets.h). Nothing
 * else is logged twice.
 */
static void add_log(struct filter_rules *r, const struct filter *f)
{
	static const uint8_t protocols[] = {IPPROTO_TCP, IPPROTO_UDP};

	for (unsigned i = 0; i < sizeof(protocols) && f->log_rate; i++)
		add(r, &(struct filter_rule){.chain = FILTER_IN,
					     .test = FILTER_SERVED,
					     .protocol = protocols[i],
					     .verdict = FILTER_LOG,
					     .rate = f->log_rate});
}

void filter_rules_make(const struct filter *f, const struct filter_facts *facts, struct filter_rules *out)
{
	out->count = 0;
	for (uint8_t way = 0; way < FILTER_WAYS; way++) {
		if (!f->drops[way])
			continue;
		add_flows(out, way);
		add_dhcp(out, way);
		if (way == FILTER_OUT)
			add_link(out, facts);
		if (way == FILTER_IN)
			add_decoys(out, f);
		for (unsigned i = 0; i < f->grant_count; i++)
			if (f->grants[i].way == way)
				add_grant(out, f, &f->grants[i]);
		if (way == FILTER_IN)
			add_log(out, f);
		add(out, &(struct filter_rule){.chain = way, .verdict = FILTER_DROP, .counts = true});
	}
	add_errors(out);
}

const char *filter_set_name(unsigned set, uint8_t family, char name[FILTER_SET_NAME_MAX])
{
	if (family == 0)
		snprintf(name, FILTER_SET_NAME_MAX, "ports%u", set % 100);
	else if (set == FILTER_SERVICE || set == FILTER_RESOLVERS)
		snprintf(name, FILTER_SET_NAME_MAX, "%s%u", set == FILTER_SERVICE ? "service" : "resolver",
			 family % 10);
	else
		snprintf(name, FILTER_SET_NAME_MAX, "net%u_%u", set % 100, family % 10);
	return name;
}
