/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which addresses count as one attacker. An IPv4 address counts alone. IPv6 addresses count by their network of
 * ban_prefix6 bits, because a client usually has all addresses of such a network. Some IPv6 networks must not be
 * banned whole, so their addresses count and are banned one by one: link-local; those of NAT64, also by the setting
 * nat64, and of Teredo, in which one /64 holds everybody who comes from IPv4; networks that hold an address of
 * never_ban; and networks that this device needs (the actor reports them).
 */
#pragma once

#include "agent/base/addr.h"
#include "agent/common/message.h"
#include "agent/common/settings.h"

struct near {
	const struct settings *settings;
	unsigned count;
	struct addr nets[MESSAGE_NETS_MAX]; /* that the device needs */
};

/* Keeps a pointer to the settings. */
void near_init(struct near *n, const struct settings *settings);

/* Replace the networks that the device needs by those in the actor's message; more than MESSAGE_NETS_MAX are cut off.
 */
void near_learn(struct near *n, const struct actor_nets *state);

/* The network that is counted and banned together with this address; the address itself where it counts alone. */
struct addr near_net(const struct near *n, const struct addr *src);
