/* SPDX-License-Identifier: Apache-2.0 */
/* The thread that tells outputs of incidents. It waits for what changed, for what is due, and for the courier. */
#pragma once

#include "server-stub/alert/courier.h"
#include "server-stub/store/store.h"

struct alerts;

struct alerts_setup {
	const char *path;     /* of the store */
	const uint8_t *fleet; /* whose store it is */
	struct aide *courier;
};

/* Open a handle of the store and start the thread. The courier stays the caller's. Errors of the store, ERR_NO_MEMORY.
 */
ERR_CHECK enum err alerts_start(const struct alerts_setup *setup, struct alerts **out);

/* Something was committed that may concern outputs. From any thread; NULL does nothing. */
void alerts_wake(struct alerts *a);

/* Wait a few seconds for messages under way, end the thread and free it. NULL does nothing. */
void alerts_stop(struct alerts *a);
