/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The core's end of the socket to the actor (agent/common/message.h). Requests are sent the moment they are
 * decided; answers become inputs of the core, and ACTOR_SOURCE answers go to source_tail.h with their
 * descriptor. When the socket closes the actor is gone and the core ends: without hands it is of no use, and
 * whoever starts caltropd again starts both.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

/*
 * Requests that the actor has not taken yet. All that the response leaves unanswered at a time fits several times over,
 * and so do the orders of one read; what does not is counted, and health says so.
 */
#define ACTOR_LINK_QUEUE_BYTES 196608

struct actor_source;
struct feed;

struct actor_link {
	struct feed *feed;
	/* The answer to ACTOR_SOURCE; the descriptor is handed over. Set by the loop. */
	void (*source_opened)(void *context, const struct actor_source *answer, int fd);
	uv_poll_t poll;
	int fd;
	size_t queued;
	uint64_t sent, dropped;
	uint8_t queue[ACTOR_LINK_QUEUE_BYTES]; /* { len:u32, message } one after another */
};

void actor_link_open(struct actor_link *a, struct feed *feed, int fd);

/*
 * Send one message (it begins with struct actor_header, which is filled in except for request_id). False when it finds
 * no room: an unanswered request is made again in time, an order stays unseen.
 */
bool actor_link_send(struct actor_link *a, uint16_t type, const void *message);

/* The actor is behind with its work: sources that can wait should. */
bool actor_link_busy(const struct actor_link *a);
