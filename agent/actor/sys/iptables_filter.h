/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The packet-filter policy (proto/filter.h) by chains of iptables and ip6tables and by sets of ipset, with the rules of
 * filter_rules.h. What `iptables-legacy -t mangle -S` shows of SSH from a list of networks:
 *
 *	-A INPUT -j CALTROP_POLICY_IN
 *	-A CALTROP_POLICY_IN -p tcp -m set --match-set caltrop_a_net1_4 src -m multiport --dports 22 -j RETURN
 *	-A CALTROP_POLICY_IN -j DROP
 *
 * What returns still meets everybody else's rules. Chains come behind those of bans and isolation. Sets belong to one
 * family and one turn, `a` or `b`: those of another policy are filled beside the ones in force, then the chains of a
 * family are replaced at once, and the old sets go. The chain CALTROP_POLICY is empty, and there as long as a policy
 *is.
 */
#pragma once

#include "agent/actor/sys/iptables.h"
#include "agent/actor/sys/nft_filter.h"

/*
 * As nft_filter_set, but one family after the other: if the second one fails, the first one is as it was before.
 * ERR_TOO_LONG: the chains do not fit into IPTABLES_GROUP_BYTES, or the table would be longer than XTABLES_BYTES_MAX.
 * ERR_BUSY: another program holds the tables, or has rules that look into the policy's sets.
 */
ERR_CHECK enum err iptables_filter_set(struct iptables *t, const struct nft_filter *f);

/* As nft_filter_check, of both families. */
ERR_CHECK enum err iptables_filter_check(struct iptables *t, const struct nft_filter *f);

/* As nft_filter_clear. */
ERR_CHECK enum err iptables_filter_clear(struct iptables *t);

/* What of iptables a policy takes and this kernel lacks, as "the match conntrack". NULL: nothing. Static. */
const char *iptables_filter_lacks(const struct iptables *t, const struct filter *policy);
