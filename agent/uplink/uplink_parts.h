/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the session share: its state. For this folder only. */
#pragma once

#include "agent/uplink/arena.h"
#include "agent/uplink/backoff.h"
#include "agent/uplink/batch.h"
#include "agent/uplink/flights.h"
#include "agent/uplink/inbox.h"
#include "agent/uplink/object_in.h"
#include "agent/uplink/object_out.h"
#include "agent/uplink/renewal.h"
#include "agent/uplink/uplink.h"
#include "agent/uplink/wire.h"

#define OUT_BYTES (BATCH_HEAD + UPLINK_BATCH_MAX)

enum state { OFF, WAITING, CONNECTING, GREETING, UP, REVOKED };

struct uplink {
	struct spool *spool;
	const struct uplink_about *about;
	struct backoff backoff;
	struct now now; /* of the last call */
	enum state state;
	bool want_connect, want_close, want_csr, want_acked, want_clock, want_revoked, want_certificate;
	bool more;	   /* the spool may have records that were not sent */
	uint32_t attempts; /* tries to connect since the last Welcome */
	int64_t connect_us, answer_us, sent_us, welcomed_us;
	uint64_t sent_seq, acked_seq, sent_max;
	uint8_t hello_id[SPOOL_ID]; /* the spool's identity in the Hello of this session */
	uint64_t frames_in, frames_out, welcomes;
	uint32_t window_bytes, batch_bytes;
	int64_t keepalive_us;
	int64_t wall_offset_us; /* the service's clock minus the device's, by the last Welcome */
	uint64_t trust_version; /* of the trust bundle in force, for Hello */
	struct renewal renewal;
	struct flights flights;
	size_t pending;
	char error[128];
	struct wire_message message;
	struct actor_act act; /* of a WIRE_IMMUNITY */
	struct {
		bool use; /* the caller has named a disk for objects */
		struct object_in in;
		struct object_out out;
	} objects;
	size_t out_len;
	bool out_given; /* the caller has taken `out`, which may be used again at the next call */
	struct arena arena;
	struct inbox in;
	uint8_t out[OUT_BYTES];
};

/* -- uplink_objects.c: objects over this session. A build without CONFIG_OBJECTS has none of it. -- */

/* A message about an object has come. */
void uplink_objects_received(struct uplink *u, const struct object_message *m);

/* A request for the actor; NULL: there is none. */
const struct actor_object *uplink_objects_ask(struct uplink *u);

/* Put the next frame about objects into `out`; empty: there is none now. Call it only when nothing else is to be sent.
 */
struct str uplink_objects_frame(struct uplink *u);

/* The session has ended. */
void uplink_objects_unlinked(struct uplink *u);

/* When uplink_objects_frame() has one although nothing happened; INT64_MAX: not. */
int64_t uplink_objects_deadline(const struct uplink *u);
