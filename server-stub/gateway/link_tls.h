/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS as the gateway wants it: its certificate with the fleet's root behind it, client certificates by that root, two
 * protocols (ALPN), tickets that remember the device. One of these belongs to one loop: the library keeps
 * tables inside keys and is not to be shared between threads. Replaced as a whole when certificates change.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/tls/tls_end.h"
#include "server-stub/gateway/ticket.h"

#define LINK_TLS_ERROR_MAX 512
#define LINK_TLS_ALPN "caltrop/1"
#define LINK_TLS_ALPN_ENROLL "caltrop-enroll/1"

/* What a handshake found out about the peer: the `peer` of its struct tls_end. */
struct link_tls_peer {
	struct link_tls *tls;
	struct ticket_identity identity;
	bool has_certificate, has_ticket; /* identity is that one's; see link_tls_knows */
	uint32_t faults;		  /* what was wrong with the certificate (TLS_CERT_*) */
};

struct link_tls {
	unsigned users; /* connections that use it; the loop frees it when it is replaced and nobody does */
	bool replaced;
	struct ticket_keys *keys;
	int64_t grace_s;
	struct tls_tickets tickets;
	struct tls_conf *conf;
};

struct link_tls_setup {
	const char *dir;
	struct ticket_keys *tickets;
	int64_t grace_s; /* how long after its end a device's certificate is still taken */
};

/* Loads server.pem, server_key.pem and ca.pem. error is a sentence. */
ERR_CHECK enum err link_tls_open(const struct link_tls_setup *setup, struct link_tls **out,
				 char error[LINK_TLS_ERROR_MAX]);
void link_tls_close(struct link_tls *tls);

/*
 * Whether the identity is known: from the peer's certificate after a full handshake, from its ticket after a resumed
 * one. A ticket that opens proves nothing before that: tickets can be read on the wire of TLS 1.2, and a full handshake
 * may follow.
 */
bool link_tls_knows(const struct tls_end *end);

/* When server.pem ends, seconds since 1970; 0: it is not there or no certificate. */
int64_t link_tls_server_ends(const char *dir);
