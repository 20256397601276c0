/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the kernel's news of new entries of connection tracking (linux/netfilter/nfnetlink_conntrack.h), and of its own
 * addresses (rtnetlink(7)), which say which of the two ends is the device's. Pure.
 */
#pragma once

#include "agent/base/addr.h"
#include "agent/base/netlink.h"
#include "agent/common/socket_sample.h"

#include <stdbool.h>
#include <stdint.h>

#define CONNTRACK_OWN_MAX 64u

/* The device's own addresses; those beyond are unknown. */
struct conntrack_own {
	unsigned count;
	struct addr addrs[CONNTRACK_OWN_MAX];
};

/* Append the request for all addresses of the device. */
void conntrack_ask_own(struct netlink_out *o);

/* Add what one answer says. Damaged messages say nothing. */
void conntrack_add_own(struct conntrack_own *own, const struct netlink_message *m);

enum conntrack_result {
	CONNTRACK_NOTHING, /* it is something else, damaged, or neither TCP nor UDP */
	CONNTRACK_FOREIGN, /* both ends are other machines': it passes through */
	CONNTRACK_OURS,
};

/* Read one message as a sample: OPENED if the one who began it has an address of the device, else ACCEPTED. */
enum conntrack_result conntrack_read(const struct netlink_message *m, const struct conntrack_own *own,
				     struct socket_sample *out);
