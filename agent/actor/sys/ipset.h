/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets of addresses for iptables, spoken to over NETLINK_NETFILTER (linux/netfilter/ipset/ip_set.h), protocol 6, which
 * every kernel since Linux 2.6.39 speaks. Elements time out in the kernel, by seconds.
 */
#pragma once

#include "agent/base/addr.h"
#include "agent/base/err.h"
#include "agent/base/netlink.h"
#include "agent/base/netlink_socket.h"

#include <stdbool.h>
#include <stdint.h>

#define IPSET_BUFFER 65536
#define IPSET_ELEMENTS_MAX 131072u /* of one set */
#define IPSET_TIMEOUT_MAX 2147483u /* seconds, the kernel's own limit */
#define IPSET_BULK_MAX 256	   /* elements in one message */

struct ipset {
	struct netlink socket;
	struct netlink_out out; /* the request under construction, in out_bytes */
	uint8_t out_bytes[IPSET_BUFFER];
	uint8_t in_bytes[IPSET_BUFFER];
};

struct ipset_kind {
	const char *name;
	uint8_t family; /* 4, 6 */
	bool nets;	/* it holds networks (hash:net); or single addresses (hash:ip) */
};

/* ERR_DENIED, ERR_UNSUPPORTED; ipset_close is right after an error too. */
ERR_CHECK enum err ipset_open(struct ipset *s);
void ipset_close(struct ipset *s);

/* Make the set, or keep one that is the same. ERR_EXISTS: another one has that name; ERR_UNSUPPORTED: no such kind. */
ERR_CHECK enum err ipset_make(struct ipset *s, const struct ipset_kind *k);

/* Remove it with its elements. ERR_NOT_FOUND; ERR_BUSY: a rule uses it. */
ERR_CHECK enum err ipset_destroy(struct ipset *s, const struct ipset_kind *k);

/* The number by which rules name it; fd is any IPv4 socket. ERR_NOT_FOUND. */
ERR_CHECK enum err ipset_index(int fd, const struct ipset_kind *k, uint16_t *index);

/* One to put, to take or to look for; the time is for the first. */
struct ipset_element {
	struct addr addr;
	uint32_t timeout_s;
};

/* One address for several sets in a row: begin, put for each, send. */
enum ipset_what { IPSET_PUT, IPSET_TAKE, IPSET_LOOK };
void ipset_begin(struct ipset *s);
void ipset_put(struct ipset *s, const struct ipset_kind *k, enum ipset_what what, const struct ipset_element *e);

/*
 * IPSET_PUT: one that is there gets the time. ERR_FULL: the set is full; ERR_NOT_FOUND: IPSET_TAKE, IPSET_LOOK: it is
 * not there. A look for a network is for that one, not for a wider one.
 */
ERR_CHECK enum err ipset_send(struct ipset *s);

/* Put up to IPSET_BULK_MAX elements, all of the set's family. */
ERR_CHECK enum err ipset_put_all(struct ipset *s, const struct ipset_kind *k, const struct ipset_element *list,
				 unsigned count);

/* How many elements it has whose time is not over. ERR_NOT_FOUND: there is no such set. */
ERR_CHECK enum err ipset_count(struct ipset *s, const struct ipset_kind *k, uint32_t *count);

/* Call `each` for every element. ERR_NOT_FOUND: there is no such set. */
ERR_CHECK enum err ipset_dump(struct ipset *s, const struct ipset_kind *k,
			      void (*each)(void *context, const struct addr *a, uint64_t left_ms), void *context);
