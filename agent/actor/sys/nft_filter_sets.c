/* SPDX-License-Identifier: Apache-2.0 */
/* Networks, hosts and ports of a policy as interval sets. */
#include "agent/actor/sys/nft_filter_sets.h"

#include "agent/actor/sys/nft_elem.h"
#include "agent/actor/sys/nft_kind.h"
#include "agent/actor/sys/nft_wire.h"
#include "agent/base/require.h"

#include <string.h>

#define EDGES_MAX (2 * FILTER_NETS_MAX)
#define FAMILIES 3
#define SETS_MAX (FAMILIES * (FILTER_LISTS_MAX + 2))

_Static_assert(FILTER_PORTS_MAX <= FILTER_NETS_MAX && NFT_FILTER_HOSTS_MAX <= FILTER_NETS_MAX, "room for every list");

/* A set and its elements, in its making. */
struct set {
	char name[FILTER_SET_NAME_MAX];
	struct nft_kind kind;
	uint32_t id;
	unsigned count;
	struct nft_elem edges[EDGES_MAX];
};

uint32_t nft_filter_sets_id(unsigned set, uint8_t family)
{
	return FAMILIES * set + family / 3u; /* 0, 4 and 6 are 0, 1 and 2 */
}

static void add(struct set *s, const uint8_t *key, bool end)
{
	struct nft_elem *e = &s->edges[s->count++];

	require(s->count <= EDGES_MAX);
	*e = (struct nft_elem){.key_len = nft_kind_key_len(&s->kind), .end = end};
	memcpy(e->key, key, e->key_len);
}

static bool is_there_before(const struct addr *all, unsigned i)
{
	for (unsigned k = 0; k < i; k++)
		if (addr_equal(&all[k], &all[i]))
			return true;
	return false;
}

/* An interval that has no end goes on to the family's last address. */
static void add_addresses(struct set *s, const struct addr *all, unsigned count)
{
	uint8_t end[16];

	for (unsigned i = 0; i < count; i++) {
		if (all[i].family != s->kind.family || is_there_before(all, i))
			continue;
		add(s, all[i].bytes, false);
		if (ban_set_end(&all[i], end))
			add(s, end, true);
	}
}

static void add_ranges(struct set *s, const struct filter_range *all, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		const uint16_t behind = (uint16_t)(all[i].last + 1u);
		const uint8_t first[2] = {(uint8_t)(all[i].first >> 8), (uint8_t)all[i].first};
		const uint8_t end[2] = {(uint8_t)(behind >> 8), (uint8_t)behind};

		add(s, first, false);
		if (behind > 0)
			add(s, end, true);
	}
}

/* Fill in a set by its number; false: this policy has no such set. */
static bool make(struct set *s, const struct nft_filter *f, unsigned set, uint8_t family)
{
	const struct filter *p = f->policy;

	s->kind = (struct nft_kind){
		.table = NFT_POLICY_TABLE, .name = s->name, .family = family, .flags = NFT_SET_INTERVAL};
	s->id = nft_filter_sets_id(set, family);
	s->count = 0;
	(void)filter_set_name(set, family, s->name);
	if (set == FILTER_SERVICE || set == FILTER_RESOLVERS) {
		bool service = set == FILTER_SERVICE;

		if (family && p->drops[FILTER_OUT])
			add_addresses(s, service ? f->service : f->resolvers,
				      service ? f->service_count : f->resolver_count);
		return family && p->drops[FILTER_OUT];
	}
	if (family == 0 && set <= p->port_lists)
		add_ranges(s, &p->ranges[p->ports_of[set - 1].first], p->ports_of[set - 1].count);
	else if (family && set <= p->net_lists)
		add_addresses(s, &p->nets[p->nets_of[set - 1].first], p->nets_of[set - 1].count);
	return s->count > 0;
}

static void put(struct nft *n, const struct set *s)
{
	nft_kind_put(n, &s->kind, s->id);
	nft_kind_fill(n, &s->kind, s->edges, s->count);
}

static const uint8_t families[FAMILIES] = {0, 4, 6};

void nft_filter_sets_put(struct nft *n, const struct nft_filter *f)
{
	struct set s;

	for (unsigned i = 0; i < SETS_MAX; i++)
		if (make(&s, f, i / FAMILIES + 1, families[i % FAMILIES]))
			put(n, &s);
}

enum err nft_filter_sets_check(struct nft *n, const struct nft_filter *f)
{
	enum err err = ERR_OK;
	struct set s;

	for (unsigned i = 0; i < SETS_MAX && err == ERR_OK; i++)
		if (make(&s, f, i / FAMILIES + 1, families[i % FAMILIES]))
			err = nft_kind_check(n, &s.kind, s.edges, s.count);
	return err;
}
