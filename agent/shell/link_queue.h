/* SPDX-License-Identifier: Apache-2.0 */
/* The frames that wait to be sent. They lie one after another, because TLS wants the same bytes again after a wait. */
#pragma once

#include "agent/base/str.h"
#include "agent/uplink/uplink.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Bytes that fit what the uplink may produce before it stops (UPLINK_PENDING_MAX) and the batch that it then finishes.
 */
#define LINK_QUEUE_BYTES (UPLINK_PENDING_MAX + 2 * UPLINK_BATCH_MAX)

struct link_queue {
	size_t from, to;
	char bytes[LINK_QUEUE_BYTES];
};

/* Remove all bytes. */
void link_queue_clear(struct link_queue *q);

/* Append a copy of the bytes. False: there is no room, and nothing was appended. */
bool link_queue_put(struct link_queue *q, struct str bytes);

/* All bytes, the oldest first; valid until the next put or drop. */
struct str link_queue_front(const struct link_queue *q);

/* Remove the oldest len bytes. */
void link_queue_drop(struct link_queue *q, size_t len);
