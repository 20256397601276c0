/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The core's end of the socket to the actor (agent/common/message.h). A request is sent as soon as it is decided.
 * Answers become inputs of the core; an answer to ACTOR_SOURCE and its descriptor go to tail.h. When the socket
 * is closed, the actor has ended. Then this program ends, too, because it can act only through the actor. The init
 * system starts both again.
 */
#pragma once

#include "agent/base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

/*
 * Bytes of requests that wait until the socket takes them. The queue is several times as long as all requests that the
 * response may leave unanswered, and as all orders of one read. A request that does not fit is dropped and counted, and
 * health reports it.
 */
#define ACTOR_LINK_QUEUE_BYTES 196608

struct actor_object_answer;
struct actor_owner_answer;
struct actor_source;
struct feed;

struct actor_link {
	struct feed *feed;
	/* Gets each answer to ACTOR_SOURCE, and owns its descriptor (-1: none). The loop sets it. */
	void (*source_opened)(void *context, const struct actor_source *answer, int fd);
	/* Gets each answer to ACTOR_OBJECT. The loop sets it. */
	void (*object_waits)(void *context); /* a file is there to be sent */
	void (*object_answered)(void *context, const struct actor_object_answer *answer);
	/* Gets each answer to ACTOR_OWNER. The loop sets it. */
	void (*owner_answered)(void *context, const struct actor_owner_answer *answer);
	uv_poll_t poll;
	int fd;
	size_t queued;
	uint64_t sent, dropped;
	unsigned unopened;	/* requests of ACTOR_SOURCE that are not answered */
	uint64_t place;		/* in the actor's chain, of the last receipt that the core was fed; 0: none */
	uint64_t trust_version; /* of the actor's last health: the trust bundle in force, 0: none */
	uint32_t leases;	/* of the actor's last health: effects that end when the service is not heard */
	uint8_t queue[ACTOR_LINK_QUEUE_BYTES]; /* { len:u32, message } one after another */
};

/* Take over the socket's descriptor, and begin to read answers from it. `a` must be zero and must not move. */
void actor_link_open(struct actor_link *a, struct feed *feed, int fd);

/*
 * Send a copy of one message of this type, or queue it. The message begins with struct actor_header, of which only
 * request_id is the caller's. False: the queue has no room, and the message was dropped. The response then makes the
 * request again, and the service sends the order again.
 */
bool actor_link_send(struct actor_link *a, uint16_t type, const void *message);

/* Send a sealed trust bundle, for the actor to judge. One that is longer than any can be is dropped. */
void actor_link_trust(struct actor_link *a, struct str sealed);

/* Whether many requests wait in the queue. Sources that can wait are not read as long as it is true. */
bool actor_link_busy(const struct actor_link *a);
