/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sets of banned addresses, and which of them an address or network goes into. Hash sets for the prefix lengths
 * that rules ban, an interval set per family for all others. Pure.
 */
#pragma once

#include "agent/base/addr.h"

#include <stdbool.h>
#include <stdint.h>

/* Which one an address goes into follows from its family and prefix. */
enum ban_set { BAN_SET4, BAN_SET4_24, BAN_SET6, BAN_SET6_64, BAN_SET4_NET, BAN_SET6_NET, BAN_SETS_MAX };

/*
 * The set of an address or network. False: there is none for it: it is wider than /VERB_PREFIX4_MIN of IPv4 and
 * /VERB_PREFIX6_MIN of IPv6, or it is of an uncommon length and holds the family's last address, which no host has.
 */
bool ban_set_of(const struct addr *a, enum ban_set *out);

/* The name of the set in the kernel. Static. */
const char *ban_set_name(enum ban_set set);

/* 4 or 6, and the prefix of what it holds; 0: an interval set, which holds all others. */
uint8_t ban_set_family(enum ban_set set);
uint8_t ban_set_prefix(enum ban_set set);

/* Whether it is an interval set. */
bool ban_set_is_net(enum ban_set set);

/* The first address behind a network whose prefix is not 0. False: it holds the family's last one. */
bool ban_set_end(const struct addr *a, uint8_t end[16]);
