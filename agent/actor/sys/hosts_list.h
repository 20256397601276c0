/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The addresses in the kernel's answers to RTM_GETADDR and RTM_GETROUTE (linux/rtnetlink.h, rtnetlink(7)). Pure: a
 * fuzzer gives it any bytes.
 */
#pragma once

#include "agent/actor/rails/rails.h"
#include "agent/base/netlink.h"

struct hosts_list {
	enum rails_kind kind; /* RAILS_OWN: this machine's addresses; RAILS_GATEWAY: gateways of default routes */
	struct rails_hosts found;
};

/* Add what one message says to a struct hosts_list; for struct netlink_reader. Damaged messages say nothing. */
void hosts_list_take(void *list, const struct netlink_message *m);
