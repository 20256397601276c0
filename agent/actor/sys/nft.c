/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Elements of the ban sets: the hot path. One transaction and one read-back per ban; the table around them is made in
 * nft_table.c and watched in nft_watch.c.
 */
#include "agent/actor/sys/nft.h"

#include "agent/actor/sys/nft_wire.h"

#include <endian.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

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

static enum err open_socket(int *out, uint32_t *port)
{
	struct sockaddr_nl address = {.nl_family = AF_NETLINK};
	socklen_t len = sizeof(address);
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);

	if (fd < 0)
		return errno == EPROTONOSUPPORT || errno == EAFNOSUPPORT ? ERR_UNSUPPORTED : err_from_errno(errno);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &len) != 0) {
		close(fd);
		return err_from_errno(errno);
	}
	*out = fd;
	*port = address.nl_pid;
	return ERR_OK;
}

enum err nft_open(struct nft *n)
{
	static const struct timeval second = {1, 0};
	static const int group = NFNLGRP_NFTABLES, bytes = WATCH_BYTES;
	uint32_t watch_port;
	enum err err;

	n->fd = n->watch_fd = -1;
	err = open_socket(&n->fd, &n->port);
	if (err == ERR_OK)
		err = open_socket(&n->watch_fd, &watch_port);
	if (err != ERR_OK)
		goto out;
	/* Answers are there when sendto returns; the time-out is for kernels that break that promise. */
	if (setsockopt(n->fd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof(second)) != 0 ||
	    setsockopt(n->watch_fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) != 0)
		err = err_from_errno(errno);
	(void)setsockopt(n->watch_fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes));
out:
	if (err != ERR_OK)
		nft_close(n);
	return err;
}

void nft_close(struct nft *n)
{
	if (n->fd >= 0)
		close(n->fd);
	if (n->watch_fd >= 0)
		close(n->watch_fd);
	n->fd = n->watch_fd = -1;
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
static struct nlattr *begin_elements(struct nlmsghdr *h, enum nft_set set)
{
	mnl_attr_put_strz(h, NFTA_SET_ELEM_LIST_TABLE, NFT_TABLE);
	mnl_attr_put_strz(h, NFTA_SET_ELEM_LIST_SET, sets[set].name);
	return mnl_attr_nest_start(h, NFTA_SET_ELEM_LIST_ELEMENTS);
}

static void put_element(struct nlmsghdr *h, const struct addr *a, uint64_t timeout_ms)
{
	struct nlattr *element = mnl_attr_nest_start(h, NFTA_LIST_ELEM);
	struct nlattr *key = mnl_attr_nest_start(h, NFTA_SET_ELEM_KEY);

	mnl_attr_put(h, NFTA_DATA_VALUE, a->family == 4 ? 4 : 16, a->bytes);
	mnl_attr_nest_end(h, key);
	if (timeout_ms > 0)
		mnl_attr_put_u64(h, NFTA_SET_ELEM_TIMEOUT, htobe64(timeout_ms));
	mnl_attr_nest_end(h, element);
}

static void put_one(struct nft *n, uint16_t type, const struct addr *a, uint64_t timeout_ms)
{
	struct nlmsghdr *h = nft_wire_message(n, type, type == NFT_MSG_NEWSETELEM ? NLM_F_CREATE : 0);
	enum nft_set set = NFT_BAN4;
	struct nlattr *list;

	(void)nft_set_of(a, &set);
	list = begin_elements(h, set);
	put_element(h, a, timeout_ms);
	mnl_attr_nest_end(h, list);
	nft_wire_end(n, h);
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

/* The attribute of a type right inside a nest, NULL when there is none. */
static const struct nlattr *inside(const struct nlattr *nest, uint16_t type)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, nest)
		if (mnl_attr_get_type(attr) == type)
			return attr;
	return NULL;
}

static void walk_element(const struct walk *w, const struct nlattr *element)
{
	const struct nlattr *key = inside(element, NFTA_SET_ELEM_KEY);
	const struct nlattr *value = key ? inside(key, NFTA_DATA_VALUE) : NULL;
	const struct nlattr *left = inside(element, NFTA_SET_ELEM_EXPIRATION);
	struct addr a = {.family = sets[w->set].family, .prefix = sets[w->set].prefix};
	uint64_t left_ms = 0;

	if (!value || mnl_attr_get_payload_len(value) != (a.family == 4 ? 4 : 16))
		return;
	memcpy(a.bytes, mnl_attr_get_payload(value), mnl_attr_get_payload_len(value));
	if (left && mnl_attr_get_payload_len(left) == sizeof(left_ms)) {
		memcpy(&left_ms, mnl_attr_get_payload(left), sizeof(left_ms));
		left_ms = be64toh(left_ms);
	}
	w->each(w->context, &a, left_ms);
}

static int walk_reply(const struct nlmsghdr *reply, void *context)
{
	const struct nlattr *attr, *element;

	mnl_attr_for_each(attr, reply, sizeof(struct nfgenmsg)) {
		if (mnl_attr_get_type(attr) != NFTA_SET_ELEM_LIST_ELEMENTS)
			continue;
		mnl_attr_for_each_nested(element, attr)
			walk_element(context, element);
	}
	return 0;
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
	struct nlmsghdr *h = nft_wire_request(n, NFT_MSG_GETSETELEM, 0);
	struct found found = {.wanted = a};
	struct walk walk = {.each = note_found, .context = &found};
	struct nlattr *list;
	enum err err;

	*left_ms = 0;
	if (!nft_set_of(a, &walk.set))
		return ERR_NOT_FOUND;
	list = begin_elements(h, walk.set);
	put_element(h, a, 0);
	mnl_attr_nest_end(h, list);
	err = nft_wire_ask(n, walk_reply, &walk);
	*left_ms = found.left_ms;
	return err == ERR_OK && !found.there ? ERR_NOT_FOUND : err;
}

enum err nft_dump(struct nft *n, void (*each)(void *context, const struct addr *a, uint64_t left_ms), void *context)
{
	enum err err = ERR_OK;

	for (unsigned set = 0; set < NFT_SETS_MAX && err == ERR_OK; set++) {
		struct walk walk = {(enum nft_set)set, each, context};
		struct nlmsghdr *h = nft_wire_request(n, NFT_MSG_GETSETELEM, NLM_F_DUMP);

		mnl_attr_put_strz(h, NFTA_SET_ELEM_LIST_TABLE, NFT_TABLE);
		mnl_attr_put_strz(h, NFTA_SET_ELEM_LIST_SET, sets[set].name);
		err = nft_wire_ask(n, walk_reply, &walk);
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
		struct nlmsghdr *h;
		struct nlattr *list;

		nft_wire_begin(n);
		h = nft_wire_message(n, NFT_MSG_NEWSETELEM, NLM_F_CREATE);
		list = begin_elements(h, set);
		for (unsigned i = 0; more && i < NFT_BULK_MAX; i++) {
			put_element(h, &a, timeout_ms);
			more = next(context, &a, &timeout_ms);
		}
		mnl_attr_nest_end(h, list);
		nft_wire_end(n, h);
		err = nft_wire_commit(n);
	}
	return err;
}
