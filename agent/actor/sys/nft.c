/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Elements of the ban sets: the hot path. One transaction and one read-back per ban; the table around them is made in
 * nft_table.c and watched in nft_watch.c.
 */
#include "agent/actor/sys/nft.h"

#include "agent/actor/sys/nft_elem.h"
#include "agent/actor/sys/nft_net.h"
#include "agent/actor/sys/nft_wire.h"

#include <string.h>

#define WATCH_BYTES (1 << 20) /* some thousand notifications before the kernel drops any */

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

static void put_element(struct netlink_out *o, const struct addr *a, uint64_t timeout_ms)
{
	struct nft_elem e = {.key_len = a->family == 4 ? 4 : 16, .time_ms = timeout_ms};

	memcpy(e.key, a->bytes, sizeof(e.key));
	nft_elem_put(o, &e);
}

static void put_one(struct netlink_out *o, enum ban_set set, const struct addr *a, uint64_t timeout_ms)
{
	size_t list;

	nft_elem_set(o, NFT_TABLE, ban_set_name(set));
	list = nft_elem_list(o);
	put_element(o, a, timeout_ms);
	netlink_nest_end(o, list);
}

enum err nft_add(struct nft *n, const struct addr *a, uint64_t timeout_ms, bool fresh)
{
	enum ban_set set;
	uint64_t left_ms;
	bool there;

	if (!ban_set_of(a, &set))
		return ERR_UNSUPPORTED;
	if (ban_set_is_net(set))
		return nft_net_add(n, a, timeout_ms);
	/* Kernels before 6.12 keep the old time of an element that is added again, so it goes and comes in one step. */
	there = !fresh && nft_find(n, a, &left_ms) == ERR_OK;
	nft_wire_begin(n);
	if (there)
		put_one(nft_wire_message(n, NFT_MSG_DELSETELEM, 0), set, a, 0);
	put_one(nft_wire_message(n, NFT_MSG_NEWSETELEM, NLM_F_CREATE), set, a, timeout_ms);
	return nft_wire_commit(n);
}

enum err nft_remove(struct nft *n, const struct addr *a)
{
	enum ban_set set;
	uint64_t left_ms;
	enum err err;

	if (ban_set_of(a, &set) && ban_set_is_net(set))
		return nft_net_remove(n, a);
	/* A transaction that fails waits for the kernel's grace period, 15 ms; looking first costs 4 us. */
	err = nft_find(n, a, &left_ms);
	if (err != ERR_OK)
		return err;
	nft_wire_begin(n);
	put_one(nft_wire_message(n, NFT_MSG_DELSETELEM, 0), set, a, 0);
	return nft_wire_commit(n);
}

struct walk {
	enum ban_set set;
	void (*each)(void *context, const struct addr *a, uint64_t left_ms);
	void *context;
};

static void walk_reply(void *context, const struct netlink_message *reply)
{
	const struct walk *w = context;
	struct addr a = {.family = ban_set_family(w->set), .prefix = ban_set_prefix(w->set)};
	struct nft_elem e;
	struct view list;

	if (!nft_elem_reply(reply, &list))
		return;
	while (nft_elem_next(&list, a.family == 4 ? 4 : 16, &e)) {
		memcpy(a.bytes, e.key, sizeof(a.bytes));
		w->each(w->context, &a, e.time_ms);
	}
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
	struct found found = {.wanted = a};
	struct walk walk = {.each = note_found, .context = &found};
	struct netlink_reader reader = {.each = walk_reply, .context = &walk};
	enum err err;

	*left_ms = 0;
	if (!ban_set_of(a, &walk.set))
		return ERR_NOT_FOUND;
	if (ban_set_is_net(walk.set))
		return nft_net_find(n, a, left_ms);
	put_one(nft_wire_request(n, NFT_MSG_GETSETELEM, 0), walk.set, a, 0);
	err = nft_wire_ask(n, &reader);
	*left_ms = found.left_ms;
	return err == ERR_OK && !found.there ? ERR_NOT_FOUND : err;
}

static enum err dump_set(struct nft *n, struct walk *walk)
{
	struct netlink_reader reader = {.each = walk_reply, .context = walk};
	enum err err;

	if (ban_set_is_net(walk->set)) {
		err = nft_net_dump(n, walk->set, walk->each, walk->context);
		return err == ERR_FULL && n->nets.overfull ? ERR_OK : err;
	}
	nft_elem_set(nft_wire_request(n, NFT_MSG_GETSETELEM, NLM_F_DUMP), NFT_TABLE, ban_set_name(walk->set));
	return nft_wire_ask(n, &reader);
}

enum err nft_dump(struct nft *n, void (*each)(void *context, const struct addr *a, uint64_t left_ms), void *context)
{
	enum err err = ERR_OK;

	for (unsigned set = 0; set < BAN_SETS_MAX && err == ERR_OK; set++) {
		struct walk walk = {(enum ban_set)set, each, context};

		err = dump_set(n, &walk);
	}
	return err;
}

static enum err bulk_nets(struct nft *n, bool (*next)(void *context, struct addr *a, uint64_t *timeout_ms),
			  void *context)
{
	uint64_t timeout_ms;
	struct addr a;

	while (next(context, &a, &timeout_ms)) {
		enum err err = nft_net_add(n, &a, timeout_ms);

		if (err != ERR_OK && err != ERR_EXISTS && err != ERR_FULL)
			return err;
	}
	return ERR_OK;
}

enum err nft_bulk(struct nft *n, enum ban_set set, bool (*next)(void *context, struct addr *a, uint64_t *timeout_ms),
		  void *context)
{
	struct addr a;
	uint64_t timeout_ms;
	bool more;
	enum err err = ERR_OK;

	if (ban_set_is_net(set))
		return bulk_nets(n, next, context);
	more = next(context, &a, &timeout_ms);
	while (more && err == ERR_OK) {
		struct netlink_out *o;
		size_t list;

		nft_wire_begin(n);
		o = nft_wire_message(n, NFT_MSG_NEWSETELEM, NLM_F_CREATE);
		nft_elem_set(o, NFT_TABLE, ban_set_name(set));
		list = nft_elem_list(o);
		for (unsigned i = 0; more && i < NFT_BULK_MAX; i++) {
			put_element(o, &a, timeout_ms);
			more = next(context, &a, &timeout_ms);
		}
		netlink_nest_end(o, list);
		err = nft_wire_commit(n);
	}
	return err;
}
