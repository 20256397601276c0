/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The packet-filter policy, for the verb: as nft_filter_set, nft_filter_check, nft_filter_clear and nft_others_read,
 * and as their namesakes of iptables_filter.h and iptables_others.h. Whichever it is, a policy is in force with both
 * families, or the one before is.
 */
#pragma once

#include "agent/actor/sys/netfilter.h"
#include "agent/actor/sys/nft_filter.h"
#include "agent/actor/sys/nft_others.h"

ERR_CHECK enum err netfilter_filter_set(struct netfilter *n, const struct nft_filter *f);
ERR_CHECK enum err netfilter_filter_check(struct netfilter *n, const struct nft_filter *f);
ERR_CHECK enum err netfilter_filter_clear(struct netfilter *n);
ERR_CHECK enum err netfilter_filter_others(struct netfilter *n, struct nft_others *out);

/* What of the kernel the policy takes and is known not to be there, for people. NULL: nothing. Static. */
const char *netfilter_filter_lacks(const struct netfilter *n, const struct filter *policy);
