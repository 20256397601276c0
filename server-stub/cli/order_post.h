/* SPDX-License-Identifier: Apache-2.0 */
/* Pushes what an order's body says, and tells or waits for what comes of it. */
#pragma once

#include "server-stub/cli/rest.h"

#include <jansson.h>

#include <stdbool.h>
#include <stdint.h>

struct order_post {
	bool wait; /* for the receipts, and print them; else the order is printed */
	int64_t timeout_s;
	int64_t start_us; /* clock_mono_us() when it was asked for; order_post() sets it */
};

/* Tell of an order that the service has, as it answered, or wait for it. Returns the exit status; COMMAND_CONFLICT: it
 * needs more signatures first. */
int order_post_follow(struct rest *r, json_t *order, const struct order_post *how);

/* Post it over the connection, which may become another one. Returns the exit status, after a message if it failed. */
int order_post(struct rest **r, json_t *body, const struct order_post *how);
