/* SPDX-License-Identifier: Apache-2.0 */
/* Which device is behind which link. */
#pragma once

#include "server-stub/gateway/link.h"

/* The device's link on this loop; NULL. */
struct link *link_device_of(struct links *links, const uint8_t device[STORE_ID]);

/*
 * link->peer.identity is connected by this link now. *before is the id of the link that it had until now, on any loop,
 * or left alone; whoever calls ends that one. False: no room.
 */
ERR_CHECK bool link_device_enter(struct link *link, uint64_t *before);

/* The link is closing: end its session, leave the tables. */
void link_device_leave(struct link *link);
