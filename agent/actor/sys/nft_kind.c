/* SPDX-License-Identifier: Apache-2.0 */
/* Sets between our description and the kernel's, for the table of bans and for isolation. */
#include "agent/actor/sys/nft_kind.h"

#include "agent/actor/sys/nft_wire.h"

#define TYPE_IPADDR 7 /* nft(8)'s numbers of key types, which it shows by */
#define TYPE_IP6ADDR 8
#define TYPE_SERVICE 13

uint8_t nft_kind_key_len(const struct nft_kind *k)
{
	return k->family == 0 ? 2 : k->family == 4 ? 4 : 16;
}

static uint32_t key_type(const struct nft_kind *k)
{
	return k->family == 0 ? TYPE_SERVICE : k->family == 4 ? TYPE_IPADDR : TYPE_IP6ADDR;
}

void nft_kind_put(struct nft *n, const struct nft_kind *k, uint32_t id)
{
	struct netlink_out *o = nft_wire_message(n, NFT_MSG_NEWSET, NLM_F_CREATE);

	netlink_text(o, NFTA_SET_TABLE, k->table);
	netlink_text(o, NFTA_SET_NAME, k->name);
	netlink_be32(o, NFTA_SET_FLAGS, k->flags);
	netlink_be32(o, NFTA_SET_KEY_TYPE, key_type(k));
	netlink_be32(o, NFTA_SET_KEY_LEN, nft_kind_key_len(k));
	netlink_be32(o, NFTA_SET_ID, id);
	if (k->gc_ms > 0)
		netlink_be32(o, NFTA_SET_GC_INTERVAL, k->gc_ms);
}

/* A delete without elements takes all of them. */
void nft_kind_flush(struct nft *n, const struct nft_kind *k)
{
	nft_elem_set(nft_wire_message(n, NFT_MSG_DELSETELEM, 0), k->table, k->name);
}

void nft_kind_delete(struct nft *n, const struct nft_kind *k)
{
	struct netlink_out *o = nft_wire_message(n, NFT_MSG_DELSET, 0);

	netlink_text(o, NFTA_SET_TABLE, k->table);
	netlink_text(o, NFTA_SET_NAME, k->name);
}

struct looking {
	const struct nft_kind *list;
	unsigned count, there;
};

static void note_set(void *context, const struct netlink_message *reply)
{
	struct looking *l = context;
	struct view body = reply->body;
	struct netlink_attr name;
	struct nfgenmsg header;

	if (!netlink_take_header(&body, &header, sizeof(header)) || !netlink_find(body, NFTA_SET_NAME, &name))
		return;
	for (unsigned i = 0; i < l->count; i++)
		if (str_equal(netlink_get_text(&name), str_from(l->list[i].name)))
			l->there |= 1u << i;
}

enum err nft_kind_read(struct nft *n, const struct nft_kind *list, unsigned count, unsigned *there)
{
	struct looking l = {list, count, 0};
	struct netlink_reader reader = {.each = note_set, .context = &l};
	enum err err;

	netlink_text(nft_wire_request(n, NFT_MSG_GETSET, NLM_F_DUMP), NFTA_SET_TABLE, list[0].table);
	err = nft_wire_ask(n, &reader);
	*there = l.there;
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

void nft_kind_fill(struct nft *n, const struct nft_kind *k, const struct nft_elem *all, unsigned count)
{
	size_t list;

	if (count == 0)
		return;
	nft_elem_set(nft_wire_message(n, NFT_MSG_NEWSETELEM, NLM_F_CREATE), k->table, k->name);
	list = nft_elem_list(&n->out);
	for (unsigned i = 0; i < count; i++)
		nft_elem_put(&n->out, &all[i]);
	netlink_nest_end(&n->out, list);
}

/* What a set should hold, and what of it was there. */
struct comparison {
	const struct nft_elem *wanted;
	unsigned count;
	uint8_t key_len;
	unsigned found, strange;
};

static bool is_wanted(const struct comparison *c, const struct nft_elem *e)
{
	for (unsigned i = 0; i < c->count; i++)
		if (c->wanted[i].end == e->end && memcmp(c->wanted[i].key, e->key, sizeof(e->key)) == 0)
			return true;
	return false;
}

static void compare_reply(void *context, const struct netlink_message *reply)
{
	struct comparison *c = context;
	struct nft_elem e;
	struct view list;

	if (!nft_elem_reply(reply, &list))
		return;
	while (nft_elem_next(&list, c->key_len, &e)) {
		if (is_wanted(c, &e))
			c->found++;
		else
			c->strange++;
	}
}

static void compare_again(void *context)
{
	struct comparison *c = context;

	c->found = c->strange = 0;
}

enum err nft_kind_check(struct nft *n, const struct nft_kind *k, const struct nft_elem *wanted, unsigned count)
{
	struct comparison c = {.wanted = wanted, .count = count, .key_len = nft_kind_key_len(k)};
	struct netlink_reader reader = {compare_reply, compare_again, &c};
	enum err err;

	nft_elem_set(nft_wire_request(n, NFT_MSG_GETSETELEM, NLM_F_DUMP), k->table, k->name);
	err = nft_wire_ask(n, &reader);
	if (err != ERR_OK)
		return err == ERR_NOT_FOUND ? ERR_UNVERIFIED : err;
	return c.found == count && c.strange == 0 ? ERR_OK : ERR_UNVERIFIED;
}
