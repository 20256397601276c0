/* SPDX-License-Identifier: Apache-2.0 */
/* Reads certificates. Whether one is trusted is decided only where the caller names the CA. */
#include "agent/base/tls/tls_cert.h"

#include "agent/base/days.h"
#include "agent/base/tls/tls_inner.h"

#include <string.h>

#define DAY_S 86400

_Static_assert(TLS_CERT_EXPIRED == MBEDTLS_X509_BADCERT_EXPIRED, "a number of the library");
_Static_assert(TLS_CERT_WRONG_NAME == MBEDTLS_X509_BADCERT_CN_MISMATCH, "a number of the library");
_Static_assert(TLS_CERT_UNTRUSTED == MBEDTLS_X509_BADCERT_NOT_TRUSTED, "a number of the library");
_Static_assert(TLS_CERT_OTHER == MBEDTLS_X509_BADCERT_OTHER, "a number of the library");
_Static_assert(TLS_CERT_FUTURE == MBEDTLS_X509_BADCERT_FUTURE, "a number of the library");

int64_t tls_cert_seconds(const mbedtls_x509_time *t)
{
	return days_from_date(t->year, t->mon, t->day) * DAY_S + t->hour * 3600 + t->min * 60 + t->sec;
}

struct tls_cert tls_cert_of(const mbedtls_x509_crt *crt)
{
	return (struct tls_cert){
		.der = {(const char *)crt->raw.p, crt->raw.len},
		.serial = {(const char *)crt->serial.p, crt->serial.len},
		.not_before_s = tls_cert_seconds(&crt->valid_from),
		.not_after_s = tls_cert_seconds(&crt->valid_to),
		.parsed = crt,
	};
}

size_t tls_cert_subject(const struct tls_cert *cert, char out[TLS_CERT_SUBJECT_MAX])
{
	const mbedtls_x509_crt *crt = cert->parsed;
	int len = mbedtls_x509_dn_gets(out, TLS_CERT_SUBJECT_MAX, &crt->subject);

	return len > 0 ? (size_t)len : 0;
}

int64_t tls_cert_ends(struct str pem)
{
	mbedtls_x509_crt crt;
	int64_t ends_s = 0;

	mbedtls_x509_crt_init(&crt);
	if (mbedtls_x509_crt_parse(&crt, (const unsigned char *)pem.data, pem.len + 1) == 0)
		ends_s = tls_cert_seconds(&crt.valid_to);
	mbedtls_x509_crt_free(&crt);
	return ends_s;
}

enum err tls_cert_names(struct str pem, struct buf *out)
{
	mbedtls_x509_crt crt;
	size_t before = out->len;
	enum err err = ERR_CORRUPT;

	mbedtls_x509_crt_init(&crt);
	if (mbedtls_x509_crt_parse(&crt, (const unsigned char *)pem.data, pem.len + 1) == 0)
		err = ERR_OK;
	for (const mbedtls_x509_sequence *n = &crt.subject_alt_names; err == ERR_OK && n && n->buf.p; n = n->next) {
		if ((n->buf.tag & MBEDTLS_ASN1_TAG_VALUE_MASK) != MBEDTLS_X509_SAN_DNS_NAME)
			continue;
		if (out->len > before)
			buf_text(out, " ");
		buf_bytes(out, n->buf.p, n->buf.len);
	}
	mbedtls_x509_crt_free(&crt);
	return err;
}

static enum err read_facts(mbedtls_x509_crt *crt, struct tls_cert_facts *out)
{
	const struct tls_cert cert = tls_cert_of(crt);
	int len = mbedtls_pk_write_pubkey_der(&crt->pk, out->key.bytes, sizeof(out->key.bytes));

	if (len <= 0 || cert.serial.len > sizeof(out->serial) || tls_cert_subject(&cert, out->subject) == 0)
		return ERR_INVALID;
	/* The library writes to the end of the memory. */
	memmove(out->key.bytes, out->key.bytes + sizeof(out->key.bytes) - (size_t)len, (size_t)len);
	out->key.len = (uint16_t)len;
	out->serial_len = cert.serial.len;
	memcpy(out->serial, cert.serial.data, cert.serial.len);
	out->not_after_s = cert.not_after_s;
	return ERR_OK;
}

enum err tls_cert_check(struct str der, struct str ca_der, struct tls_cert_facts *out)
{
	mbedtls_x509_crt crt, ca;
	uint32_t faults = 0;
	enum err err = ERR_INVALID;

	memset(out, 0, sizeof(*out));
	mbedtls_x509_crt_init(&crt);
	mbedtls_x509_crt_init(&ca);
	if (der.len == 0 || mbedtls_x509_crt_parse_der(&crt, (const unsigned char *)der.data, der.len) != 0 ||
	    mbedtls_x509_crt_parse_der(&ca, (const unsigned char *)ca_der.data, ca_der.len) != 0)
		goto out;
	err = ERR_UNTRUSTED;
	(void)mbedtls_x509_crt_verify(&crt, &ca, NULL, NULL, &faults, NULL, NULL);
	if ((faults & ~(TLS_CERT_EXPIRED | TLS_CERT_FUTURE)) == 0)
		err = read_facts(&crt, out);
out:
	mbedtls_x509_crt_free(&crt);
	mbedtls_x509_crt_free(&ca);
	return err;
}
