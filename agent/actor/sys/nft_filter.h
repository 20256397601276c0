/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The packet-filter policy (proto/filter.h) in force: `table inet caltrop_policy`, with the rules of filter_rules.h and
 * a set for each list. Its chains come behind those of bans, isolation and the log of packets, which so see and drop
 * before it; a packet that it lets through still meets everybody else's rules, and those may drop it.
 */
#pragma once

#include "agent/actor/sys/nft.h"
#include "proto/filter_rules.h"

#include <sys/types.h>

#define NFT_FILTER_PRIORITY (NFT_PRIORITY + 11)
#define NFT_FILTER_HOSTS_MAX 16 /* addresses of the service, and of resolvers */

/* A policy, and what only the device knows. The lists are the caller's and only read during a call. */
struct nft_filter {
	const struct filter *policy;
	const struct addr *service; /* single addresses of both families */
	unsigned service_count;
	uint16_t service_port; /* 0: there is no service */
	const struct addr *resolvers;
	unsigned resolver_count;
	uid_t guard_uid;
	uint16_t log_group;
};

/*
 * Put it in force instead of any other one, in one transaction. ERR_UNSUPPORTED: this kernel lacks nf_tables or one of
 * its expressions (ct, limit, log, socket). ERR_TOO_LONG: the rules do not fit into one transaction.
 */
ERR_CHECK enum err nft_filter_set(struct nft *n, const struct nft_filter *f);

/*
 * Read all of it back: chains, every rule with all that it tests and does, every element. ERR_NOT_FOUND: no policy is
 * there; ERR_UNVERIFIED: another one is.
 */
ERR_CHECK enum err nft_filter_check(struct nft *n, const struct nft_filter *f);

/* Remove the table. ERR_NOT_FOUND: it was not there. */
ERR_CHECK enum err nft_filter_clear(struct nft *n);
