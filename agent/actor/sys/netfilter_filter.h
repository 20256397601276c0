/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The packet-filter policy, for the verb: as nft_filter_set, nft_filter_check, nft_filter_clear and nft_others_read. By
 * iptables there is none yet: ERR_UNSUPPORTED, and there is none to check, to clear, or to be in its way.
 */
#pragma once

#include "agent/actor/sys/netfilter.h"
#include "agent/actor/sys/nft_filter.h"
#include "agent/actor/sys/nft_others.h"

ERR_CHECK enum err netfilter_filter_set(struct netfilter *n, const struct nft_filter *f);
ERR_CHECK enum err netfilter_filter_check(struct netfilter *n, const struct nft_filter *f);
ERR_CHECK enum err netfilter_filter_clear(struct netfilter *n);
ERR_CHECK enum err netfilter_filter_others(struct netfilter *n, struct nft_others *out);
