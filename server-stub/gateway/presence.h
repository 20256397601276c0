/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which devices are connected, on all loops together. A device has one connection, the newest. Any thread may call.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct presence;

struct presence *presence_new(unsigned devices_max);
void presence_free(struct presence *p);

/*
 * A change of one device: `link` is the number of its connection, not 0. `post` is called under the lock; the caller
 * sends the change on from there, so that the changes of one device are sent in their order.
 */
struct presence_change {
	const uint8_t *device;
	uint64_t link;
	void (*post)(void *arg);
	void *arg;
};

/* The device is connected as c->link now. *before is the link that it had, 0: none. False: devices_max are connected.
 */
bool presence_enter(struct presence *p, const struct presence_change *c, uint64_t *before);

/* The link has ended. If the device has another link by now, nothing happens and `post` is not called. */
void presence_leave(struct presence *p, const struct presence_change *c);

unsigned presence_count(struct presence *p);
