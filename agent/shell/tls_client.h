/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A TLS client over a connected, non-blocking socket, for the link and for enrolment: TLS 1.2 with mbedTLS 2.28,
 * TLS 1.3 with 3.6; ECDHE-ECDSA with AEAD only. The caller waits for the socket; nothing here blocks.
 *
 * The server is known either by the fleet's CA (ca_pem) or, before there is one on the device, by the SHA-256 of
 * the root certificate at the end of the chain it sends (ca_sha256). A device whose clock is before
 * NOW_EARLIEST_S has no clock: there a certificate that is "not valid yet" is taken, and only there.
 *
 * Memory: a configured client holds the library's contexts (about 40 kB with distribution builds); they are kept
 * between connections. The session of the last connection is resumed when the server gave a ticket.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TLS_CLIENT_WHY_MAX 192

struct tls_client;

struct tls_client_setup {
	const char *alpn;		/* the one protocol; must stay */
	const char *server_name;	/* host name or address that the certificate must be for */
	struct str ca_pem;		/* trusted roots; empty: ca_sha256 decides */
	const uint8_t *ca_sha256;
	struct str cert_pem, key_pem;	/* our identity, leaf first; empty: none. All PEM has a NUL behind it */
};

enum tls_step {
	TLS_DONE,	/* it was done */
	TLS_WAIT_READ,	/* call again when the socket is readable */
	TLS_WAIT_WRITE,	/* ... writable */
	TLS_FAILED,	/* over; tls_client_why says the reason */
};

/* Allocates. NULL: out of memory. */
struct tls_client *tls_client_new(void);
void tls_client_free(struct tls_client *c);

/* Take over new certificates; a kept session is forgotten. ERR_CORRUPT: what does not parse is said in why. */
ERR_CHECK enum err tls_client_configure(struct tls_client *c, const struct tls_client_setup *setup);

/* Begin on a new connection. */
ERR_CHECK enum err tls_client_begin(struct tls_client *c, int fd);

enum tls_step tls_client_handshake(struct tls_client *c);

/* Some bytes. TLS_FAILED with an empty why: the peer closed in good order. */
enum tls_step tls_client_read(struct tls_client *c, void *out, size_t cap, size_t *got);

/* Some bytes are taken, at most one TLS record; after TLS_WAIT_* call again with the same data. */
enum tls_step tls_client_write(struct tls_client *c, struct str data, size_t *taken);

/* Say goodbye, as far as the socket takes it at once. The socket stays the caller's to close. */
void tls_client_end(struct tls_client *c);

/* Whether the last handshake resumed a session. */
bool tls_client_resumed(const struct tls_client *c);

/* Our own certificate's validity, seconds since 1970; false without one. */
bool tls_client_validity(const struct tls_client *c, int64_t *not_before_s, int64_t *not_after_s);

/* Why it failed, a sentence's end. */
const char *tls_client_why(const struct tls_client *c);
