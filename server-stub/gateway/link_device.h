/* SPDX-License-Identifier: Apache-2.0 */
/* Which device uses which link. */
#pragma once

#include "server-stub/gateway/link.h"

/* The device's link on this loop; NULL: it has none here. */
struct link *link_device_of(struct links *links, const uint8_t device[STORE_ID]);

/*
 * Make this link the connection of the device link->peer.identity. When the device had another link, on any loop,
 * *before is that link's id, and the caller ends it; otherwise *before is not changed. False: the tables are full.
 * `seen_us` is of the verdict that let the device in (link_verdict.h).
 */
ERR_CHECK bool link_device_enter(struct link *link, int64_t seen_us, uint64_t *before);

/* End the link's session and remove the link from the tables, because it closes. */
void link_device_leave(struct link *link);
