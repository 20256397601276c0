/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guard's packet filter on a kernel without nf_tables: ipset's sets, and chains of the guard's own in the tables
 * `mangle` of iptables and ip6tables. What `iptables-legacy -t mangle -S` shows:
 *
 *	-A INPUT -j CALTROP_BAN_IN			(FORWARD and OUTPUT alike)
 *	-A CALTROP_BAN_IN -m set --match-set caltrop_ban4 src -j DROP	(ban4_24, ban4_net alike; OUT: dst)
 *
 * Nobody tells of changes here, so iptables_watch() has to be called now and then. A ban takes one call of the kernel
 * and no program. The two families are changed one after the other, not in one transaction.
 */
#pragma once

#include "agent/actor/sys/ban_set.h"
#include "agent/actor/sys/ipset.h"
#include "agent/actor/sys/netfilter_news.h"
#include "agent/actor/sys/xtables.h"
#include "agent/actor/sys/xtables_rule.h"
#include "proto/filter_rules.h"

#include <stdbool.h>
#include <stdint.h>

#define IPTABLES_GROUP_BYTES 40960 /* of one group's chains in one family */

/* In the order of their names, which is that of their jumps. */
enum iptables_group {
	IPTABLES_BAN,
	IPTABLES_ISOLATE,
	IPTABLES_LIMIT,
	IPTABLES_PACKETS,
	IPTABLES_POLICY,
	IPTABLES_GROUPS
};

/* The sets of bans, and those with the addresses by which NAT64 shows the banned IPv4 ones (addr_plain). */
enum iptables_set { IPTABLES_NAT64 = BAN_SETS_MAX, IPTABLES_NAT64_NET, IPTABLES_SETS };

#define IPTABLES_FILTER_SETS (FILTER_RESOLVERS + 1) /* by their number in filter_rules.h; 0 is none */

struct iptables;

/* Of iptables_filter*.c, by family: the turn of the policy's sets, and how many elements each has; 0: there is none. */
struct iptables_policy {
	/* Whether its sets are as they should be; NULL: there are none. */
	bool (*is_whole)(struct iptables *t);
	char turn[2];
	uint8_t counts[2][IPTABLES_FILTER_SETS];
	struct xtables_group before; /* what the first family had, while a policy is put in force */
	uint8_t bytes[IPTABLES_GROUP_BYTES] __attribute__((aligned(8)));
};

struct iptables {
	struct ipset sets;
	struct xtables tables;
	struct xtables_group group; /* under construction */
	uint8_t group_bytes[IPTABLES_GROUP_BYTES] __attribute__((aligned(8)));
	struct xtables_set index[IPTABLES_SETS];
	uint64_t sums[2][IPTABLES_GROUPS]; /* of what is in force, by family */
	struct iptables_policy policy;
};

/* As nft_open; the kernel is asked by iptables_setup(). */
ERR_CHECK enum err iptables_open(struct iptables *t);
void iptables_close(struct iptables *t);

/*
 * As nft_setup. Sets keep their elements; one that contradicts is made anew. Isolation, limits and the policy stay.
 * ERR_UNSUPPORTED: no ipset with hash:ip and hash:net, no xt_set, no legacy iptables with the table mangle, for IPv6
 * too unless the kernel has no IPv6. ERR_BUSY: another program has the tables just now.
 */
ERR_CHECK enum err iptables_setup(struct iptables *t);

/*
 * As nft_add and so on. Networks may overlap. iptables_find finds whether it is there, but not its time, which is
 * UINT64_MAX / 4.
 */
ERR_CHECK enum err iptables_add(struct iptables *t, const struct addr *a, uint64_t timeout_ms);
ERR_CHECK enum err iptables_remove(struct iptables *t, const struct addr *a);
ERR_CHECK enum err iptables_find(struct iptables *t, const struct addr *a, uint64_t *left_ms);
ERR_CHECK enum err iptables_dump(struct iptables *t,
				 void (*each)(void *context, const struct addr *a, uint64_t left_ms), void *context);
ERR_CHECK enum err iptables_bulk(struct iptables *t, enum ban_set set,
				 bool (*next)(void *context, struct addr *a, uint64_t *timeout_ms), void *context);

/*
 * Look whether rules and chains are as they were put in force, and whether each set has at least `least` elements.
 * What was put in place of something else is seen at the next start only.
 */
void iptables_watch(struct iptables *t, const uint32_t least[BAN_SETS_MAX], struct netfilter_news *news);

/* For the files of limits, isolation and policies: begin a group's chains in t->group, then put them, or only compare
 * them. */
void iptables_begin(struct iptables *t, enum iptables_group which, uint8_t family);
ERR_CHECK enum err iptables_put(struct iptables *t, enum iptables_group which);

/* ERR_UNVERIFIED: the kernel has others. */
ERR_CHECK enum err iptables_check(struct iptables *t, enum iptables_group which);

/* Whether a family has chains of the group at all. */
ERR_CHECK enum err iptables_there(struct iptables *t, enum iptables_group which, bool *there);

/* Put no chains of the group in force, in both families, whether there are some or not. */
ERR_CHECK enum err iptables_put_none(struct iptables *t, enum iptables_group which);

/* The same; ERR_NOT_FOUND: there were none. */
ERR_CHECK enum err iptables_empty(struct iptables *t, enum iptables_group which);

/* ERR_UNVERIFIED: a family has chains of the group, read back from the kernel. */
ERR_CHECK enum err iptables_gone(struct iptables *t, enum iptables_group which);
