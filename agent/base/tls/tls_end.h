/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One end of a TLS connection, client or server, without a socket. The user feeds in the encrypted bytes that arrived,
 * and encrypted bytes to be sent go to a function of the user. Nothing here waits. A libuv shell, a blocking program
 * and a test all use it in the same way:
 *
 *	tls_end_feed(end, bytes that arrived);
 *	while ((step = tls_end_read(end, out, cap, &got)) == TLS_DONE)
 *		use(out, got);
 *
 * When step is TLS_WAIT_READ, all bytes that were fed have been used. tls_end_read() and tls_end_write() first do the
 * handshake, unless it was done; tls_end_shake() does only the handshake.
 *
 * Memory: tls_end_new() allocates the library's buffers, and tls_end_free() frees them. They take about 40 kB with the
 * libraries of distributions; an idle connection uses half of that. A handshake allocates more and frees it.
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
	TLS_DONE,	/* the call did what it is for */
	TLS_WAIT_READ,	/* feed more bytes, then call again */
	TLS_WAIT_WRITE, /* tls_out.put took no bytes: call again when it can take some */
	TLS_CLOSED,	/* the peer has closed the connection in good order (close_notify, RFC 8446 6.1) */
	TLS_FAILED,	/* the connection has ended; tls_end_why() says why */
};

/* Where encrypted bytes go. `put` reads them in the library's own buffer. */
struct tls_out {
	/*
	 * Send some of the bytes, from the front. Returns how many were sent. 0: none can be sent now, and the next
	 * call has the same bytes. Negative: the connection is lost; tls_end_hung_up() may have been told the reason.
	 */
	int (*put)(void *context, const void *bytes, size_t len);
	void *context;
};

/* Make one end. It is a user of conf. conf's callbacks get `peer`. NULL: out of memory. */
struct tls_end *tls_end_new(struct tls_conf *conf, struct tls_out out, void *peer);

/* Free the end and its memory. Sends nothing. NULL does nothing. */
void tls_end_free(struct tls_end *end);

/*
 * Begin a new connection. The same end can have any number of connections, one after another. A client offers to resume
 * the session of the last one. wall_s is the wall clock in seconds since 1970; it is used for conf's `clockless` and in
 * the text of tls_end_why(). ERR_NO_MEMORY.
 */
ERR_CHECK enum err tls_end_begin(struct tls_end *end, int64_t wall_s);

/*
 * Feed encrypted bytes that arrived. They must stay until a call returns TLS_WAIT_READ, TLS_CLOSED or TLS_FAILED. More
 * may be fed only after TLS_WAIT_READ; fed earlier, they end the connection.
 */
void tls_end_feed(struct tls_end *end, struct str bytes);

/* How many of the bytes that were fed have not been used. */
size_t tls_end_fed(const struct tls_end *end);

/* Do the handshake, or what can be done of it now. TLS_DONE: it is complete. */
enum tls_step tls_end_shake(struct tls_end *end);

/* Write up to cap decrypted bytes to out. After TLS_DONE, *got is at least 1; otherwise it is 0. */
enum tls_step tls_end_read(struct tls_end *end, void *out, size_t cap, size_t *got);

/*
 * Encrypt some of the bytes, from the front, at most one TLS record; *taken is how many. After TLS_WAIT_READ or
 * TLS_WAIT_WRITE the next call must begin with the same bytes; more may follow them.
 */
enum tls_step tls_end_write(struct tls_end *end, struct str bytes, size_t *taken);

/*
 * Send close_notify, as far as tls_out.put takes its bytes at once. Nothing can be written afterwards; what arrives can
 * still be read.
 */
void tls_end_close(struct tls_end *end);

/*
 * Say that the connection below was lost without close_notify. `reason` is a text, which must stay; NULL: the peer
 * closed the connection.
 */
void tls_end_hung_up(struct tls_end *end, const char *reason);

/* -- the results of a handshake -- */

/* The protocol that both ends agreed on (RFC 7301). NULL: none. */
const char *tls_end_alpn(const struct tls_end *end);

/* Whether a session was resumed, so that the peer showed no certificate. */
bool tls_end_resumed(const struct tls_end *end);

/*
 * What is wrong with the peer's certificate, TLS_CERT_* and other bits of the library. 0: nothing, or a resumed
 * session.
 */
uint32_t tls_end_faults(const struct tls_end *end);

/* Write the certificate at place `at` of the peer's chain; the leaf is at 0. False: there is none. */
bool tls_end_certificate(const struct tls_end *end, unsigned at, struct tls_cert *out);

/* What is wrong with the peer's chain if only this root is trusted. The names in the chain are not compared. */
uint32_t tls_end_faults_under(const struct tls_end *end, const struct tls_cert *root);

/* As tls_conf_validity() for the configuration of this end. */
bool tls_end_validity(const struct tls_end *end, int64_t *not_before_s, int64_t *not_after_s);

/* The `peer` of tls_end_new(). */
void *tls_end_peer(const struct tls_end *end);

/* Write why the connection has ended, as the end of a sentence. Empty: the peer closed it, or nothing is wrong. */
void tls_end_why(const struct tls_end *end, char out[TLS_WHY_MAX]);
