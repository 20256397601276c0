/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is connected, over all loops: a device has one connection, the newest. Thread-safe. Knows ids and numbers only.
 */
#pragma once

#include "server-stub/store/store.h"

#include <stdbool.h>
#include <stdint.h>

struct presence;

struct presence *presence_new(unsigned devices_max);
void presence_free(struct presence *p);

/*
 * The device is now connected as `link` (any number but 0). The link it had before, 0: none. The caller posts the
 * change inside `post`, which runs under the lock, so that changes of one device are posted in their order. False:
 * full.
 */
struct presence_change {
	const uint8_t *device;
	uint64_t link;
	void (*post)(void *arg);
	void *arg;
};
bool presence_enter(struct presence *p, const struct presence_change *c, uint64_t *before);

/* The link is gone: nothing happens, and `post` is not called, when another has taken its place. */
void presence_leave(struct presence *p, const struct presence_change *c);

unsigned presence_count(struct presence *p);
