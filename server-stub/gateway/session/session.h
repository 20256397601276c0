/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The service's half of one link's session above TLS (proto/caltrop/v1/link.proto). Pure: decrypted bytes and time go
 * in, frames and requests come out. The device's identity is that of its certificate, given at the start; nothing that
 * the device sends changes it.
 *
 * A session is small, because one process holds ten thousand of them: its counters and, while a frame has come in part,
 * a buffer from a pool. Unpacking uses scratch memory that all sessions of a loop share.
 */
#pragma once

#include "agent/base/addr.h"
#include "agent/base/err.h"
#include "agent/base/now.h"
#include "agent/base/str.h"
#include "proto/object_message.h"
#include "server-stub/store/log.h"
#include "server-stub/store/registry.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SESSION_WINDOW_BYTES (256 * 1024)
#define SESSION_KEEPALIVE_S 120
#define SESSION_SILENCE_S 300 /* a link on which no byte came for this time is dead */
#define SESSION_BATCH_BYTES \
	(16 * 1024 - 64) /* devices are told to send no longer batch; a frame then fits one TLS record */

enum session_action {
	SESSION_SEND = 1, /* bytes: frames to encrypt and write */
	SESSION_HELLO,	  /* the device said hello (fields below); answer with session_welcome */
	SESSION_BATCH,	  /* batch: store it; call session_committed when it is durable */
	SESSION_SEEN,	  /* order_id: the device's actor has the order */
	SESSION_RENEW,	  /* bytes: a CSR; answer with session_renewed */
	SESSION_OBJECT,	  /* object: the device offers, fetches or sends one, or says what became of one */
	SESSION_CLOSE,	  /* text says why */
};

struct session_hello {
	uint8_t spool_id[16];
	uint8_t run[REGISTRY_RUN]; /* of the guard's identifiers of this start, or of this boot; zero: it sent none */
	uint64_t oldest_seq, next_seq;
	char version[STORE_NAME_MAX], hostname[STORE_NAME_MAX], kernel[STORE_TEXT_MAX], arch[STORE_NAME_MAX];
	char features[STORE_TEXT_MAX * 2]; /* with blanks between; those without room are left out */
	int64_t wall_us;
	uint64_t trust_version; /* of the trust bundle that the device has, 0: none */
};

struct session_effect {
	enum session_action action;
	struct str bytes; /* SEND, RENEW: valid until the next call */
	struct session_hello hello;
	struct log_batch batch; /* blob: valid until the next call */
	uint8_t order_id[16];
	struct object_message object; /* it borrows; valid until the next call */
	const char *text;
};

/* Where sessions get memory for a frame that came in part. When `get` returns NULL, the session closes. */
struct session_pool {
	void *context;
	void *(*get)(void *context, size_t len);
	void (*put)(void *context, void *memory, size_t len);
};

/* What all sessions of one loop share: memory to pack in, and a pool of a few frames unless the caller sets another. */
struct session_scratch;
size_t session_scratch_size(void);
struct session_scratch *session_scratch_init(void *memory);
void session_scratch_pool(struct session_scratch *scratch, const struct session_pool *pool);

/*
 * Effects are made when they are taken. After each call below, call session_take until it returns false, before the
 * next call for any session of the same scratch; calls that answer an effect may be made in between. Bytes that were
 * fed must stay valid until then.
 */
struct session;
size_t session_size(void);
struct session *session_init(void *memory, struct session_scratch *scratch, const uint8_t device[STORE_ID]);

/* End a session: it gives its buffer back to the pool. The memory stays the caller's. */
void session_end(struct session *s);

/* Give the session decrypted bytes. */
void session_feed(struct session *s, struct str bytes, struct now now);

/* Take the next effect. False: there is none. */
bool session_take(struct session *s, struct session_effect *effect);

/* Answer SESSION_HELLO and SESSION_BATCH: everything up to committed_seq is durable. */
void session_welcome(struct session *s, uint64_t committed_seq, struct now now);
void session_committed(struct session *s, uint64_t committed_seq, struct now now);

/* Send an order. ERR_NOT_YET: the session is not welcomed yet, send it afterwards; ERR_FULL: take effects first;
 * ERR_CLOSED. */
ERR_CHECK enum err session_order(struct session *s, const struct registry_order *order, struct now now);

/* Send a message about an object. The errors of session_order. */
ERR_CHECK enum err session_object(struct session *s, const struct object_message *m);

/* Send a sealed trust bundle. Errors as of session_order(). */
ERR_CHECK enum err session_trust(struct session *s, struct str sealed);

/* Have the device ban what its group does, for that long. Errors as of session_order(). */
ERR_CHECK enum err session_immunity(struct session *s, const struct addr *addr, uint32_t duration_s);

/* Answer SESSION_RENEW. An empty certificate refuses, and `error` says why. `trust` is an encoded caltrop.v1.Trust. */
void session_renewed(struct session *s, struct str certificate, struct str ca, struct str trust, const char *error);

/*
 * Send a goodbye with its reason; SESSION_CLOSE follows. session_retry asks the device to come back after retry_s, 0
 * leaves it to the device.
 */
void session_retry(struct session *s, const char *reason, uint32_t retry_s);
void session_goodbye(struct session *s, const char *reason, bool revoked);

/* When the link is dead unless a byte comes, monotonic; INT64_MAX before the first byte. Call session_tick then. */
int64_t session_deadline(const struct session *s);
void session_tick(struct session *s, struct now now);
