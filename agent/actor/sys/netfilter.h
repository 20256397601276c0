/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's packet filter, as verbs use it: bans here, limits in netfilter_limit.h, isolation in
 * netfilter_isolate.h, the policy in netfilter_filter.h. Behind it is nf_tables (nft.h), or ipset and iptables
 * (iptables.h): what Kconfig has built of both, and of these what the settings want.
 */
#pragma once

#include "agent/actor/sys/ban_set.h"
#include "agent/actor/sys/iptables.h"
#include "agent/actor/sys/netfilter_news.h"
#include "agent/actor/sys/nft.h"
#include "agent/base/addr.h"
#include "agent/base/err.h"
#include "agent/base/kconfig.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct netfilter {
	bool by_iptables; /* else by nf_tables */
	struct nft nft[IS_ENABLED(CONFIG_FIREWALL_NFTABLES)];
	struct iptables iptables[IS_ENABLED(CONFIG_FIREWALL_IPTABLES)];
};

/* Whether it is iptables. Where only one of both is built the compiler knows, and needs nothing of the other one. */
static inline bool netfilter_by_iptables(const struct netfilter *n)
{
	return IS_ENABLED(CONFIG_FIREWALL_IPTABLES) && (!IS_ENABLED(CONFIG_FIREWALL_NFTABLES) || n->by_iptables);
}

/* Open it; netfilter_close is right after an error too. ERR_DENIED, ERR_UNSUPPORTED (the kernel lacks it). */
ERR_CHECK enum err netfilter_open(struct netfilter *n, bool by_iptables);
void netfilter_close(struct netfilter *n);
bool netfilter_is_open(const struct netfilter *n);

/* What the user knows it as: "nf_tables", "ipset and iptables". Static. */
const char *netfilter_name(const struct netfilter *n);

/* How long a ban may last, in seconds; a longer one is shortened. */
uint32_t netfilter_longest_s(const struct netfilter *n);

/* Memory that others may use between two calls, for answers of netlink. */
uint8_t *netfilter_memory(struct netfilter *n, size_t *cap);

/*
 * Make it as it should be: sets are kept with their elements when they are right, rules are replaced; read back.
 * Isolation has to be prepared again. ERR_UNSUPPORTED: the kernel lacks what it takes.
 */
ERR_CHECK enum err netfilter_setup(struct netfilter *n);

/*
 * Elements of the ban sets; errors and limits as those of nft_add, nft_remove, nft_find, nft_dump and nft_bulk, and of
 * the functions of iptables.h. A time that the kernel does not tell is longer than any that a ban can have.
 */
ERR_CHECK enum err netfilter_add(struct netfilter *n, const struct addr *a, uint64_t timeout_ms, bool fresh);
ERR_CHECK enum err netfilter_remove(struct netfilter *n, const struct addr *a);
ERR_CHECK enum err netfilter_find(struct netfilter *n, const struct addr *a, uint64_t *left_ms);
ERR_CHECK enum err netfilter_dump(struct netfilter *n,
				  void (*each)(void *context, const struct addr *a, uint64_t left_ms), void *context);
ERR_CHECK enum err netfilter_bulk(struct netfilter *n, enum ban_set set,
				  bool (*next)(void *context, struct addr *a, uint64_t *timeout_ms), void *context);

/* The descriptor that can be read when others changed something. -1: there is none, so look now and then. */
int netfilter_fd(const struct netfilter *n);

/*
 * Take what others did since the last call, without waiting. `least` is how many elements each set has to have; it is
 * looked at where nobody tells of changes.
 */
void netfilter_watch(struct netfilter *n, const uint32_t least[BAN_SETS_MAX], struct netfilter_news *news);
