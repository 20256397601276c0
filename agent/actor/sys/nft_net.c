/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Networks in the interval sets, for nft.c. An interval whose time is over may leave its end behind until the kernel's
 * collector comes by; an end that stands alone takes part in no pair, because the next end behind a start is its own.
 */
#include "agent/actor/sys/nft_net.h"

#include "agent/actor/sys/nft_elem.h"
#include "agent/actor/sys/nft_wire.h"

#include <string.h>

static uint8_t key_len(uint8_t family)
{
	return family == 4 ? 4 : 16;
}

static void note_edges(void *context, const struct netlink_message *reply)
{
	struct nft_nets *nets = context;
	struct nft_elem e;
	struct view list;

	if (!nft_elem_reply(reply, &list))
		return;
	while (nft_elem_next(&list, key_len(nets->family), &e)) {
		struct nft_edge *edge;

		if (nets->count == NFT_EDGES_MAX) {
			nets->overfull = true;
			return;
		}
		edge = &nets->edges[nets->count++];
		memcpy(edge->key, e.key, sizeof(edge->key));
		edge->end = e.end;
		edge->left_ms = e.time_ms;
	}
}

static void forget_edges(void *context)
{
	struct nft_nets *nets = context;

	nets->count = 0;
	nets->overfull = false;
}

static enum err read_edges(struct nft *n, enum ban_set set, uint8_t family)
{
	struct netlink_reader reader = {note_edges, forget_edges, &n->nets};
	enum err err;

	forget_edges(&n->nets);
	n->nets.family = family;
	nft_elem_set(nft_wire_request(n, NFT_MSG_GETSETELEM, NLM_F_DUMP), NFT_TABLE, ban_set_name(set));
	err = nft_wire_ask(n, &reader);
	return err == ERR_OK && n->nets.overfull ? ERR_FULL : err;
}

/* The end of the interval that starts there. NULL: it has no end of its own. */
static const struct nft_edge *pair(const struct nft_nets *nets, const struct nft_edge *start)
{
	const struct nft_edge *end = NULL;

	for (unsigned i = 0; i < nets->count; i++) {
		const struct nft_edge *e = &nets->edges[i];

		if (e->end && memcmp(e->key, start->key, 16) > 0 && (!end || memcmp(e->key, end->key, 16) < 0))
			end = e;
	}
	return end;
}

/* Between two edges as a network of the set; false: another program's range that is none. */
static bool net_of(const struct nft_edge *start, const struct nft_edge *end, enum ban_set set, struct addr *out)
{
	uint8_t behind[16];
	enum ban_set of;

	memcpy(out->bytes, start->key, sizeof(out->bytes));
	for (out->prefix = 1; out->prefix <= 8u * key_len(out->family); out->prefix++)
		if (ban_set_end(out, behind) && memcmp(behind, end->key, 16) == 0) {
			struct addr masked = addr_mask(out, out->prefix);

			return addr_equal(&masked, out) && ban_set_of(out, &of) && of == set;
		}
	return false;
}

/* What the set has in common with a network. */
struct common {
	const struct nft_edge *same; /* the start of this very network */
	bool overlaps;		     /* another interval does */
	unsigned count;		     /* intervals */
};

static struct common compare(const struct nft_nets *nets, const struct addr *a)
{
	const struct nft_edge *before = NULL, *end; /* the last start that is not behind a's first address */
	struct common c = {0};
	uint8_t behind[16];

	(void)ban_set_end(a, behind);
	for (unsigned i = 0; i < nets->count; i++) {
		const struct nft_edge *start = &nets->edges[i];

		if (start->end)
			continue;
		c.count++;
		if (memcmp(start->key, a->bytes, 16) > 0)
			c.overlaps = c.overlaps || memcmp(start->key, behind, 16) < 0;
		else if (!before || memcmp(start->key, before->key, 16) > 0)
			before = start;
	}
	if (!before)
		return c;
	end = pair(nets, before);
	if (end && memcmp(before->key, a->bytes, 16) == 0 && memcmp(end->key, behind, 16) == 0)
		c.same = before;
	else if (!end || memcmp(end->key, a->bytes, 16) > 0)
		c.overlaps = true;
	return c;
}

static void put_net(struct nft *n, uint16_t type, const struct addr *a, uint64_t timeout_ms)
{
	struct netlink_out *o = nft_wire_message(n, type, type == NFT_MSG_NEWSETELEM ? NLM_F_CREATE | NLM_F_EXCL : 0);
	struct nft_elem start = {.key_len = key_len(a->family), .time_ms = timeout_ms};
	struct nft_elem end = {.key_len = start.key_len, .end = true};
	enum ban_set set = BAN_SET4_NET;
	size_t list;

	(void)ban_set_of(a, &set);
	memcpy(start.key, a->bytes, sizeof(start.key));
	(void)ban_set_end(a, end.key);
	nft_elem_set(o, NFT_TABLE, ban_set_name(set));
	list = nft_elem_list(o);
	nft_elem_put(o, &start);
	nft_elem_put(o, &end);
	netlink_nest_end(o, list);
}

static enum err read_and_compare(struct nft *n, const struct addr *a, struct common *c)
{
	enum ban_set set;
	enum err err;

	if (!ban_set_of(a, &set))
		return ERR_UNSUPPORTED;
	err = read_edges(n, set, a->family);
	*c = compare(&n->nets, a);
	return err;
}

enum err nft_net_add(struct nft *n, const struct addr *a, uint64_t timeout_ms)
{
	struct common c;
	enum err err = read_and_compare(n, a, &c);

	if (err != ERR_OK)
		return err;
	/* The kernel would say so too, after the grace period that a failed transaction waits for. */
	if (c.overlaps)
		return ERR_EXISTS;
	if (!c.same && c.count >= NFT_NETS_MAX)
		return ERR_FULL;
	nft_wire_begin(n);
	if (c.same)
		put_net(n, NFT_MSG_DELSETELEM, a, 0);
	put_net(n, NFT_MSG_NEWSETELEM, a, timeout_ms);
	return nft_wire_commit(n);
}

enum err nft_net_remove(struct nft *n, const struct addr *a)
{
	struct common c;
	enum err err = read_and_compare(n, a, &c);

	if (err != ERR_OK)
		return err;
	if (!c.same)
		return ERR_NOT_FOUND;
	nft_wire_begin(n);
	put_net(n, NFT_MSG_DELSETELEM, a, 0);
	return nft_wire_commit(n);
}

enum err nft_net_find(struct nft *n, const struct addr *a, uint64_t *left_ms)
{
	struct common c;
	enum err err = read_and_compare(n, a, &c);

	*left_ms = err == ERR_OK && c.same ? c.same->left_ms : 0;
	return err == ERR_OK && !c.same ? ERR_NOT_FOUND : err;
}

enum err nft_net_dump(struct nft *n, enum ban_set set,
		      void (*each)(void *context, const struct addr *a, uint64_t left_ms), void *context)
{
	struct addr a = {.family = set == BAN_SET4_NET ? 4 : 6};
	enum err err = read_edges(n, set, a.family);

	for (unsigned i = 0; i < n->nets.count && err == ERR_OK; i++) {
		const struct nft_edge *start = &n->nets.edges[i];
		const struct nft_edge *end = start->end ? NULL : pair(&n->nets, start);

		if (end && net_of(start, end, set, &a))
			each(context, &a, start->left_ms);
	}
	return err;
}
