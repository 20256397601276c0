/* SPDX-License-Identifier: Apache-2.0 */
/* The policy as chains, family by family, for netfilter_filter.c; its sets are iptables_filter_sets.c's. */
#include "agent/actor/sys/iptables_filter.h"

#include "agent/actor/sys/iptables_filter_sets.h"

#include <netinet/in.h>

#include <linux/netfilter.h>

#include <string.h>

#define CHAIN XTABLES_PREFIX "POLICY"
#define SOCKET_REVISION 3 /* of the match; 2, of Linux 3.11, does as well */

static const uint8_t families[2] = {4, 6};

/* One family's half of a policy, in its making. */
struct half {
	struct iptables *t;
	const struct nft_filter *f;
	struct iptables_filter_sets sets;
	uint8_t socket; /* revision of the match */
};

static struct half half_of(struct iptables *t, const struct nft_filter *f, uint8_t family)
{
	bool newest = xtables_has_match(&t->tables, family, "socket", SOCKET_REVISION);

	return (struct half){
		.t = t, .f = f, .sets = {.family = family}, .socket = newest ? SOCKET_REVISION : SOCKET_REVISION - 1};
}

/* -- rules -- */

static void put_ports(struct half *h, struct xtables_rule x, const struct filter_list *list)
{
	struct xtables_ports ports = {0};

	x.ports = &ports;
	for (unsigned i = 0; i < list->count; i++) {
		const struct filter_range *range = &h->f->policy->ranges[list->first + i];
		bool begins = range->last > range->first;

		/* What passes by one of two rules passes by both together. */
		if (ports.count + 1 + begins > XTABLES_PORTS_MAX) {
			xtables_rule_put(&h->t->group, &x);
			memset(&ports, 0, sizeof(ports));
		}
		ports.begins[ports.count] = begins;
		ports.ports[ports.count++] = range->first;
		if (begins)
			ports.ports[ports.count++] = range->last;
	}
	xtables_rule_put(&h->t->group, &x);
}

/* A rule in the chain of that way, of which there may be several by iptables. */
static void put_rule(struct half *h, const struct filter_rule *r, unsigned way)
{
	const struct iptables_filter_sets *s = &h->sets;
	struct xtables_rule x = {
		.to = way == FILTER_OUT,
		.loopback = r->test == FILTER_LOCAL,
		.protocol = r->protocol,
		.src_port = r->src_port,
		.dst_port = r->dst_port,
		.answers = r->test == FILTER_GOES_ON,
		.icmp = r->type_high > 0,
		.icmp_type = r->type_low,
		.user = r->of_guard ? &h->f->guard_uid : NULL,
		.src_set = r->from ? &s->sets[r->from] : NULL,
		.dst_set = r->to ? &s->sets[r->to] : NULL,
		.known = r->test == FILTER_FLOW,
		.served = r->test == FILTER_SERVED ? h->socket : 0,
		.rate = r->verdict == FILTER_LOG ? r->rate : 0,
		.log_group = r->verdict == FILTER_LOG ? &h->f->log_group : NULL,
		.verdict = r->verdict == FILTER_DROP ? XTABLES_DROP : XTABLES_RETURN,
	};

	/* Nobody is in a set without elements. */
	if ((r->family && r->family != s->family) || (r->from && s->counts[r->from] == 0) ||
	    (r->to && s->counts[r->to] == 0))
		return;
	if (r->ports) {
		put_ports(h, x, &h->f->policy->ports_of[r->ports - 1]);
		return;
	}
	xtables_rule_put(&h->t->group, &x);
	while (x.icmp && x.icmp_type < r->type_high) {
		x.icmp_type++;
		xtables_rule_put(&h->t->group, &x);
	}
}

/* What a chain leads to stands in it, since what returns from another one would only come back. */
static void put_way(struct half *h, const struct filter_rules *rules, unsigned way)
{
	for (unsigned i = 0; i < rules->count; i++) {
		if (rules->list[i].chain != way)
			continue;
		if (rules->list[i].verdict != FILTER_JUMP)
			put_rule(h, &rules->list[i], way);
		for (unsigned k = 0; k < rules->count && rules->list[i].verdict == FILTER_JUMP; k++)
			if (rules->list[k].chain == FILTER_CHAIN_ERRORS)
				put_rule(h, &rules->list[k], way);
	}
}

/* Into the group under construction; the sets are there, or their numbers do not matter. */
static void make(struct half *h)
{
	static const struct {
		unsigned way, hook;
		const char *name;
	} chains[FILTER_WAYS] = {{FILTER_FORWARD, NF_INET_FORWARD, CHAIN "_FORWARD"},
				 {FILTER_IN, NF_INET_LOCAL_IN, CHAIN "_IN"},
				 {FILTER_OUT, NF_INET_LOCAL_OUT, CHAIN "_OUT"}};
	const struct filter_facts facts = {h->f->service_port, h->f->resolver_count > 0};
	struct xtables_group *g = &h->t->group;
	struct filter_rules rules;

	filter_rules_make(h->f->policy, &facts, &rules);
	iptables_begin(h->t, IPTABLES_POLICY, h->sets.family);
	(void)xtables_rule_chain(g, CHAIN);
	for (unsigned i = 0; i < FILTER_WAYS; i++) {
		if (!h->f->policy->drops[chains[i].way])
			continue;
		g->jump[chains[i].hook] = (uint32_t)xtables_rule_chain(g, chains[i].name);
		put_way(h, &rules, chains[i].way);
	}
}

