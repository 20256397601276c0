/* SPDX-License-Identifier: Apache-2.0 */
/* The log of packets, for the core's packet sensor: as nft_packets_setup() and the others. */
#pragma once

#include "agent/actor/sys/netfilter.h"
#include "agent/common/settings.h"

/* ERR_UNSUPPORTED as well: the packet filter is iptables, and [firewall] enabled = yes. */
ERR_CHECK enum err netfilter_packets_setup(struct netfilter *n, const struct settings *settings);
enum actor_lack netfilter_packets_lacks(struct netfilter *n, const struct settings *settings);
ERR_CHECK enum err netfilter_packets_remove(struct netfilter *n);
