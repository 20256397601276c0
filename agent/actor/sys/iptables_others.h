/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What other programs' rules in the tables of iptables and ip6tables do with the packets that a policy is about. Reads
 * the tables that are there, and makes and touches none.
 */
#pragma once

#include "agent/actor/sys/iptables.h"
#include "agent/actor/sys/nft_others.h"

/*
 * As nft_others_read: a place is called "iptables filter INPUT", a handle is the rule's number in its chain, as
 * `iptables-legacy -L --line-numbers` shows it. A table that is too long to be read counts as one that filters.
 */
ERR_CHECK enum err iptables_others_read(struct iptables *t, struct nft_others *out);
