/* SPDX-License-Identifier: Apache-2.0 */
/* Prints the rules that filter_rules.h makes, in the words of nft(8). */
#include "server-stub/filter/render.h"

#include <netinet/in.h>

static const char *const chain_names[FILTER_CHAINS] = {"input", "output", "forward", "errors"};

static void put_elements(struct buf *b, const struct filter *f, const struct filter_list *list, uint8_t family)
{
	unsigned count = 0;

	for (unsigned i = list->first; i < list->first + (unsigned)list->count; i++) {
		const struct filter_range *range = &f->ranges[i];

		if (family && f->nets[i].family != family)
			continue;
		buf_text(b, count++ ? ", " : "");
		if (family)
			addr_put(b, &f->nets[i]);
		else if (range->first == range->last)
			buf_printf(b, "%u", range->first);
		else
			buf_printf(b, "%u-%u", range->first, range->last);
	}
}

static void put_set(struct buf *b, const struct filter *f, unsigned set, uint8_t family)
{
	char name[FILTER_SET_NAME_MAX];

	buf_printf(b, "\tset %s {\n\t\ttype %s\n\t\tflags interval\n\t\telements = { ",
		   filter_set_name(set, family, name),
		   family == 0	 ? "inet_service"
		   : family == 4 ? "ipv4_addr"
				 : "ipv6_addr");
	put_elements(b, f, family ? &f->nets_of[set - 1] : &f->ports_of[set - 1], family);
	buf_text(b, " }\n\t}\n");
}

static void put_sets(struct buf *b, const struct filter *f)
{
	for (uint8_t i = 1; i <= f->net_lists; i++)
		for (uint8_t family = 4; family <= 6; family += 2)
			if (filter_has_family(f, i, family))
				put_set(b, f, i, family);
	for (uint8_t i = 1; i <= f->port_lists; i++)
		put_set(b, f, i, 0);
}

static const char *protocol_name(uint8_t protocol)
{
	switch (protocol) {
	case IPPROTO_TCP: return "tcp";
	case IPPROTO_UDP: return "udp";
	case IPPROTO_ICMP: return "icmp";
	case IPPROTO_ICMPV6: return "icmpv6";
	default: return "igmp";
	}
}

static void put_addresses(struct buf *b, const struct filter_rule *r)
{
	const char *ip = r->family == 4 ? "ip" : "ip6";
	char name[FILTER_SET_NAME_MAX];

	if (r->family && !r->from && !r->to)
		buf_printf(b, "meta nfproto ipv%u ", r->family);
	if (r->from)
		buf_printf(b, "%s saddr @%s ", ip, filter_set_name(r->from, r->family, name));
	if (r->to)
		buf_printf(b, "%s daddr @%s ", ip, filter_set_name(r->to, r->family, name));
}

static void put_transport(struct buf *b, const struct filter_rule *r)
{
	const char *protocol = protocol_name(r->protocol);
	char name[FILTER_SET_NAME_MAX];

	if (r->protocol)
		buf_printf(b, "meta l4proto %s ", protocol);
	if (r->src_port)
		buf_printf(b, "th sport %u ", r->src_port);
	if (r->dst_port)
		buf_printf(b, "th dport %u ", r->dst_port);
	if (r->ports)
		buf_printf(b, "th dport @%s ", filter_set_name(r->ports, 0, name));
	if (r->type_high && r->type_low == r->type_high)
		buf_printf(b, "%s type %u ", protocol, r->type_low);
	else if (r->type_high)
		buf_printf(b, "%s type %u-%u ", protocol, r->type_low, r->type_high);
}

static void put_test(struct buf *b, const struct filter_rule *r)
{
	switch (r->test) {
	case FILTER_LOCAL: buf_text(b, r->chain == FILTER_IN ? "iif lo " : "oif lo "); break;
	case FILTER_FLOW: buf_text(b, "ct state established,related "); break;
	case FILTER_GOES_ON: buf_text(b, "tcp flags & (syn | ack) != syn "); break;
	case FILTER_SERVED: buf_text(b, "socket transparent 0 "); break;
	default: break;
	}
}

static void put_rule(struct buf *b, const struct filter_rule *r)
{
	buf_text(b, "\t\t");
	put_addresses(b, r);
	put_transport(b, r);
	put_test(b, r);
	buf_text(b, r->counts ? "counter " : "");
	switch (r->verdict) {
	case FILTER_LOG:
		buf_printf(b, "limit rate %u/second burst %u packets log group 4848\n", r->rate, r->rate);
		break;
	case FILTER_JUMP: buf_text(b, "jump errors\n"); break;
	default: buf_text(b, r->verdict == FILTER_DROP ? "drop\n" : "accept\n");
	}
}

static void put_chain(struct buf *b, const struct filter *f, const struct filter_rules *rules, unsigned chain)
{
	buf_printf(b, "\tchain %s {\n", chain_names[chain]);
	if (chain != FILTER_CHAIN_ERRORS)
		buf_printf(b, "\t\ttype filter hook %s priority -179; policy %s;\n", chain_names[chain],
			   f->drops[chain] ? "drop" : "accept");
	if (chain == FILTER_OUT)
		buf_text(b,
			 "\t\t# on the device, also: TCP to its service, and look-ups of the guard at its resolvers\n");
	for (unsigned i = 0; i < rules->count; i++)
		if (rules->list[i].chain == chain)
			put_rule(b, &rules->list[i]);
	buf_text(b, "\t}\n");
}

void render_table(struct buf *b, const struct filter *f)
{
	static const struct filter_facts none = {0};
	static struct filter_rules rules;

	filter_rules_make(f, &none, &rules);
	buf_text(b, "table inet caltrop_policy {\n");
	put_sets(b, f);
	put_chain(b, f, &rules, FILTER_CHAIN_ERRORS);
	for (unsigned chain = 0; chain < FILTER_WAYS; chain++)
		if (f->drops[chain])
			put_chain(b, f, &rules, chain);
	buf_text(b, "}\n");
}
