/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The service's half of one link's session above TLS (proto/caltrop/v1/link.proto). Pure: decrypted bytes and time in,
 * frames and requests out. Treats the device as a witness: its identity is the certificate's, handed in at start.
 *
 * Small on purpose: ten thousand of them live in one process. Unpacking uses the loop's shared scratch memory; a
 * session holds only a partial frame when one is under way (in a pooled buffer) and its counters.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/now.h"
#include "agent/base/str.h"
#include "server-stub/store/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SESSION_WINDOW_BYTES (256 * 1024)
#define SESSION_KEEPALIVE_S 120
#define SESSION_SILENCE_S 300		     /* without a byte for so long the link is dead */
#define SESSION_BATCH_BYTES (16 * 1024 - 64) /* asked of devices: a frame then fits one TLS record */

enum session_action {
	SESSION_SEND = 1, /* bytes: frames to encrypt and write */
	SESSION_HELLO,	  /* the device said hello (fields below); answer with session_welcome */
	SESSION_BATCH,	  /* batch: give to ingest; call session_committed when durable */
	SESSION_SEEN,	  /* order_id: the device's actor has it */
	SESSION_RENEW,	  /* bytes: a CSR; answer with session_renewed */
	SESSION_CLOSE,	  /* text says why */
};

struct session_hello {
	uint8_t spool_id[16];
	uint64_t oldest_seq, next_seq;
	char version[STORE_NAME_MAX], hostname[STORE_NAME_MAX], kernel[STORE_TEXT_MAX], arch[STORE_NAME_MAX];
	int64_t wall_us;
};

struct session_effect {
	enum session_action action;
	struct str bytes; /* SEND, RENEW: valid until the next call */
	struct session_hello hello;
	struct store_batch batch; /* blob: valid until the next call */
	uint8_t order_id[16];
	const char *text;
};

/* Where a session keeps a frame that came in part. `get` returns NULL when there is none: the session is closed. */
struct session_pool {
	void *context;
	void *(*get)(void *context, size_t len);
	void (*put)(void *context, void *memory, size_t len);
};

/* Shared by all sessions of one loop: memory to pack in, and a pool of a few frames unless the caller brings one. */
struct session_scratch;
size_t session_scratch_size(void);
struct session_scratch *session_scratch_init(void *memory);
void session_scratch_pool(struct session_scratch *scratch, const struct session_pool *pool);

/*
 * Effects are made as they are taken: after each call below take until there are none, before the next call for any
 * session of the same scratch. Bytes fed stay valid until then. Calls that answer an effect may be made in between.
 */
struct session;
size_t session_size(void);
struct session *session_init(void *memory, struct session_scratch *scratch, const uint8_t device[STORE_ID]);

/* Gives a frame that came in part back to the pool. Nothing else to release. */
void session_end(struct session *s);

void session_feed(struct session *s, struct str bytes, struct now now);
bool session_take(struct session *s, struct session_effect *effect);

void session_welcome(struct session *s, uint64_t committed_seq, struct now now);
void session_committed(struct session *s, uint64_t committed_seq, struct now now);
/* ERR_NOT_YET: not welcomed (send it then); ERR_FULL: take first; ERR_CLOSED. */
ERR_CHECK enum err session_order(struct session *s, const struct store_order *order, struct now now);
/* certificate empty: refused, `error` says why. Trust is an encoded caltrop.v1.Trust. */
void session_renewed(struct session *s, struct str certificate, struct str ca, struct str trust, const char *error);
/* Last words; SESSION_CLOSE follows. The device comes back after retry_s, 0: when it likes. */
void session_retry(struct session *s, const char *reason, uint32_t retry_s);
void session_goodbye(struct session *s, const char *reason, bool revoked);

/* When silence means the link is dead; INT64_MAX before the first byte. */
int64_t session_deadline(const struct session *s);
void session_tick(struct session *s, struct now now);
