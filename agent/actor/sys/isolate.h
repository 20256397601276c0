/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The packet filter of isolation: a second table, `table inet caltrop_isolate`, with chains on input, output and
 * forward, behind those of the bans, that drop everything but what is listed here. The table is there all the time,
 * with all its rules and the addresses of service and resolvers, but dormant: no packet meets it. An isolation wakes it
 * and fills in what the order names; its end makes it dormant again.
 *
 * Always passed, in both directions: loopback, error messages (ICMP 3, 11, 12; ICMPv6 1-4), neighbour discovery and
 * listener reports (ICMPv6 130-137, 143). All forwarded packets are dropped. The service and the resolvers may only
 * answer: they cannot open a connection.
 *
 * The inet family does not see, so the filter does not drop: ARP; frames that a bridge forwards, unless br_netfilter
 * hands them to it; flows that a flowtable or hardware forwards; what a process with CAP_NET_RAW sends and receives
 * below it.
 */
#pragma once

#include "agent/actor/sys/nft.h"
#include "agent/base/addr.h"
#include "agent/base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define ISOLATE_NETS_MAX 16
#define ISOLATE_SERVICE_MAX 16
#define ISOLATE_RESOLVERS_MAX 8

/* What passes besides that. The lists are the caller's and only read during a call; they may mix both families. */
struct isolate_filter {
	const struct addr *nets; /* to and from them everything */
	unsigned net_count;
	const struct addr *service; /* its addresses: TCP to its port */
	unsigned service_count;
	uint16_t service_port;
	/*
	 * UDP and TCP 53, for processes of guard_uid, with dns for everybody. One on loopback asks its own resolvers as
	 * another user: then list those and set dns.
	 */
	const struct addr *resolvers;
	unsigned resolver_count;
	uid_t guard_uid;
	bool dns;
	bool dhcp; /* UDP 68 to 67, 546 to 547 */
};

/*
 * Make the table for an isolation to come, and read it back. Of the filter it needs service, resolvers, port and user.
 * Does nothing when that is prepared; nft_setup forgets it. A table in force stays in force. ERR_INVALID,
 * ERR_UNSUPPORTED as below; ERR_UNVERIFIED.
 */
ERR_CHECK enum err isolate_prepare(struct nft *n, const struct isolate_filter *f);

/*
 * Isolate, or replace the filter in force: at no time does more pass than by the old or the new one. Needs no nft_setup
 * and no isolate_prepare before; what is not prepared as the filter says is made first. ERR_INVALID: a list is longer
 * than its limit, or the service's port is 0; ERR_UNSUPPORTED: no nf_tables. Call isolate_check next.
 */
ERR_CHECK enum err isolate_set(struct nft *n, const struct isolate_filter *f);

enum isolate_depth {
	ISOLATE_ADDED, /* the table is in force, its chains; the lists that the order fills */
	ISOLATE_WHOLE, /* every list, too */
};

/*
 * Read back: after isolate_set, what it has added; at any other time the whole. Of a chain hook, priority, policy and
 * the number of rules are compared. ERR_NOT_FOUND: the table is not there or dormant; ERR_UNVERIFIED: anything else but
 * as the filter says. After an error the next isolate_set makes all of it anew.
 */
ERR_CHECK enum err isolate_check(struct nft *n, const struct isolate_filter *f, enum isolate_depth depth);

/* Whether the table is in force, ours or damaged. False as well when the kernel does not answer. */
bool isolate_is_set(struct nft *n);

/* End it in one transaction and read back that it ended. ERR_NOT_FOUND: it was not in force; ERR_UNVERIFIED. */
ERR_CHECK enum err isolate_clear(struct nft *n);

/* Whether the filter passes packets of a TCP connection with that peer, for whoever ends the others. */
struct isolate_peer {
	struct addr addr;
	uint16_t port;
	uid_t uid; /* of the local process */
};
bool isolate_passes(const struct isolate_filter *f, const struct isolate_peer *peer);
