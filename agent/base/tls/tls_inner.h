/* SPDX-License-Identifier: Apache-2.0 */
/* The structs behind tls_conf.h and tls_end.h. Only the files of this folder include it. */
#pragma once

#include "agent/base/addr.h"
#include "agent/base/tls/tls_cert.h"
#include "agent/base/tls/tls_conf.h"
#include "agent/base/tls/tls_end.h"

#include <mbedtls/ssl.h>
#include <mbedtls/x509_crt.h>

#include "agent/base/mbedtls_compat.h"

#define TLS_SUITES_MAX 10

struct tls_conf {
	unsigned users;		     /* the connections, and the maker until tls_conf_drop() */
	struct tls_conf_setup setup; /* its PEM texts are not read after tls_conf_new() */
	bool has_own;
	uint8_t pin[32];
	struct addr address; /* the server's name if that is an address, else family 0 */
	char server_name[TLS_SERVER_NAME_MAX];
	void (*judge)(void *peer, const struct tls_cert *cert, int depth, uint32_t *faults);
	const struct tls_tickets *tickets;
	void *library_tickets;
	void (*free_library_tickets)(void *library_tickets);
	struct tls_end *current; /* the end that is being served: the library's callbacks get the configuration only */
	int suites[TLS_SUITES_MAX]; /* the library reads them while the configuration is used; 0 ends them */
	mbedtls_ssl_config conf;
	mbedtls_x509_crt ca, own;
	mbedtls_pk_context key;
};

struct tls_end {
	struct tls_conf *conf;
	struct tls_out out;
	void *peer;
	struct str in;	/* bytes that were fed and not used */
	size_t writing; /* bytes of the last write that the library could not send yet */
	bool begun, full, over, hung_up, closed;
	bool starved;	    /* the library asked for bytes and there were none */
	bool shaken;	    /* the handshake was completed; the library repeats a part of it for each TLS 1.3 ticket */
	bool heard;	    /* the peer has sent data after the handshake, so it has accepted this end */
	bool foreign;	    /* the server agreed on none of Caltrop's protocols */
	int result;	    /* the library's last result, once the connection has ended */
	const char *reason; /* why the connection was lost; NULL: the peer closed it */
	int64_t wall_s;
	mbedtls_ssl_session *session; /* a client's, for the next connection; NULL: none */
	mbedtls_ssl_context ssl;
};

/* A certificate of the library, for the users of TLS. The memory stays the library's. */
struct tls_cert tls_cert_of(const mbedtls_x509_crt *crt);

/* A time of a certificate as seconds since 1970. */
int64_t tls_cert_seconds(const mbedtls_x509_time *t);
