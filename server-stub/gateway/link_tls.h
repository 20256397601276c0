/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS as the gateway wants it: its certificate with the fleet's root behind it, client certificates by that root, two
 * protocols (ALPN), tickets that remember the device. One of these belongs to one loop: the library keeps
 * tables inside keys and is not to be shared between threads. Replaced as a whole when certificates change.
 */
#pragma once

#include "agent/base/err.h"
#include "server-stub/gateway/ticket.h"

#include <mbedtls/pk.h>
#include <mbedtls/ssl.h>
#include <mbedtls/x509_crt.h>

#define LINK_TLS_ERROR_MAX   512
#define LINK_TLS_ALPN        "caltrop/1"
#define LINK_TLS_ALPN_ENROLL "caltrop-enroll/1"

/* What a handshake found out about the peer; the loop points `current` at the connection it is working for. */
struct link_tls_peer {
	mbedtls_ssl_context *ssl;
	struct ticket_identity identity;
	bool has_identity; /* a certificate that was in order, or a ticket */
	bool resumed;
	uint32_t flags; /* what was wrong with the certificate (mbedtls/x509.h) */
};

struct link_tls {
	unsigned users; /* connections that use it; the loop frees it when it is replaced and nobody does */
	bool replaced;
	struct ticket_keys *tickets;
	int64_t grace_s;
	struct link_tls_peer *current;
	mbedtls_ssl_config conf;
	mbedtls_x509_crt own, ca;
	mbedtls_pk_context key;
};

struct link_tls_setup {
	const char *dir;
	struct ticket_keys *tickets;
	int64_t grace_s; /* how long after its end a device's certificate is still taken */
};

/* Loads server.pem, server_key.pem and ca.pem. error is a sentence. */
ERR_CHECK enum err link_tls_open(
	const struct link_tls_setup *setup, struct link_tls **out, char error[LINK_TLS_ERROR_MAX]);
void link_tls_close(struct link_tls *tls);

/*
 * Go on with the handshake of tls->current; the library's result. Only afterwards, and only here, is it known that a
 * session was resumed: a ticket that opens proves nothing yet (they can be read on the wire of TLS 1.2), and the
 * library may go on to a full handshake after it.
 */
int link_tls_handshake(struct link_tls *tls);

/* When server.pem ends, seconds since 1970; 0: it is not there or no certificate. */
int64_t link_tls_server_ends(const char *dir);
