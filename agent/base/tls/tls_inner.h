/* SPDX-License-Identifier: Apache-2.0 */
/* The insides of tls_conf and tls_end, for the files of this folder alone. */
#pragma once

#include "agent/base/addr.h"
#include "agent/base/tls/tls_cert.h"
#include "agent/base/tls/tls_conf.h"
#include "agent/base/tls/tls_end.h"

#include <mbedtls/ssl.h>
#include <mbedtls/x509_crt.h>

#include "agent/base/mbedtls_compat.h"

struct tls_conf {
	unsigned users;		     /* the connections, and whoever made it */
	struct tls_conf_setup setup; /* without the PEM, which did not have to stay */
	bool has_own;
	uint8_t pin[32];
	struct addr address; /* the server's name when it is one, else family 0 */
	char server_name[TLS_SERVER_NAME_MAX];
	void (*judge)(void *peer, const struct tls_cert *cert, int depth, uint32_t *faults);
	const struct tls_tickets *tickets;
	void *library_tickets;
	void (*free_library_tickets)(void *library_tickets);
	struct tls_end *current; /* the library's callbacks know the configuration only */
	mbedtls_ssl_config conf;
	mbedtls_x509_crt ca, own;
	mbedtls_pk_context key;
};

struct tls_end {
	struct tls_conf *conf;
	struct tls_out out;
	void *peer;
	struct str in;	/* what came and was not used up */
	size_t writing; /* the library holds this much of what was to be written */
	bool begun, full, over, hung_up, said_goodbye;
	bool starved;	    /* the library asked for more than was fed */
	bool shaken;	    /* once; the library goes back to shaking for each ticket of TLS 1.3 */
	bool heard;	    /* the peer has sent something since: it wants us */
	bool foreign;	    /* the server speaks none of our protocols */
	int result;	    /* of the library, when it is over */
	const char *reason; /* why the connection was lost; NULL: the peer closed it */
	int64_t wall_s;
	mbedtls_ssl_session *session; /* of a client, for the next connection; NULL: none */
	mbedtls_ssl_context ssl;
};

struct tls_cert tls_cert_of(const mbedtls_x509_crt *crt);

/* Seconds since 1970. */
int64_t tls_cert_seconds(const mbedtls_x509_time *t);
