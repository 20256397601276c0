/* SPDX-License-Identifier: Apache-2.0 */
/* Frames that wait for the transport: a flat queue, because TLS wants the same bytes again after it had to wait. */
#pragma once

#include "agent/base/str.h"
#include "agent/uplink/uplink.h"

#include <stdbool.h>
#include <stddef.h>

/* What the uplink may have produced before it was told to stop, and the batch it was at. */
#define LINK_QUEUE_BYTES (UPLINK_PENDING_MAX + 2 * UPLINK_BATCH_MAX)

struct link_queue {
	size_t from, to;
	char bytes[LINK_QUEUE_BYTES];
};

void link_queue_clear(struct link_queue *q);

/* False: no room. */
bool link_queue_put(struct link_queue *q, struct str bytes);

/* What waits, oldest first. */
struct str link_queue_front(const struct link_queue *q);

void link_queue_drop(struct link_queue *q, size_t len);
