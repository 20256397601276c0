/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One end of a TLS connection, client or server, without a socket: encrypted bytes that came are fed in, encrypted
 * bytes to send go to a function of the user, and nothing here waits. A libuv shell, a blocking program and a test all
 * turn the same crank:
 *
 *	tls_end_feed(end, bytes that came);
 *	while ((step = tls_end_read(end, out, cap, &got)) == TLS_DONE)
 *		use(out, got);
 *
 * until step is TLS_WAIT_READ; then all that was fed has been used up. tls_end_read and tls_end_write shake hands
 * first, when that has not been done; tls_end_shake does so alone.
 *
 * Memory: the library's buffers, allocated by tls_end_new (about 40 kB with distribution builds, of which a quiet
 * connection touches half) and kept until tls_end_free. A handshake allocates more and frees it.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/str.h"
#include "agent/base/tls/tls_conf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TLS_WHY_MAX 192

enum tls_step {
	TLS_DONE,	/* it was done */
	TLS_WAIT_READ,	/* feed more, then call again */
	TLS_WAIT_WRITE, /* tls_out.put took nothing: call again when it can */
	TLS_CLOSED,	/* the peer said goodbye in good order */
	TLS_FAILED,	/* it is over; tls_end_why says the reason */
};

/* Where encrypted bytes go. They are the library's own: no copy is made before `put`. */
struct tls_out {
	/*
	 * Take some of the bytes from their front: how many. 0: none now, the same ones come again. Negative: the
	 * connection is gone (the reason may be given to tls_end_hung_up before).
	 */
	int (*put)(void *context, const void *bytes, size_t len);
	void *context;
};

/* The connection holds conf. `peer` is passed to the callbacks of conf. NULL: out of memory. */
struct tls_end *tls_end_new(struct tls_conf *conf, struct tls_out out, void *peer);

/* NULL does nothing. */
void tls_end_free(struct tls_end *end);

/*
 * Begin on a new connection; again and again, in the same memory. A client offers the session of the last one. wall_s
 * is the time since 1970, for a client without a clock and for the texts. ERR_NO_MEMORY.
 */
ERR_CHECK enum err tls_end_begin(struct tls_end *end, int64_t wall_s);

/*
 * Encrypted bytes that came. They are borrowed until a call returns TLS_WAIT_READ, TLS_CLOSED or TLS_FAILED; only after
 * TLS_WAIT_READ may more be fed: earlier, it would end the connection.
 */
void tls_end_feed(struct tls_end *end, struct str bytes);

/* How many of the bytes that were fed have not been used up. */
size_t tls_end_fed(const struct tls_end *end);

enum tls_step tls_end_shake(struct tls_end *end);

/* Decrypted bytes, at least one after TLS_DONE. */
enum tls_step tls_end_read(struct tls_end *end, void *out, size_t cap, size_t *got);

/*
 * Encrypt some of the bytes from their front, at most one TLS record. After TLS_WAIT_* come again with the same bytes
 * in front; there may be more behind them by then.
 */
enum tls_step tls_end_write(struct tls_end *end, struct str bytes, size_t *taken);

/* Say goodbye, as far as the bytes are taken at once. Nothing is written after it; what comes can still be read. */
void tls_end_close(struct tls_end *end);

/* The connection below ended without a goodbye. `reason` (a text that stays) NULL: the peer closed it. */
void tls_end_hung_up(struct tls_end *end, const char *reason);

/* -- what a handshake found out -- */

/* The protocol that both speak; NULL: none was agreed on. */
const char *tls_end_alpn(const struct tls_end *end);

/* Whether a session was resumed, so that no certificates were shown. */
bool tls_end_resumed(const struct tls_end *end);

/* What is wrong with the peer's certificate (TLS_CERT_* and others of the library); 0: nothing, or it was resumed. */
uint32_t tls_end_faults(const struct tls_end *end);

/* The peer's certificates as it sent them, the leaf first; false: there is none at that place. */
bool tls_end_certificate(const struct tls_end *end, unsigned at, struct tls_cert *out);

/* What is wrong with the peer's chain if this root alone is trusted, whatever names are in it. */
uint32_t tls_end_faults_under(const struct tls_end *end, const struct tls_cert *root);

/* When our own certificate is valid; see tls_conf_validity. */
bool tls_end_validity(const struct tls_end *end, int64_t *not_before_s, int64_t *not_after_s);

/* The `peer` of tls_end_new. */
void *tls_end_peer(const struct tls_end *end);

/* Why it is over, the end of a sentence; empty when the peer just closed it, or when nothing was wrong. */
void tls_end_why(const struct tls_end *end, char out[TLS_WHY_MAX]);
