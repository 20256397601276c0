/* SPDX-License-Identifier: Apache-2.0 */
/* The policy's bytes, between the operator's compiler and the device's packet filter. Knows no packet filter. */
#include "proto/filter.h"

#include "agent/base/view.h"

#include <stdio.h>
#include <string.h>

static const char magic[4] = {'C', 'T', 'F', '1'};

static const char *const ways[FILTER_WAYS] = {"in", "out", "forward"};
static const char *const whats[] = {"", "tcp", "udp", "ping", "any"};

const char *filter_way_name(unsigned way)
{
	return ways[way];
}

const char *filter_what_name(unsigned what)
{
	return whats[what];
}

int filter_order_nets(const struct addr *a, const struct addr *b)
{
	int order = a->family - b->family;

	if (order == 0)
		order = memcmp(a->bytes, b->bytes, sizeof(a->bytes));
	return order ? order : a->prefix - b->prefix;
}

int filter_order_grants(const struct filter_grant *a, const struct filter_grant *b)
{
	const uint8_t x[] = {a->way, a->what, a->from, a->to, a->ports};
	const uint8_t y[] = {b->way, b->what, b->from, b->to, b->ports};

	return memcmp(x, y, sizeof(x));
}

bool filter_has_family(const struct filter *f, uint8_t list, uint8_t family)
{
	if (list == 0)
		return true;
	for (unsigned i = 0; i < f->nets_of[list - 1].count; i++)
		if (f->nets[f->nets_of[list - 1].first + i].family == family)
			return true;
	return false;
}

/* -- writing -- */

static void put_nets(struct buf *b, const struct filter *f)
{
	buf_be8(b, f->net_lists);
	for (unsigned i = 0; i < f->net_lists; i++) {
		buf_be8(b, f->nets_of[i].count);
		for (unsigned k = 0; k < f->nets_of[i].count; k++) {
			const struct addr *a = &f->nets[f->nets_of[i].first + k];

			buf_be8(b, a->family);
			buf_be8(b, a->prefix);
			buf_bytes(b, a->bytes, a->family == 4 ? 4 : 16);
		}
	}
}

static void put_ranges(struct buf *b, const struct filter *f)
{
	buf_be8(b, f->port_lists);
	for (unsigned i = 0; i < f->port_lists; i++) {
		buf_be8(b, f->ports_of[i].count);
		for (unsigned k = 0; k < f->ports_of[i].count; k++) {
			buf_be16(b, f->ranges[f->ports_of[i].first + k].first);
			buf_be16(b, f->ranges[f->ports_of[i].first + k].last);
		}
	}
}

void filter_encode(struct buf *b, const struct filter *f)
{
	buf_bytes(b, magic, sizeof(magic));
	for (unsigned way = 0; way < FILTER_WAYS; way++)
		buf_be8(b, f->drops[way]);
	buf_be16(b, f->log_rate);
	buf_be8(b, f->decoy_count);
	for (unsigned i = 0; i < f->decoy_count; i++)
		buf_be16(b, f->decoys[i]);
	put_nets(b, f);
	put_ranges(b, f);
	buf_be8(b, f->grant_count);
	for (unsigned i = 0; i < f->grant_count; i++) {
		const struct filter_grant *g = &f->grants[i];

		buf_be8(b, g->way);
		buf_be8(b, g->what);
		buf_be8(b, g->ports);
		buf_be8(b, g->from);
		buf_be8(b, g->to);
	}
}

/* -- reading -- */

/* What is read, and the first thing that is wrong with it. */
struct reading {
	struct view v;
	struct filter *f;
	const char *wrong; /* NULL: nothing so far */
};

static bool no(struct reading *r, const char *wrong)
{
	if (!r->wrong)
		r->wrong = wrong;
	return false;
}

static void take_defaults(struct reading *r)
{
	struct filter *f = r->f;

	for (unsigned way = 0; way < FILTER_WAYS; way++) {
		uint8_t drops = view_be8(&r->v);

		f->drops[way] = drops == 1;
		if (drops > 1)
			no(r, "a default is neither accept nor drop");
	}
	f->log_rate = view_be16(&r->v);
	if (f->log_rate > FILTER_LOG_MAX)
		no(r, "it logs more than 1000 packets a second");
}

