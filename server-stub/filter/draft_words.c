/* SPDX-License-Identifier: Apache-2.0 */
/* The words of a policy: services, networks and their names. What they add up to is draft.c's. */
#include "server-stub/filter/draft_inner.h"

#include <string.h>

static const struct {
	const char *name;
	uint16_t tcp, udp; /* 0: not */
} services[] = {
	{"ssh", 22, 0},	    {"telnet", 23, 0},	{"http", 80, 0},	 {"https", 443, 0},	  {"dns", 53, 53},
	{"ntp", 0, 123},    {"snmp", 0, 161},	{"syslog", 0, 514},	 {"syslog-tls", 6514, 0}, {"mqtt", 1883, 0},
	{"mqtts", 8883, 0}, {"coap", 0, 5683},	{"coaps", 0, 5684},	 {"modbus", 502, 0},	  {"opcua", 4840, 0},
	{"mdns", 0, 5353},  {"rtsp", 554, 554}, {"wireguard", 0, 51820},
};

#define SERVICES (sizeof(services) / sizeof(services[0]))

bool draft_words_port(struct str text, uint16_t *out)
{
	uint64_t value = 0;

	if (str_number(text, UINT16_MAX, &value) != ERR_OK || value == 0)
		return false;
	*out = (uint16_t)value;
	return true;
}

static unsigned named_service(struct str text, struct draft_service out[2])
{
	unsigned count = 0;

	for (unsigned i = 0; i < SERVICES; i++) {
		if (!str_equal(text, str_from(services[i].name)))
			continue;
		if (services[i].tcp)
			out[count++] = (struct draft_service){FILTER_TCP, false, {services[i].tcp, services[i].tcp}};
		if (services[i].udp)
			out[count++] = (struct draft_service){FILTER_UDP, false, {services[i].udp, services[i].udp}};
	}
	return count;
}

static bool take_range(struct str text, struct filter_range *out)
{
	struct str rest = text, first = str_cut(&rest, '-');

	if (!draft_words_port(first, &out->first))
		return false;
	out->last = out->first;
	return first.len == text.len || (draft_words_port(rest, &out->last) && out->first <= out->last);
}

static unsigned no_service(struct draft *d, const struct doc *node)
{
	struct str text = node->text;
	struct filter_range range;

	if (take_range(text, &range))
		draft_note(d, node, "'%s' lacks its protocol; write tcp/%s or udp/%s", draft_note_shown(text),
			   draft_note_shown(text), draft_note_shown(text));
	else
		draft_note(d, node,
			   "'%s' is no service; write tcp/PORT, udp/PORT, tcp/FIRST-LAST, tcp, udp, ping, any, or a "
			   "name such as ssh, https, dns, ntp, mqtts",
			   draft_note_shown(text));
	return 0;
}

unsigned draft_words_service(struct draft *d, const struct doc *node, struct draft_service out[2])
{
	struct str rest = node->text, protocol;
	unsigned count;

	if (node->kind != DOC_TEXT || doc_is_null(node)) {
		draft_note(d, node, "is no service; write one as tcp/22, or a list of them");
		return 0;
	}
	count = named_service(rest, out);
	if (count > 0)
		return count;
	protocol = str_cut(&rest, '/');
	for (unsigned what = FILTER_TCP; what <= FILTER_ANY; what++) {
		bool has_ports = what == FILTER_TCP || what == FILTER_UDP;

		if (!str_equal(protocol, str_from(filter_what_name(what))))
			continue;
		out[0] = (struct draft_service){.what = (uint8_t)what, .all_ports = protocol.len == node->text.len};
		if (out[0].all_ports || (has_ports && take_range(rest, &out[0].range)))
			return 1;
		draft_note(d, node,
			   has_ports ? "'%s' has no port of 1 to 65535; write tcp/22 or tcp/8000-8010"
				     : "'%s' has ports, but only tcp and udp have any",
			   draft_note_shown(node->text));
		return 0;
	}
	return no_service(d, node);
}

