/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guard's own nf_tables table, spoken to over NETLINK_NETFILTER (linux/netfilter/nf_tables.h): `table inet caltrop`
 * with sets whose elements time out in the kernel, and two chains that drop what is in them. What rules ban (single
 * addresses, /24 of IPv4, /64 of IPv6) is in hash sets: such a ban needs two system calls on an open socket and
 * preallocated memory. Networks of other lengths are in one interval set per family. A second table is isolation's
 * (isolate.h), a third one logs packets (nft_packets.h), a fourth one limits (nft_limit.h), a fifth one has the
 * packet-filter policy (nft_filter.h). Never another program's table.
 */
#pragma once

#include "agent/actor/sys/ban_set.h"
#include "agent/actor/sys/netfilter_news.h"
#include "agent/base/addr.h"
#include "agent/base/err.h"
#include "agent/base/netlink.h"
#include "agent/base/netlink_socket.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NFT_TABLE "caltrop"
#define NFT_ISOLATE_TABLE "caltrop_isolate" /* of isolate.h */
#define NFT_PACKETS_TABLE "caltrop_packets" /* of nft_packets.h */
#define NFT_LIMIT_TABLE "caltrop_limit"	    /* of nft_limit.h */
#define NFT_POLICY_TABLE "caltrop_policy"   /* of nft_filter.h */
#define NFT_PRIORITY (-190) /* of our chains: after connection tracking's -200, before everybody's filter at 0 */
#define NFT_BUFFER 65536
#define NFT_BULK_MAX 512   /* elements in one message */
#define NFT_WATCH_MAX 4096 /* notifications that one look takes; the rest is there at the next */
#define NFT_PREPARED_MAX 512
#define NFT_NETS_MAX 256		 /* networks in one interval set */
#define NFT_EDGES_MAX (4 * NFT_NETS_MAX) /* of intervals: two of each network, and as many whose time is over */

/* One side of an interval. */
struct nft_edge {
	uint8_t key[16]; /* an address; of an end, the first one behind the interval */
	bool end;
	uint64_t left_ms; /* of a start */
};

/* An interval set as it was read last. */
struct nft_nets {
	uint8_t family; /* 4, 6 */
	bool overfull;	/* there are more edges than this holds */
	unsigned count;
	struct nft_edge edges[NFT_EDGES_MAX];
};

struct nft {
	struct netlink socket;	/* requests; changes of ours carry its port */
	int watch_fd;		/* notifications of everybody's changes */
	struct netlink_out out; /* the request under construction, in out_bytes */
	uint8_t out_bytes[NFT_BUFFER];
	uint8_t in_bytes[NFT_BUFFER];
	struct nft_nets nets;
	/* What isolate.c has in its table for an isolation to come; 0 bytes: nothing that can be relied on. */
	uint8_t prepared[NFT_PREPARED_MAX];
	size_t prepared_len;
	unsigned prepared_lists; /* which of its sets may have elements that an order named */
};

/* Open both sockets; nft_close is right after an error too. ERR_DENIED, ERR_UNSUPPORTED (no netfilter netlink in this
 * kernel). */
ERR_CHECK enum err nft_open(struct nft *n);
void nft_close(struct nft *n);

/*
 * Make the table as it should be in one transaction: table, sets and chains are kept with their elements when they are
 * right, the rules are replaced. When something contradicts (another kind of set of that name), our sets and chains are
 * made anew without their elements; if that fails, the whole table is made anew. Isolation's table stays as it is,
 * and has to be prepared again.
 * ERR_UNSUPPORTED: no nf_tables, inet family or set kind.
 */
ERR_CHECK enum err nft_setup(struct nft *n);

/*
 * Add an element that ends after timeout_ms; one that is there gets that time. With `fresh` the caller knows of none
 * there, and a single address is added without a look for one: if there is one all the same, kernels before 6.12 leave
 * it the time that it has, which nft_find tells. For networks of interval sets also ERR_EXISTS: it overlaps another one
 * there, which must go first; ERR_FULL: NFT_NETS_MAX are there. ERR_UNSUPPORTED: no set.
 */
ERR_CHECK enum err nft_add(struct nft *n, const struct addr *a, uint64_t timeout_ms, bool fresh);

/* Remove the element. ERR_NOT_FOUND: there is none. */
ERR_CHECK enum err nft_remove(struct nft *n, const struct addr *a);

/* Read the element back: *left_ms is the rest of its time, in milliseconds. ERR_NOT_FOUND: there is none. */
ERR_CHECK enum err nft_find(struct nft *n, const struct addr *a, uint64_t *left_ms);

/*
 * Call `each` for every element of every set. The kernel does not mark the dump of a set that changes meanwhile
 * (NLM_F_DUMP_INTR), so such an element may be missing or come twice; nft_watch tells of the change. Passed over are
 * another program's ranges that are no network of their set, and an interval set that it filled beyond NFT_EDGES_MAX.
 */
ERR_CHECK enum err nft_dump(struct nft *n, void (*each)(void *context, const struct addr *a, uint64_t left_ms),
			    void *context);

/*
 * Add all that `next` gives (false: no more), all of them of `set`, in messages of NFT_BULK_MAX. A network for which an
 * interval set has no place (ERR_EXISTS, ERR_FULL of nft_add) is passed over; nft_find tells.
 */
ERR_CHECK enum err nft_bulk(struct nft *n, enum ban_set set,
			    bool (*next)(void *context, struct addr *a, uint64_t *timeout_ms), void *context);

/* Take what the notification socket holds, NFT_WATCH_MAX at most, without waiting. Changes of our own port are not
 * news. */
void nft_watch(struct nft *n, struct netfilter_news *news);