static void take_decoys(struct reading *r)
{
	struct filter *f = r->f;
	unsigned count = view_be8(&r->v);

	if (count > FILTER_DECOYS_MAX)
		no(r, "it has too many decoys");
	for (unsigned i = 0; i < count && !r->wrong && !r->v.short_read; i++) {
		f->decoys[i] = view_be16(&r->v);
		if (f->decoys[i] <= (i ? f->decoys[i - 1] : 0))
			no(r, "its decoys are not in order");
	}
	f->decoy_count = (uint8_t)count;
}

/* A family, a prefix of it that is not 0, and no bit past that. */
static bool take_net(struct reading *r, struct addr *a)
{
	struct addr whole;

	a->family = view_be8(&r->v);
	a->prefix = view_be8(&r->v);
	if (r->v.short_read)
		return false;
	if ((a->family != 4 && a->family != 6) || a->prefix == 0 || a->prefix > (a->family == 4 ? 32 : 128))
		return no(r, "a network is none");
	view_bytes(&r->v, a->bytes, a->family == 4 ? 4 : 16);
	whole = addr_wire(a->family, a->bytes);
	whole = addr_mask(&whole, a->prefix);
	whole.prefix = a->prefix;
	return addr_equal(&whole, a) || no(r, "a network has bits beyond its prefix");
}

/* The list that begins at `first`, which takes the rest of the room or less. */
static void take_net_list(struct reading *r, unsigned first, struct filter_list *out)
{
	struct addr *nets = r->f->nets;
	unsigned count = view_be8(&r->v);

	if (count == 0 || count > FILTER_NETS_MAX - first)
		no(r, count ? "it has too many networks" : "a list of networks is empty");
	for (unsigned i = first; i < first + count && !r->wrong && take_net(r, &nets[i]); i++)
		if (i > first &&
		    (filter_order_nets(&nets[i - 1], &nets[i]) >= 0 || addr_contains(&nets[i - 1], &nets[i])))
			no(r, "the networks of a list are not in order, or one lies in another");
	*out = (struct filter_list){(uint8_t)first, (uint8_t)count};
}

static void take_port_list(struct reading *r, unsigned first, struct filter_list *out)
{
	struct filter_range *ranges = r->f->ranges;
	unsigned count = view_be8(&r->v);

	if (count == 0 || count > FILTER_PORTS_MAX - first)
		no(r, count ? "it has too many ports" : "a list of ports is empty");
	for (unsigned i = first; i < first + count && !r->wrong && !r->v.short_read; i++) {
		ranges[i].first = view_be16(&r->v);
		ranges[i].last = view_be16(&r->v);
		if (ranges[i].first == 0 || ranges[i].first > ranges[i].last ||
		    (i > first && ranges[i].first <= ranges[i - 1].last + 1))
			no(r, "the ports of a list are not in order, or their ranges touch");
	}
	*out = (struct filter_list){(uint8_t)first, (uint8_t)count};
}

static uint8_t take_lists(struct reading *r, struct filter_list out[FILTER_LISTS_MAX],
			  void (*take)(struct reading *r, unsigned first, struct filter_list *out))
{
	unsigned count = view_be8(&r->v), first = 0;

	if (count > FILTER_LISTS_MAX)
		no(r, "it has too many lists");
	for (unsigned i = 0; i < count && !r->wrong && !r->v.short_read; i++) {
		take(r, first, &out[i]);
		first += out[i].count;
	}
	return (uint8_t)count;
}

static bool grant_makes_sense(const struct filter *f, const struct filter_grant *g)
{
	bool has_ports = g->what == FILTER_TCP || g->what == FILTER_UDP;

	if (g->way >= FILTER_WAYS || g->what < FILTER_TCP || g->what > FILTER_ANY || !f->drops[g->way])
		return false;
	if (g->ports > f->port_lists || g->from > f->net_lists || g->to > f->net_lists || (g->ports && !has_ports))
		return false;
	return !(g->way == FILTER_IN && g->to) && !(g->way == FILTER_OUT && g->from);
}

static void take_grants(struct reading *r)
{
	struct filter *f = r->f;
	unsigned count = view_be8(&r->v);

	if (count > FILTER_GRANTS_MAX)
		no(r, "it has too many grants");
	for (unsigned i = 0; i < count && !r->wrong && !r->v.short_read; i++) {
		struct filter_grant *g = &f->grants[i];

		g->way = view_be8(&r->v);
		g->what = view_be8(&r->v);
		g->ports = view_be8(&r->v);
		g->from = view_be8(&r->v);
		g->to = view_be8(&r->v);
		if (!r->v.short_read && !grant_makes_sense(f, g))
			no(r, "a grant makes no sense");
		else if (i > 0 && filter_order_grants(g - 1, g) >= 0)
			no(r, "its grants are not in order");
	}
	f->grant_count = (uint8_t)count;
}

