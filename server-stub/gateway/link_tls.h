/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The gateway's TLS: the service's certificate followed by the fleet's root, client certificates signed by that root,
 * two protocols (ALPN), and tickets that carry the device's identity. Each loop has one, because the library changes
 * keys while it uses them, so threads must not share them. When certificates change, a new one replaces it.
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
	bool has_certificate, has_ticket; /* where `identity` came from; see link_tls_knows */
	uint32_t faults;		  /* what was wrong with the certificate (TLS_CERT_*) */
};

struct link_tls {
	unsigned users; /* the connections that use it; once it is replaced, the loop frees it when there are none */
	bool replaced;
	struct ticket_keys *keys;
	int64_t grace_s;
	struct tls_tickets tickets;
	struct tls_conf *conf;
};

struct link_tls_setup {
	const char *dir;
	struct ticket_keys *tickets;
	int64_t grace_s; /* a device's certificate is accepted for this time after it expired */
};

/* Load server.pem, server_key.pem and ca.pem. On an error `error` is a sentence. */
ERR_CHECK enum err link_tls_open(const struct link_tls_setup *setup, struct link_tls **out,
				 char error[LINK_TLS_ERROR_MAX]);
void link_tls_close(struct link_tls *tls);

/*
 * Whether the peer's identity is proven: by its certificate after a full handshake, by its ticket after a resumed one.
 * A ticket that could be opened proves nothing before the handshake is done: with TLS 1.2 anybody on the way can read
 * tickets, and a full handshake may follow.
 */
bool link_tls_knows(const struct tls_end *end);
