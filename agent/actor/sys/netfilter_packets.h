/* SPDX-License-Identifier: Apache-2.0 */
/* The log of packets, for the core's packet sensor: as nft_packets_setup() and the others, or iptables_packets.h's. */
#pragma once

#include "agent/actor/sys/netfilter.h"
#include "agent/common/settings.h"

ERR_CHECK enum err netfilter_packets_setup(struct netfilter *n, const struct settings *settings);
enum actor_lack netfilter_packets_lacks(struct netfilter *n, const struct settings *settings);
ERR_CHECK enum err netfilter_packets_remove(struct netfilter *n);
