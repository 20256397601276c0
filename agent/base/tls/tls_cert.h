/* SPDX-License-Identifier: Apache-2.0 */
/* A certificate (RFC 5280) for the users of TLS, without the library's types. */
#pragma once

#include "agent/base/buf.h"
#include "agent/base/err.h"
#include "agent/base/key.h"
#include "agent/base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TLS_CERT_SUBJECT_MAX 256

/* What can be wrong with a certificate, as bits. The numbers are those of mbedtls/x509.h, which has more of them. */
#define TLS_CERT_EXPIRED 0x0001u
#define TLS_CERT_WRONG_NAME 0x0004u /* the certificate is for another server */
#define TLS_CERT_UNTRUSTED 0x0008u  /* the certificate's chain does not lead to a trusted root */
#define TLS_CERT_OTHER 0x0100u
#define TLS_CERT_FUTURE 0x0200u /* the certificate is not valid yet */

/* The memory belongs to the connection or the configuration that the certificate came from, and lives as long. */
struct tls_cert {
	struct str der, serial;
	int64_t not_before_s, not_after_s; /* seconds since 1970 */
	const void *parsed;		   /* private: the library's own */
};

/* Write the subject as text ("CN=name, O=..."). Returns its length; 0: it does not fit. */
size_t tls_cert_subject(const struct tls_cert *cert, char out[TLS_CERT_SUBJECT_MAX]);

/*
 * When the first certificate of a PEM text expires, in seconds since 1970. 0: the text has no certificate. A NUL that
 * is not counted must follow the text.
 */
int64_t tls_cert_ends(struct str pem);

/*
 * Append the names (subjectAltName dNSName) of the first certificate of a PEM text, with blanks between. ERR_CORRUPT:
 * the text has no certificate. A NUL that is not counted must follow the text.
 */
ERR_CHECK enum err tls_cert_names(struct str pem, struct buf *out);

/* What a certificate says that did not come with a connection. */
struct tls_cert_facts {
	char subject[TLS_CERT_SUBJECT_MAX];
	uint8_t serial[20]; /* RFC 5280 4.1.2.2: no longer */
	size_t serial_len;
	int64_t not_after_s;
	struct key_der key; /* public */
};

/*
 * Read a certificate (DER) that the CA (DER) has signed. Whether it has expired is left to the caller. ERR_INVALID: it
 * is no certificate, or its key is too long; ERR_UNTRUSTED: that CA has not signed it.
 */
ERR_CHECK enum err tls_cert_check(struct str der, struct str ca_der, struct tls_cert_facts *out);
