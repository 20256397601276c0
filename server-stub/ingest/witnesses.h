/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which devices have seen one thing within a window of time, for many things. Pure. A bounded table in memory: it is
 * forgotten when the service starts again, and when more things come than it has room for, those that the fewest and
 * then the earliest devices saw go first. A device is one witness, however often it tells.
 */
#pragma once

#include "agent/base/hash.h"
#include "server-stub/store/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WITNESSES_LEAST 3 /* devices that are many */
#define WITNESSES_NAME 32 /* bytes that name a thing; not all of them zero */

struct witnesses;

struct witnesses_sight {
	uint8_t device[STORE_ID];
	int64_t at_us;
};

/* Bytes of memory for witnesses_init(), zero before it. */
size_t witnesses_size(void);

/* Begin with nothing seen. The key is random: devices choose names. */
struct witnesses *witnesses_init(void *memory, struct hash_key key, int64_t window_us);

/*
 * Take note that a device saw the thing. True: with it, WITNESSES_LEAST devices did within the window, and they are in
 * seen, the earliest first. It is said once for a thing until all that saw it are out of the window.
 */
bool witnesses_saw(struct witnesses *w, const uint8_t name[WITNESSES_NAME], const struct witnesses_sight *sight,
		   struct witnesses_sight seen[WITNESSES_LEAST]);
