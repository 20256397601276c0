/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The device's half of the link's session (proto/caltrop/v1/link.proto) above TLS and below the spool. Pure:
 * bytes that TLS decrypted go in, frames to encrypt come out. Knows hello/welcome, batching in the service's
 * window, cumulative acknowledgement, keep-alive, back-off with jitter, orders coming down and renewal. Never
 * blocks, never allocates after init except through the fixed arena it was given (protobuf-c's unpacking uses a
 * bounded bump allocator).
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/hash.h"
#include "agent/base/now.h"
#include "agent/base/str.h"
#include "agent/common/message.h"
#include "agent/spool/spool.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct uplink_about { /* what Hello says; borrowed, must outlive the uplink */
	const char *version, *hostname, *kernel, *arch;
	const char *const *features; /* NULL-terminated */
	uint8_t boot_id[16];
	int64_t boot_wall_us;
};

#define UPLINK_FEED_MAX 16384
#define UPLINK_FRAME_MAX 16384		  /* of a message to the device; longer ends the link */
#define UPLINK_BATCH_MAX 61440		  /* bytes of one batch, and less when the service says so */
#define UPLINK_PENDING_MAX 65536	  /* in the transport; above it nothing is produced */
#define UPLINK_ANSWER_US (60 * SECOND_US) /* silence for so long when an answer is due ends the link */

enum uplink_action {
	UPLINK_CONNECT = 1, /* open TCP+TLS; then uplink_connected or uplink_disconnected */
	UPLINK_SEND,	    /* bytes: whole frames to write to TLS */
	UPLINK_CLOSE,	    /* close the connection; text says why. uplink_disconnected need not be called */
	UPLINK_ORDER,	    /* hand to the core as INPUT_ORDER */
	UPLINK_ACKED,	    /* spool_ack was called with seq (informational) */
	UPLINK_MAKE_CSR,    /* certificate is due: make a key and call uplink_csr */
	UPLINK_CERTIFICATE, /* store the new identity (two-slot write), then reconnect */
	UPLINK_TRUST,	    /* not sent down this way today; reserved */
	UPLINK_REVOKED,	    /* the service refuses this identity: stop, say so in health */
	UPLINK_CLOCK,	    /* seq holds the service's wall_us: for devices without a clock */
};

struct uplink_effect {
	enum uplink_action action;
	struct str bytes; /* SEND; valid until the next call */
	const struct actor_order *order;
	struct {
		const uint8_t *data;
		size_t len;
	} certificate[4]; /* CERTIFICATE: leaf first; len 0 ends */
	uint64_t seq;
	const char *text;
};

struct uplink_health {
	bool welcome;		 /* session up */
	uint32_t attempts;	 /* connects since the last welcome */
	int64_t next_connect_us; /* CLOCK_BOOTTIME */
	uint64_t sent_seq, acked_seq;
	uint64_t frames_in, frames_out, welcomes;
	char last_error[128];
};

struct uplink;

size_t uplink_size(void);
struct uplink *uplink_init(void *memory, struct spool *spool, const struct uplink_about *about, struct hash_key jitter);

/* Start trying (at once), also again after UPLINK_REVOKED, with a new identity. Before it nothing happens. */
void uplink_start(struct uplink *u, struct now now);

/* Stop: says nothing more until uplink_start. The caller closes the connection itself. */
void uplink_stop(struct uplink *u);

void uplink_connected(struct uplink *u, struct now now);
void uplink_disconnected(struct uplink *u, const char *why, struct now now);

/*
 * Decrypted bytes, at most UPLINK_FEED_MAX at a time; take until false before feeding more. Protocol errors come
 * out as UPLINK_CLOSE and back-off.
 */
void uplink_feed(struct uplink *u, struct str bytes, struct now now);

/* The spool has new records: send if the window allows (batched until the next take). */
void uplink_wake(struct uplink *u, struct now now);

/* How many bytes of SENDs the transport still has queued; above a bound the uplink stops producing. */
void uplink_pending(struct uplink *u, size_t bytes);

/* The certificate's validity as the shell read it, wall seconds; renewal is asked for at two thirds. */
void uplink_validity(struct uplink *u, int64_t not_before_s, int64_t not_after_s);
void uplink_csr(struct uplink *u, struct str csr, struct now now);

/* The actor took the order with this id: tells the service (OrderSeen). */
void uplink_order_seen(struct uplink *u, const uint8_t order_id[16], struct now now);

bool uplink_take(struct uplink *u, struct uplink_effect *effect);
void uplink_tick(struct uplink *u, struct now now);
int64_t uplink_deadline(const struct uplink *u);
void uplink_health(const struct uplink *u, struct uplink_health *out);
