/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lists of a filter as elements of sets, written and compared with what the kernel has. Networks are intervals, and
 * those of one set must not overlap, so one that lies in another one is left out.
 */
#include "agent/actor/sys/isolate_lists.h"

#include "agent/actor/sys/nft_elem.h"
#include "agent/actor/sys/nft_kind.h"
#include "agent/actor/sys/nft_wire.h"

#include <string.h>

#define EDGES_MAX (2 * ISOLATE_NETS_MAX)
#define DHCP4_SERVER 67
#define DHCP6_SERVER 547

_Static_assert(EDGES_MAX >= ISOLATE_SERVICE_MAX && EDGES_MAX >= ISOLATE_RESOLVERS_MAX, "room for every list");

#define KIND(name, family, flags)                         \
	{                                                 \
		NFT_ISOLATE_TABLE, name, family, flags, 0 \
	}

static const struct nft_kind kinds[ISOLATE_LISTS] = {
	[ISOLATE_SERVICE4] = KIND("service4", 4, 0),
	[ISOLATE_SERVICE6] = KIND("service6", 6, 0),
	[ISOLATE_RESOLVER4] = KIND("resolver4", 4, 0),
	[ISOLATE_RESOLVER6] = KIND("resolver6", 6, 0),
	[ISOLATE_NET4] = KIND("net4", 4, NFT_SET_INTERVAL),
	[ISOLATE_NET6] = KIND("net6", 6, NFT_SET_INTERVAL),
	[ISOLATE_DNS4] = KIND("dns4", 4, 0),
	[ISOLATE_DNS6] = KIND("dns6", 6, 0),
	[ISOLATE_DHCP] = KIND("dhcp", 0, 0),
};

/* The elements of one set. */
struct elements {
	unsigned count;
	struct nft_elem all[EDGES_MAX];
};

const char *isolate_lists_name(enum isolate_list list)
{
	return kinds[list].name;
}

uint32_t isolate_lists_id(enum isolate_list list)
{
	return (uint32_t)list + 1;
}

void isolate_lists_make(struct nft *n)
{
	for (unsigned list = 0; list < ISOLATE_LISTS; list++)
		nft_kind_put(n, &kinds[list], isolate_lists_id((enum isolate_list)list));
}

/* The addresses of both families that a list is about. */
static const struct addr *addresses(const struct isolate_filter *f, enum isolate_list list, unsigned *count)
{
	switch (list) {
	case ISOLATE_SERVICE4:
	case ISOLATE_SERVICE6: *count = f->service_count; return f->service;
	case ISOLATE_NET4:
	case ISOLATE_NET6: *count = f->net_count; return f->nets;
	case ISOLATE_DNS4:
	case ISOLATE_DNS6: *count = f->dns ? f->resolver_count : 0; return f->resolvers;
	default: *count = f->resolver_count; return f->resolvers;
	}
}

/* Whether another one of the list says what this one does: a wider one, or the same before it. */
static bool is_said(const struct addr *all, unsigned count, unsigned i)
{
	for (unsigned j = 0; j < count; j++)
		if (j != i && addr_contains(&all[j], &all[i]) && (j < i || !addr_contains(&all[i], &all[j])))
			return true;
	return false;
}

static void add(struct elements *e, const uint8_t *key, uint8_t key_len, bool end)
{
	struct nft_elem *elem = &e->all[e->count++];

	*elem = (struct nft_elem){.key_len = key_len, .end = end};
	memcpy(elem->key, key, key_len);
}

/* An interval that has no end goes on to the family's last address. */
static void add_addresses(struct elements *e, const struct isolate_filter *f, enum isolate_list list)
{
	uint8_t key_len = nft_kind_key_len(&kinds[list]), end[16];
	unsigned count;
	const struct addr *all = addresses(f, list, &count);

	for (unsigned i = 0; i < count; i++) {
		if (all[i].family != kinds[list].family || is_said(all, count, i))
			continue;
		add(e, all[i].bytes, key_len, false);
		if ((kinds[list].flags & NFT_SET_INTERVAL) && all[i].prefix > 0 && ban_set_end(&all[i], end))
			add(e, end, key_len, true);
	}
}

static struct elements elements_of(const struct isolate_filter *f, enum isolate_list list)
{
	static const uint8_t ports[][2] = {{DHCP4_SERVER >> 8, DHCP4_SERVER & 0xff},
					   {DHCP6_SERVER >> 8, DHCP6_SERVER & 0xff}};
	struct elements e = {0};

	if (list != ISOLATE_DHCP) {
		add_addresses(&e, f, list);
	} else if (f->dhcp) {
		add(&e, ports[0], sizeof(ports[0]), false);
		add(&e, ports[1], sizeof(ports[1]), false);
	}
	return e;
}

void isolate_lists_fill(struct nft *n, const struct isolate_filter *f, unsigned lists)
{
	for (unsigned list = 0; list < ISOLATE_LISTS; list++) {
		struct elements e;

		if (!(lists & 1u << list))
			continue;
		nft_kind_flush(n, &kinds[list]);
		e = elements_of(f, (enum isolate_list)list);
		nft_kind_fill(n, &kinds[list], e.all, e.count);
	}
}

unsigned isolate_lists_used(const struct isolate_filter *f)
{
	unsigned used = 0;

	for (unsigned list = 0; list < ISOLATE_LISTS; list++)
		if (elements_of(f, (enum isolate_list)list).count > 0)
			used |= 1u << list;
	return used;
}

enum err isolate_lists_check(struct nft *n, const struct isolate_filter *f, unsigned lists)
{
	enum err err = ERR_OK;

	for (unsigned list = 0; list < ISOLATE_LISTS && err == ERR_OK; list++) {
		struct elements wanted;

		if (!(lists & 1u << list))
			continue;
		wanted = elements_of(f, (enum isolate_list)list);
		err = nft_kind_check(n, &kinds[list], wanted.all, wanted.count);
	}
	return err;
}
