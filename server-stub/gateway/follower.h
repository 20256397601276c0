/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one thread that fills the views from the log (ingest/follow.h). Commits of the writer wake it. It also keeps the
 * log and the views within their bounds.
 */
#pragma once

#include "agent/base/err.h"
#include "server-stub/gateway/bulletin.h"
#include "server-stub/gateway/crowds.h"
#include "server-stub/store/store.h"

#include <stdint.h>

struct follower;

struct follower_setup {
	const char *path;     /* of the store */
	const uint8_t *fleet; /* whose store it is */
	struct store_retention retention;
	struct bulletin_news news;
	struct crowds_terms crowds;
};

/* Open a handle of the store and start the thread. Errors of the store, ERR_NO_MEMORY. */
ERR_CHECK enum err follower_start(const struct follower_setup *setup, struct follower **out);

/* Why the views could not follow the log when this was last tried; ERR_OK: they could. Any thread may call it. */
enum err follower_error(const struct follower *f);

/* Fill the views up to the log's end, end the thread and free the follower. NULL does nothing. */
void follower_stop(struct follower *f);
