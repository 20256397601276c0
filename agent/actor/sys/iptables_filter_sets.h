/* SPDX-License-Identifier: Apache-2.0 */
/* Networks and hosts of a policy as sets of ipset, one family's at a time, for iptables_filter.c. */
#pragma once

#include "agent/actor/sys/iptables.h"
#include "agent/actor/sys/nft_filter.h"

struct iptables_filter_sets {
	uint8_t family;
	char turn; /* 'a', 'b' */
	struct xtables_set sets[IPTABLES_FILTER_SETS];
	uint8_t counts[IPTABLES_FILTER_SETS]; /* of elements; 0: there is no such set */
};

/*
 * Choose the turn that no rule uses, and make and fill its sets; s has its family. What was left of that turn goes
 * first. ERR_BUSY: rules use both.
 */
ERR_CHECK enum err iptables_filter_sets_make(struct iptables *t, struct iptables_filter_sets *s,
					     const struct nft_filter *f);

/* They are in force: remember them for iptables_watch(), and remove those of the other turn. */
void iptables_filter_sets_adopt(struct iptables *t, const struct iptables_filter_sets *s);

/* Remove the sets of this turn, but those that rules use. */
void iptables_filter_sets_drop(struct iptables *t, const struct iptables_filter_sets *s);

/* Remove those of all families and turns, and remember none. */
void iptables_filter_sets_forget(struct iptables *t);

/* Fill in *s, which has its family and turn, with the sets that are there. ERR_UNVERIFIED: one of them is not. */
ERR_CHECK enum err iptables_filter_sets_find(struct iptables *t, struct iptables_filter_sets *s,
					     const struct nft_filter *f);

/* Read them back, and remember them. ERR_UNVERIFIED: they have other elements. */
ERR_CHECK enum err iptables_filter_sets_check(struct iptables *t, const struct iptables_filter_sets *s,
					      const struct nft_filter *f);
