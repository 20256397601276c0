/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Elements of the ban sets: the hot path. One transaction and one read-back per ban; the table around them is made in
 * nft_table.c and watched in nft_watch.c.
 */
#include "agent/actor/sys/nft.h"

#include "agent/actor/sys/nft_wire.h"

#include <string.h>

#define WATCH_BYTES (1 << 20) /* some thousand notifications before the kernel drops any */

static const struct {
	const char *name;
	uint8_t family, prefix;
} sets[NFT_SETS_MAX] = {
	[NFT_BAN4] = {"ban4", 4, 32},
	[NFT_BAN4_24] = {"ban4_24", 4, 24},
	[NFT_BAN6] = {"ban6", 6, 128},
	[NFT_BAN6_64] = {"ban6_64", 6, 64},
};

enum err nft_open(struct nft *n)
{
	struct netlink watch = {.fd = -1};
	enum err err;

	n->out = netlink_over(n->out_bytes, sizeof(n->out_bytes));
	n->socket = (struct netlink){.fd = -1, .in = n->in_bytes, .in_cap = sizeof(n->in_bytes)};
	err = netlink_open(&n->socket, NETLINK_NETFILTER);
	if (err == ERR_OK)
		err = netlink_open(&watch, NETLINK_NETFILTER);
	if (err == ERR_OK)
		err = netlink_join(watch.fd, NFNLGRP_NFTABLES);
	n->watch_fd = watch.fd;
	if (err == ERR_OK)
		netlink_queue(n->watch_fd, WATCH_BYTES);
	else
		nft_close(n);
	return err;
}

void nft_close(struct nft *n)
{
	struct netlink watch = {.fd = n->watch_fd};

	netlink_close(&n->socket);
	netlink_close(&watch);
	n->watch_fd = -1;
}

bool nft_set_of(const struct addr *a, enum nft_set *out)
{
	for (unsigned set = 0; set < NFT_SETS_MAX; set++)
		if (sets[set].family == a->family && sets[set].prefix == a->prefix) {
			*out = (enum nft_set)set;
			return true;
		}
	return false;
}

const char *nft_set_name(enum nft_set set)
{
	return sets[set].name;
}

/* The message's table and set, and the open list of elements. */
static size_t begin_elements(struct netlink_out *o, enum nft_set set)
{
	netlink_text(o, NFTA_SET_ELEM_LIST_TABLE, NFT_TABLE);
	netlink_text(o, NFTA_SET_ELEM_LIST_SET, sets[set].name);
	return netlink_nest(o, NFTA_SET_ELEM_LIST_ELEMENTS);
}

static void put_element(struct netlink_out *o, const struct addr *a, uint64_t timeout_ms)
{
	size_t element = netlink_nest(o, NFTA_LIST_ELEM);
	size_t key = netlink_nest(o, NFTA_SET_ELEM_KEY);

	netlink_bytes(o, NFTA_DATA_VALUE, a->bytes, a->family == 4 ? 4 : 16);
	netlink_nest_end(o, key);
	if (timeout_ms > 0)
		netlink_be64(o, NFTA_SET_ELEM_TIMEOUT, timeout_ms);
	netlink_nest_end(o, element);
}

static void put_one(struct nft *n, uint16_t type, const struct addr *a, uint64_t timeout_ms)
{
	struct netlink_out *o = nft_wire_message(n, type, type == NFT_MSG_NEWSETELEM ? NLM_F_CREATE : 0);
	enum nft_set set = NFT_BAN4;
	size_t list;

	(void)nft_set_of(a, &set);
	list = begin_elements(o, set);
	put_element(o, a, timeout_ms);
	netlink_nest_end(o, list);
}

enum err nft_add(struct nft *n, const struct addr *a, uint64_t timeout_ms)
{
	uint64_t left_ms;

	/* Kernels before 6.12 keep the old time of an element that is added again, so it goes and comes in one step. */
	bool there = nft_find(n, a, &left_ms) == ERR_OK;

	nft_wire_begin(n);
	if (there)
		put_one(n, NFT_MSG_DELSETELEM, a, 0);
	put_one(n, NFT_MSG_NEWSETELEM, a, timeout_ms);
	return nft_wire_commit(n);
}

enum err nft_remove(struct nft *n, const struct addr *a)
{
	uint64_t left_ms;
	enum err err = nft_find(n, a, &left_ms);

