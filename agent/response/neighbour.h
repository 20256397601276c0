/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When many addresses of one IPv4 network attack, the network is banned whole ([response] ban_neighbours): an attacker
 * who rents a /24 has an address for each try. A /64 of IPv6 counts as one address anyway (rules/near.h).
 */
#pragma once

#include "agent/response/response.h"

/* The network of an IPv4 address. */
struct addr neighbour_net(const struct addr *addr);

/* The ban of that whole network; NULL: there is none. */
const struct ban *neighbour_ban(struct response *r, const struct addr *addr, struct now now);

/*
 * Whether the network is to be banned instead of the address alone, which is about to be: with it, as many addresses of
 * it have a ban by a rule as the settings say, and it is sure that nobody logged in from it for ban_neighbours_quiet.
 * That nothing in it is never to be banned is the caller's to know. Counts what it decides.
 */
bool neighbour_widens(struct response *r, const struct addr *addr, struct now now);
