/* SPDX-License-Identifier: Apache-2.0 */
/* Sets between our description and the kernel's, for the table of bans and for isolation. */
#include "agent/actor/sys/nft_kind.h"

#include "agent/actor/sys/nft_elem.h"
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