static bool all_used(const struct filter *f)
{
	uint32_t nets = 0, ports = 0;

	for (unsigned i = 0; i < f->grant_count; i++) {
		nets |= 1u << f->grants[i].from | 1u << f->grants[i].to;
		ports |= 1u << f->grants[i].ports;
	}
	return (nets | 1) == (UINT32_C(2) << f->net_lists) - 1 && (ports | 1) == (UINT32_C(2) << f->port_lists) - 1;
}

static enum err read_all(struct reading *r)
{
	struct filter *f = r->f;
	char head[sizeof(magic)];

	view_bytes(&r->v, head, sizeof(head));
	if (memcmp(head, magic, sizeof(magic)) != 0) {
		no(r, "it is no packet-filter policy of this version");
		return ERR_UNSUPPORTED;
	}
	take_defaults(r);
	take_decoys(r);
	f->net_lists = r->wrong ? 0 : take_lists(r, f->nets_of, take_net_list);
	f->port_lists = r->wrong ? 0 : take_lists(r, f->ports_of, take_port_list);
	if (!r->wrong)
		take_grants(r);
	if (!r->wrong && view_done(&r->v) != ERR_OK) {
		enum err err = view_done(&r->v);

		no(r, err == ERR_TRUNCATED ? "it ends before it is complete" : "something follows it");
		return err;
	}
	if (!r->wrong && !all_used(f))
		no(r, "a list is used by no grant");
	return r->wrong ? ERR_INVALID : ERR_OK;
}

enum err filter_decode(struct str bytes, struct filter *out, char why[FILTER_WHY_MAX])
{
	struct reading r = {.v = view_over(bytes.data, bytes.len), .f = out};
	enum err err;

	memset(out, 0, sizeof(*out));
	why[0] = '\0';
	err = bytes.len > FILTER_BYTES_MAX ? ERR_TOO_LONG : read_all(&r);
	if (err == ERR_OK)
		return ERR_OK;
	snprintf(why, FILTER_WHY_MAX, "%s", r.wrong ? r.wrong : "it is longer than a policy can be");
	memset(out, 0, sizeof(*out));
	return err;
}

/* -- for people -- */

static void describe_nets(struct buf *b, const struct filter *f, const char *word, uint8_t list)
{
	if (list == 0)
		return;
	for (unsigned i = 0; i < f->nets_of[list - 1].count; i++) {
		buf_printf(b, "%s", i ? ", " : word);
		addr_put(b, &f->nets[f->nets_of[list - 1].first + i]);
	}
}

/* `range` NULL: all ports. */
static void describe_grant(struct buf *b, const struct filter *f, const struct filter_grant *g,
			   const struct filter_range *range)
{
	buf_printf(b, "allow %s %s", ways[g->way], whats[g->what]);
	if (range)
		buf_printf(b, "/%u", range->first);
	if (range && range->last > range->first)
		buf_printf(b, "-%u", range->last);
	describe_nets(b, f, " from ", g->from);
	describe_nets(b, f, " to ", g->to);
	buf_char(b, '\n');
}

void filter_describe(struct buf *b, const struct filter *f)
{
	static const char *const keys[FILTER_WAYS] = {"inbound", "outbound", "forward"};

	for (unsigned way = 0; way < FILTER_WAYS; way++)
		buf_printf(b, "%s: %s\n", keys[way], f->drops[way] ? "drop" : "accept");
	if (f->log_rate)
		buf_printf(b, "log: %u\n", f->log_rate);
	for (unsigned i = 0; i < f->decoy_count; i++)
		buf_printf(b, "decoy tcp/%u\n", f->decoys[i]);
	for (unsigned i = 0; i < f->grant_count; i++) {
		const struct filter_grant *g = &f->grants[i];
		const struct filter_list none = {0}, *list = g->ports ? &f->ports_of[g->ports - 1] : &none;

		if (!g->ports)
			describe_grant(b, f, g, NULL);
		for (unsigned k = 0; k < list->count; k++)
			describe_grant(b, f, g, &f->ranges[list->first + k]);
	}
}