	/* A transaction that fails waits for the kernel's grace period, 15 ms; looking first costs 4 us. */
	if (err != ERR_OK)
		return err;
	nft_wire_begin(n);
	put_one(n, NFT_MSG_DELSETELEM, a, 0);
	return nft_wire_commit(n);
}

struct walk {
	enum nft_set set;
	void (*each)(void *context, const struct addr *a, uint64_t left_ms);
	void *context;
};

static void walk_element(const struct walk *w, struct view element)
{
	struct addr a = {.family = sets[w->set].family, .prefix = sets[w->set].prefix};
	struct netlink_attr key, value, left;
	uint64_t left_ms = 0;

	if (!netlink_find(element, NFTA_SET_ELEM_KEY, &key) || !netlink_find(key.value, NFTA_DATA_VALUE, &value) ||
	    !netlink_get_bytes(&value, a.bytes, a.family == 4 ? 4 : 16))
		return;
	if (netlink_find(element, NFTA_SET_ELEM_EXPIRATION, &left))
		(void)netlink_get_be64(&left, &left_ms);
	w->each(w->context, &a, left_ms);
}

static void walk_reply(void *context, const struct netlink_message *reply)
{
	struct view body = reply->body;
	struct netlink_attr list, element;
	struct nfgenmsg header;

	if (!netlink_take_header(&body, &header, sizeof(header)) ||
	    !netlink_find(body, NFTA_SET_ELEM_LIST_ELEMENTS, &list))
		return;
	while (netlink_next_attr(&list.value, &element))
		walk_element(context, element.value);
}

struct found {
	const struct addr *wanted;
	uint64_t left_ms;
	bool there;
};

static void note_found(void *context, const struct addr *a, uint64_t left_ms)
{
	struct found *f = context;

	if (addr_equal(a, f->wanted)) {
		f->left_ms = left_ms;
		f->there = true;
	}
}

enum err nft_find(struct nft *n, const struct addr *a, uint64_t *left_ms)
{
	struct netlink_out *o = nft_wire_request(n, NFT_MSG_GETSETELEM, 0);
	struct found found = {.wanted = a};
	struct walk walk = {.each = note_found, .context = &found};
	struct netlink_reader reader = {.each = walk_reply, .context = &walk};
	size_t list;
	enum err err;

	*left_ms = 0;
	if (!nft_set_of(a, &walk.set))
		return ERR_NOT_FOUND;
	list = begin_elements(o, walk.set);
	put_element(o, a, 0);
	netlink_nest_end(o, list);
	err = nft_wire_ask(n, &reader);
	*left_ms = found.left_ms;
	return err == ERR_OK && !found.there ? ERR_NOT_FOUND : err;
}

enum err nft_dump(struct nft *n, void (*each)(void *context, const struct addr *a, uint64_t left_ms), void *context)
{
	enum err err = ERR_OK;

	for (unsigned set = 0; set < NFT_SETS_MAX && err == ERR_OK; set++) {
		struct walk walk = {(enum nft_set)set, each, context};
		struct netlink_reader reader = {.each = walk_reply, .context = &walk};
		struct netlink_out *o = nft_wire_request(n, NFT_MSG_GETSETELEM, NLM_F_DUMP);

		netlink_text(o, NFTA_SET_ELEM_LIST_TABLE, NFT_TABLE);
		netlink_text(o, NFTA_SET_ELEM_LIST_SET, sets[set].name);
		err = nft_wire_ask(n, &reader);
	}
	return err;
}

enum err nft_bulk(struct nft *n, enum nft_set set, bool (*next)(void *context, struct addr *a, uint64_t *timeout_ms),
		  void *context)
{
	struct addr a;
	uint64_t timeout_ms;
	bool more = next(context, &a, &timeout_ms);
	enum err err = ERR_OK;

	while (more && err == ERR_OK) {
		struct netlink_out *o;
		size_t list;

		nft_wire_begin(n);
		o = nft_wire_message(n, NFT_MSG_NEWSETELEM, NLM_F_CREATE);
		list = begin_elements(o, set);
		for (unsigned i = 0; more && i < NFT_BULK_MAX; i++) {
			put_element(o, &a, timeout_ms);
			more = next(context, &a, &timeout_ms);
		}
		netlink_nest_end(o, list);
		err = nft_wire_commit(n);
	}
	return err;
}
