/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One device's TLS connection to a service, non-blocking, over mbedTLS 2.28 or 3.6. Keeps the session
 * ticket between connections. It does not check the service's certificate, a real guard does: the generator shares the
 * processors with what it measures. On loopback each comes from
 * an address of its own, so limits by address see many devices.
 */
#pragma once

#include "tests/bench/load/load_fleet.h"

#include <mbedtls/ssl.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct load_tls_key { /* shared by all */
	mbedtls_pk_context pk;
	const char *server_name;
	const char *alpn[2];
	uint32_t address; /* IPv4, host order; loopback unless changed */
	uint16_t port;
};

struct load_tls {
	const struct load_tls_key *key;
	int fd;		 /* -1: none */
	unsigned number; /* chooses the source address */
	bool has_session;
	bool full; /* this connection's handshake had certificates: it was no resumption */
	int error; /* of mbedTLS, for the failure's text */
	mbedtls_ssl_config conf;
	mbedtls_x509_crt cert;
	mbedtls_ssl_session session;
	mbedtls_ssl_context ssl;
};

enum load_tls_result { LOAD_TLS_DONE = 1, LOAD_TLS_READ, LOAD_TLS_WRITE, LOAD_TLS_ENDED };

/* Once per program: the key of all devices. `fleet` NULL: no client certificate. Exits on failure. */
void load_tls_key(struct load_tls_key *out, const struct load_fleet *fleet, const char *alpn, uint16_t port);

/* `identity` NULL: no client certificate. Borrowed. Exits on failure. */
void load_tls_init(struct load_tls *t, const struct load_tls_key *key, const struct load_identity *identity,
		   unsigned number);

/* Start to connect; false: the kernel refused (errno). A remembered session is offered. */
bool load_tls_open(struct load_tls *t);

/* Go on with the handshake. DONE once. READ/WRITE: call again when the socket can. */
enum load_tls_result load_tls_shake(struct load_tls *t);

/* Move bytes. DONE: *moved of them. */
enum load_tls_result load_tls_read(struct load_tls *t, void *out, size_t cap, size_t *moved);
enum load_tls_result load_tls_write(struct load_tls *t, const void *data, size_t len, size_t *moved);

/* Cut without a goodbye, as an outage does (RST). */
void load_tls_cut(struct load_tls *t);
