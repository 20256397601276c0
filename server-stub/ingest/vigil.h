/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Watches over who devices are and whether they are there, by what their connections show: a second guard with one
 * identity, and silence. It tells by notices (notice.h). Pure except for the store; the caller begins a transaction
 * around each call and commits it.
 */
#pragma once

#include "server-stub/ingest/hush.h"
#include "server-stub/ingest/notice.h"
#include "server-stub/store/registry.h"

struct vigil {
	struct store *store;
	int64_t silent_us; /* a device that was not connected for longer is silent; 0: none ever is */
	int64_t begun_us;  /* wall clock at the service's start: nobody was silent before it listened */
	int64_t swept_us;  /* private: who was last seen up to then was looked at */
};

struct vigil_hello {
	uint8_t run[REGISTRY_RUN]; /* of the guard that said hello; zero: it has none */
	const char *address;
	int64_t wall_us;
};

/*
 * Take note of the run of the guard that said hello; *changed: the caller stores d. The run of a guard changes with
 * each start and never comes back. One that comes back, again and again, in turns with another, is a guard that lives
 * beside the other: NOTICE_TWINS, one incident a day. A single return is none, because the last hello of a run may be
 * read late.
 */
ERR_CHECK enum err vigil_hello(struct vigil *v, struct registry_device *d, const struct vigil_hello *hello,
			       bool *changed);

/*
 * Call it before the presence is stored: a device that is connected again ends its silence. `seen_us`: the device was
 * seen then, and maybe later; 0: not known. One that was seen so lately that it cannot have been silent costs nothing.
 */
ERR_CHECK enum err vigil_presence(struct vigil *v, const struct registry_presence *p, int64_t seen_us);

/* Find the devices that have become silent, and tell of each once, and of many together. */
ERR_CHECK enum err vigil_sweep(struct vigil *v, int64_t wall_us);
