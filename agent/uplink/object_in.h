/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fetches one object at a time from the service: asks the actor whether it may, gathers the pieces in a file of the
 * core's directory, and gives the whole to the actor, which verifies it (agent/actor/verb/objects.h). The file is named
 * after the object, so an offer that comes again, after a lost connection or a restart, goes on where the file ends.
 *
 * The device asks for each piece, so that its rate is the device's, and orders wait behind one piece at most. What a
 * power cut made of the file is seen by the actor, by the hash; then the object is fetched once more from its
 * beginning, OBJECT_IN_TRIES times in all. A new offer takes the place of an unfinished one: the service decides which
 * it wants. Pure: the disk is struct spool_disk.
 */
#pragma once

#include "agent/base/now.h"
#include "agent/common/message.h"
#include "agent/spool/spool.h"
#include "proto/object_message.h"

#include <stdbool.h>
#include <stdint.h>

#define OBJECT_IN_TRIES 3
#define OBJECT_IN_ANSWER_US (60 * SECOND_US) /* a piece that has not come by then is asked for again */
#define OBJECT_IN_SYNC_BYTES 65536	     /* at most this much is lost in a power cut */
#define OBJECT_IN_RETRY_US (5 * SECOND_US)   /* until the actor, busy with another, is asked again */

struct object_in_limits {
	uint64_t bytes_max; /* a larger object is refused */
	uint32_t rate;	    /* bytes per second */
};

struct object_in_health {
	uint64_t kept, refused, restarted, bytes, disorder;
	uint64_t have, size; /* of the one under way; size 0: none */
	char problem[240];   /* why the last one was not kept; empty: it was */
};

enum object_in_state {
	OBJECT_IN_IDLE,
	OBJECT_IN_CHECK, /* the actor is asked whether it may be fetched */
	OBJECT_IN_FETCH,
	OBJECT_IN_PUT,	/* the actor verifies it */
	OBJECT_IN_WAIT, /* the actor is asked again at next_us */
};

struct object_in {
	const struct spool_disk *disk;
	struct object_in_limits limits;
	enum object_in_state state;
	bool ask;     /* object_in_ask() has something for the actor */
	bool waits;   /* a piece was asked for */
	bool say;     /* a DONE is to be sent */
	bool syncing; /* at most one sync is under way */
	uint8_t said_id[OBJECT_ID], said_status;
	char said[OBJECT_MESSAGE_TEXT_MAX];
	struct actor_object offer;
	struct object object;
	uint8_t id[OBJECT_ID];
	char name[OBJECT_STAGED_MAX];
	uint64_t have, synced;
	unsigned tries;
	int64_t asked_us;
	int64_t next_us; /* FETCH: when a piece may be asked for; with `waits`: when it is asked for again */
	struct object_in_health health;
};

/* Begin without an object. Files of unfinished ones stay, for offers to come. `disk` must outlive it. */
void object_in_init(struct object_in *o, const struct spool_disk *disk, struct object_in_limits limits);

/* A message of the service: OFFER, CHUNK, or DONE with OBJECT_GONE. */
void object_in_message(struct object_in *o, const struct object_message *m, struct now now);

/* A sync of the disk has ended; how it ended does not matter, because the actor verifies what is read back. */
void object_in_synced(struct object_in *o);

/* The session has ended: what was asked for does not come. */
void object_in_unlinked(struct object_in *o);

/* Take a request for the actor; its header is the caller's. NULL: there is none. */
const struct actor_object *object_in_ask(struct object_in *o);

/* The actor's answer to it. An answer about another object is passed over. */
void object_in_answer(struct object_in *o, const struct actor_object_answer *answer, struct now now);

/* Take a message for the service; its text lies in `o` until the next call. False: there is none now. */
bool object_in_take(struct object_in *o, struct now now, struct object_message *out);

/* When object_in_take() has something although nothing happened; INT64_MAX: not. */
int64_t object_in_deadline(const struct object_in *o);
