/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The link's messages (proto/caltrop/v1/link.proto) as plain values, so that the session knows no protobuf.
 * Frames go out into a buffer; what comes in is unpacked into an arena and checked against our limits.
 */
#pragma once

#include "agent/base/buf.h"
#include "agent/base/now.h"
#include "agent/base/str.h"
#include "agent/common/message.h"
#include "agent/uplink/arena.h"
#include "agent/uplink/uplink.h"

#include <stdbool.h>
#include <stdint.h>

enum wire_kind {
	WIRE_UNKNOWN, /* a message of a newer service: ignored */
	WIRE_WELCOME,
	WIRE_ACK,
	WIRE_ORDER,
	WIRE_RENEWED,
	WIRE_PONG,
	WIRE_GOODBYE,
};

#define WIRE_CERTIFICATES_MAX 4

struct wire_message {
	enum wire_kind kind;
	uint64_t committed_seq;				     /* WELCOME, ACK */
	uint32_t window_bytes, keepalive_s, batch_bytes_max; /* WELCOME */
	int64_t wall_us;				     /* WELCOME */
	struct actor_order order;			     /* ORDER: received_us is the caller's */
	struct str certificates[WIRE_CERTIFICATES_MAX];	     /* RENEWED: leaf first, empty ends; in the arena */
	struct str text;				     /* RENEWED, GOODBYE: why; in the arena */
	uint32_t retry_s;				     /* GOODBYE */
	bool revoked;					     /* GOODBYE */
};

/* Append a frame; an overflow leaves the buffer's flag set. */
void wire_put_hello(struct buf *b, const struct uplink_about *about, const struct spool *spool, struct now now);
void wire_put_seen(struct buf *b, const uint8_t order_id[16]);
void wire_put_renew(struct buf *b, struct str csr);
void wire_put_ping(struct buf *b, uint64_t nonce);

/*
 * Read one frame's message. The arena is used up and its borrowed parts live until its next reset. ERR_PROTOCOL: no
 * ToDevice, or larger than a device takes. ERR_TOO_LONG: an order that no actor would take.
 */
ERR_CHECK enum err wire_take(struct arena *arena, struct str frame, struct wire_message *out);