/* Add a network; one that lies in another one of the list says nothing more. */
static bool add_net(struct draft *d, const struct doc *node, struct draft_nets *nets, const struct addr *a)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < nets->count; i++)
		if (addr_contains(&nets->list[i], a))
			return true;
	for (unsigned i = 0; i < nets->count; i++)
		if (!addr_contains(a, &nets->list[i]))
			nets->list[kept++] = nets->list[i];
	nets->count = kept;
	if (kept == FILTER_NETS_MAX)
		return draft_note(d, node, "is the list's network number %d; a policy holds %d, so write wider ones",
				  FILTER_NETS_MAX + 1, FILTER_NETS_MAX);
	for (kept = nets->count++; kept > 0 && filter_order_nets(&nets->list[kept - 1], a) > 0; kept--)
		nets->list[kept] = nets->list[kept - 1];
	nets->list[kept] = *a;
	return true;
}

static bool take_net(struct draft *d, const struct doc *node, struct draft_nets *nets)
{
	struct str rest = node->text;
	struct addr net, host;
	char text[ADDR_TEXT_MAX];

	if (str_find_byte(node->text, '%') != SIZE_MAX || addr_parse_prefix_wire(node->text, &net) != ERR_OK)
		return draft_note(d, node,
				  "'%s' is neither a network, as 10.0.0.0/8 or fd00::/8, nor a name under `networks`",
				  draft_note_shown(node->text));
	if (net.prefix == 0)
		return draft_note(d, node, "'%s' is everybody; leave `from` and `to` out to say so",
				  draft_note_shown(node->text));
	if (addr_parse_wire(str_cut(&rest, '/'), &host) == ERR_OK && host.family == net.family &&
	    memcmp(host.bytes, net.bytes, sizeof(host.bytes)) != 0)
		return draft_note(d, node, "'%s' has bits beyond its prefix; write %s", draft_note_shown(node->text),
				  addr_text(&net, text));
	return add_net(d, node, nets, &net);
}

bool draft_words_nets(struct draft *d, const struct doc *node, struct draft_nets *nets)
{
	if (node->kind != DOC_TEXT || doc_is_null(node))
		return draft_note(d, node, "is no network; write one as 10.0.0.0/8, a name, or a list of both");
	for (unsigned i = 0; i < d->named_count; i++) {
		struct draft_named *named = &d->named[i];

		if (!str_equal(named->node->key, node->text))
			continue;
		named->used = true;
		for (unsigned k = 0; k < named->nets.count; k++)
			if (!add_net(d, node, nets, &named->nets.list[k]))
				return false;
		return true;
	}
	return take_net(d, node, nets);
}

static bool is_name(struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (i > 0 && c >= '0' && c <= '9') ||
		      (i > 0 && (c == '_' || c == '-'))))
			return false;
	}
	return text.len > 0;
}

static void take_named(struct draft *d, const struct doc *node)
{
	struct draft_named *named = &d->named[d->named_count];

	if (!is_name(node->key)) {
		draft_note_key(d, node,
			       "'%s' is no name for networks; begin with a letter and go on with those, digits, "
			       "'_' and '-'",
			       draft_note_shown(node->key));
		return;
	}
	if (d->named_count == FILTER_LISTS_MAX) {
		draft_note_key(d, node,
			       "is more than the %d names a policy holds; write the networks where they are used",
			       FILTER_LISTS_MAX);
		return;
	}
	*named = (struct draft_named){.node = node};
	if (node->kind == DOC_TEXT)
		(void)take_net(d, node, &named->nets);
	else if (node->kind == DOC_MAP || node->count == 0)
		draft_note(d, node, "is no list of networks; write [10.0.0.0/8, fd00::/8]");
	for (const struct doc *n = node->first; n && node->kind == DOC_LIST; n = n->next)
		(void)draft_words_nets(d, n, &named->nets);
	/* After its own list was read, so that it cannot name itself. */
	d->named_count++;
}

void draft_words_named(struct draft *d, const struct doc *map)
{
	if (map->kind != DOC_MAP) {
		draft_note(d, map, "names no networks; write NAME: [10.0.0.0/8] in lines below");
		return;
	}
	for (const struct doc *n = map->first; n; n = n->next)
		take_named(d, n);
}
