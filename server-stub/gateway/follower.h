/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one thread that fills the views from the log (ingest/follow.h). Commits of the writer wake it. It also keeps the
 * log and the views within their bounds.
 */
#pragma once

#include "agent/base/err.h"
#include "server-stub/gateway/bulletin.h"
#include "server-stub/gateway/offers.h"
#include "server-stub/store/store.h"

#include <stdint.h>

struct follower;

/* What becomes of an address that several devices ban (ingest/crowd.h). */
struct follower_crowds {
	unsigned least;	   /* devices, 2 to WITNESSES_MAX */
	int64_t window_us; /* within which they ban it */
	int64_t ban_us;	   /* for which the other devices of their group are to; 0: they are not */
	void *context;
	void (*offer)(void *context, const struct offer *offer); /* called on the follower's thread */
};

struct follower_setup {
	const char *path;     /* of the store */
	const uint8_t *fleet; /* whose store it is */
	struct store_retention retention;
	struct bulletin_news news;
	struct follower_crowds crowds;
};

/* Open a handle of the store and start the thread. Errors of the store, ERR_NO_MEMORY. */
ERR_CHECK enum err follower_start(const struct follower_setup *setup, struct follower **out);

/* Why the views could not follow the log when this was last tried; ERR_OK: they could. Any thread may call it. */
enum err follower_error(const struct follower *f);

/* Fill the views up to the log's end, end the thread and free the follower. NULL does nothing. */
void follower_stop(struct follower *f);
