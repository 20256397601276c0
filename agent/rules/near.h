/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which addresses are one attacker. Of IPv6 that is a network of ban_prefix6 bits, because whoever has one address has
 * all of them. It is the single address where the network is shared with somebody who must not be banned: link-local,
 * around never_ban, and the networks that this device itself needs, which the actor tells. There a neighbour is counted
 * and banned alone.
 */
#pragma once

#include "agent/base/addr.h"
#include "agent/common/settings.h"
#include "agent/common/verbs.h"

struct near {
	const struct settings *settings;
	unsigned count;
	struct addr nets[VERBS_NETS_MAX]; /* that the device needs */
};

/* Keeps a pointer to the settings. */
void near_init(struct near *n, const struct settings *settings);

/* What the actor says takes the place of what it said before. Counts of more than there is room for are cut. */
void near_learn(struct near *n, const struct actor_nets *state);

/* What is counted and banned together with this address: a network, or the address alone. */
struct addr near_net(const struct near *n, const struct addr *src);
