/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The link's messages (proto/caltrop/v1/link.proto) as plain values, so that the session needs no protobuf. Messages to
 * the service are appended to a buffer as frames. Messages to the device are unpacked into an arena and checked against
 * the device's limits.
 */
#pragma once

#include "agent/base/buf.h"
#include "agent/base/now.h"
#include "agent/base/str.h"
#include "agent/common/message.h"
#include "agent/uplink/arena.h"
#include "agent/uplink/uplink.h"
#include "proto/object_message.h"

#include <stdbool.h>
#include <stdint.h>

enum wire_kind {
	WIRE_UNKNOWN, /* a message that only newer devices know; it is ignored */
	WIRE_WELCOME,
	WIRE_ACK,
	WIRE_ORDER,
	WIRE_RENEWED,
	WIRE_PONG,
	WIRE_GOODBYE,
	WIRE_OBJECT,
	WIRE_TRUST,
	WIRE_IMMUNITY,
};

#define WIRE_CERTIFICATES_MAX 4

struct wire_message {
	enum wire_kind kind;
	uint64_t committed_seq;				     /* WELCOME, ACK */
	uint32_t window_bytes, keepalive_s, batch_bytes_max; /* WELCOME */
	int64_t wall_us;				     /* WELCOME */
	struct actor_order order;			     /* ORDER: the caller sets received_us */
	struct addr addr;				     /* IMMUNITY */
	uint32_t duration_s;				     /* IMMUNITY */
	struct str
		certificates[WIRE_CERTIFICATES_MAX]; /* RENEWED: the leaf first, ended by an empty one; in the arena */
	struct str text;			     /* RENEWED, GOODBYE: the reason; in the arena */
	struct str trust;			     /* TRUST: a sealed bundle; in the arena */
	uint32_t retry_s;			     /* GOODBYE */
	bool revoked;				     /* GOODBYE */
	struct object_message object;		     /* OBJECT: borrows from the frame */
};

/* Append a frame. One that does not fit sets the buffer's `overflow`. */
struct wire_hello {
	const struct uplink_about *about;
	const struct spool *spool;
	uint64_t trust_version;
};
void wire_put_hello(struct buf *b, const struct wire_hello *w, struct now now);
void wire_put_seen(struct buf *b, const uint8_t order_id[16]);
void wire_put_renew(struct buf *b, struct str csr);
void wire_put_ping(struct buf *b, uint64_t nonce);

/*
 * Read one frame's message. The call resets the arena; the message's texts and certificates lie in it until the next
 * reset. ERR_PROTOCOL: the frame is not a ToDevice message, or the message is larger than a device takes. ERR_TOO_LONG:
 * its order is longer than the actor takes.
 */
ERR_CHECK enum err wire_take(struct arena *arena, struct str frame, struct wire_message *out);