/* -- in force -- */

static enum err put(struct half *h)
{
	make(h);
	return iptables_put(h->t, IPTABLES_POLICY);
}

/* All that can fail before anything is in force. */
static enum err prepare(struct half *h)
{
	enum err err = iptables_filter_sets_make(h->t, &h->sets, h->f);

	if (err != ERR_OK)
		return err;
	make(h);
	return xtables_rule_end(&h->t->group);
}

/* Remember a family's chains. Those that somebody damaged are none to go back to. */
static void remember(struct iptables *t, uint8_t family)
{
	struct iptables_policy *p = &t->policy;

	p->before.chains = (struct xtables_blob){.bytes = p->bytes, .cap = sizeof(p->bytes)};
	xtables_rule_begin(&p->before, CHAIN, family);
	if (xtables_take(&t->tables, &p->before) != ERR_OK)
		xtables_rule_begin(&p->before, CHAIN, family);
}

static void go_back(struct iptables *t)
{
	const struct xtables_group *before = &t->policy.before;

	if (xtables_put(&t->tables, before) == ERR_OK)
		t->sums[before->chains.family == 6][IPTABLES_POLICY] = xtables_blob_group_sum(before);
}

static enum err put_both(struct half halves[2], unsigned count)
{
	struct iptables *t = halves[0].t;
	enum err err;

	remember(t, halves[0].sets.family);
	err = put(&halves[0]);
	if (err != ERR_OK || count < 2)
		return err;
	err = put(&halves[1]);
	if (err != ERR_OK)
		go_back(t);
	return err;
}

enum err iptables_filter_set(struct iptables *t, const struct nft_filter *f)
{
	struct half halves[2];
	unsigned count = 0;
	enum err err = ERR_OK;

	for (unsigned i = 0; i < 2 && err == ERR_OK; i++) {
		if (!xtables_has(&t->tables, families[i]))
			continue;
		halves[count] = half_of(t, f, families[i]);
		err = prepare(&halves[count++]);
	}
	if (err == ERR_OK)
		err = put_both(halves, count);
	for (unsigned i = 0; i < count; i++) {
		if (err == ERR_OK)
			iptables_filter_sets_adopt(t, &halves[i].sets);
		else
			iptables_filter_sets_drop(t, &halves[i].sets);
	}
	return err;
}

/* -- read back -- */

static enum err check_half(struct half *h)
{
	enum err err = ERR_UNVERIFIED;

	for (char turn = 'a'; turn <= 'b' && err == ERR_UNVERIFIED; turn++) {
		h->sets.turn = turn;
		err = iptables_filter_sets_find(h->t, &h->sets, h->f);
		if (err != ERR_OK)
			continue;
		make(h);
		err = iptables_check(h->t, IPTABLES_POLICY);
		if (err == ERR_OK)
			err = iptables_filter_sets_check(h->t, &h->sets, h->f);
	}
	return err;
}

enum err iptables_filter_check(struct iptables *t, const struct nft_filter *f)
{
	bool there;
	enum err err = iptables_there(t, IPTABLES_POLICY, &there);

	if (err != ERR_OK || !there)
		return err == ERR_OK ? ERR_NOT_FOUND : err;
	for (unsigned i = 0; i < 2 && err == ERR_OK; i++) {
		struct half h;

		if (!xtables_has(&t->tables, families[i]))
			continue;
		h = half_of(t, f, families[i]);
		err = check_half(&h);
	}
	return err;
}

enum err iptables_filter_clear(struct iptables *t)
{
	enum err err = iptables_empty(t, IPTABLES_POLICY);

	if (err != ERR_OK)
		return err;
	iptables_filter_sets_forget(t);
	return iptables_gone(t, IPTABLES_POLICY);
}

/* -- what the kernel has -- */

const char *iptables_filter_lacks(const struct iptables *t, const struct filter *policy)
{
	const struct {
		const char *name, *text;
		uint8_t revision;
		bool wanted;
	} matches[] = {
		{"conntrack", "the match conntrack", 3, true},
		{"multiport", "the match multiport", 1, policy->port_lists > 0},
		{"owner", "the match owner", 1, policy->drops[FILTER_OUT]},
		{"limit", "the match limit", 0, policy->log_rate > 0},
		{"socket", "the match socket", SOCKET_REVISION - 1, policy->log_rate > 0},
	};

	for (unsigned k = 0; k < 2; k++) {
		if (!xtables_has(&t->tables, families[k]))
			continue;
		for (size_t i = 0; i < sizeof(matches) / sizeof(matches[0]); i++)
			if (matches[i].wanted &&
			    !xtables_has_match(&t->tables, families[k], matches[i].name, matches[i].revision))
				return matches[i].text;
		if (policy->log_rate > 0 && !xtables_has_target(&t->tables, families[k], "NFLOG", 0))
			return "the target NFLOG";
	}
	return NULL;
}
