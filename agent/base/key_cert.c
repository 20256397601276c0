/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes certificate requests (RFC 2986) and certificates (RFC 5280) in DER by mbedTLS's X.509 writer. The two
 * extensions for which 2.28 has no function are written here. Never decides who gets a certificate.
 */
#include "agent/base/key.h"

#include "agent/base/buf.h"
#include "agent/base/key_curve.h"
#include "agent/base/mbedtls_compat.h"
#include "agent/base/str.h"

#include <mbedtls/asn1.h>
#include <mbedtls/oid.h>
#include <mbedtls/x509_crt.h>
#include <mbedtls/x509_csr.h>

#include <stdio.h>
#include <string.h>

#define DER_SEQUENCE (MBEDTLS_ASN1_SEQUENCE | MBEDTLS_ASN1_CONSTRUCTED)
#define SAN_DNS (MBEDTLS_ASN1_CONTEXT_SPECIFIC | 2) /* RFC 5280 4.2.1.6 GeneralName */
#define SAN_URI (MBEDTLS_ASN1_CONTEXT_SPECIFIC | 6)
#define SAN_IP (MBEDTLS_ASN1_CONTEXT_SPECIFIC | 7)
#define EXTENSION_MAX 512
#define COMMON_NAME_MAX 64

static enum err from_mbedtls(int failed)
{
	return failed < 0 ? ERR_CRYPTO : ERR_OK;
}

/* mbedTLS writes to the end of the buffer; this moves what it wrote to the start. */
static enum err move_to_front(int written, uint8_t *bytes, size_t cap, size_t *len)
{
	if (written <= 0)
		return written == MBEDTLS_ERR_ASN1_BUF_TOO_SMALL ? ERR_TOO_LONG : ERR_CRYPTO;
	memmove(bytes, bytes + cap - (size_t)written, (size_t)written);
	*len = (size_t)written;
	return ERR_OK;
}

/* Whether a name needs no escapes in a distinguished name (RFC 4514 2.4). */
static bool common_name_plain(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && len <= COMMON_NAME_MAX && strcspn(name, ",=+\"\\<>;#") == len;
}

enum err key_csr(const struct key_der *private_key, struct key_random random, const char *common_name,
		 uint8_t csr[KEY_CSR_MAX], size_t *csr_len)
{
	mbedtls_x509write_csr writer;
	mbedtls_pk_context pk;
	char subject[COMMON_NAME_MAX + 4];
	enum err err;

	*csr_len = 0;
	if (!common_name_plain(common_name))
		return ERR_INVALID;
	snprintf(subject, sizeof(subject), "CN=%s", common_name);
	mbedtls_x509write_csr_init(&writer);
	mbedtls_pk_init(&pk);
	err = key_curve_private(private_key, random, &pk);
	if (err != ERR_OK)
		goto out;
	mbedtls_x509write_csr_set_key(&writer, &pk);
	mbedtls_x509write_csr_set_md_alg(&writer, MBEDTLS_MD_SHA256);
	err = from_mbedtls(mbedtls_x509write_csr_set_subject_name(&writer, subject));
	if (err == ERR_OK)
		err = move_to_front(mbedtls_x509write_csr_der(&writer, csr, KEY_CSR_MAX, random.fill, random.context),
				    csr, KEY_CSR_MAX, csr_len);
out:
	mbedtls_x509write_csr_free(&writer);
	mbedtls_pk_free(&pk);
	return err;
}

static enum err public_of(mbedtls_pk_context *pk, struct key_der *public_key)
{
	const mbedtls_ecp_keypair *pair;

	if (!mbedtls_pk_can_do(pk, MBEDTLS_PK_ECKEY))
		return ERR_UNSUPPORTED;
	pair = mbedtls_pk_ec(*pk);
	if (pair->MBEDTLS_COMPAT(grp).id != MBEDTLS_ECP_DP_SECP256R1)
		return ERR_UNSUPPORTED;
	return key_curve_public(&pair->MBEDTLS_COMPAT(grp), &pair->MBEDTLS_COMPAT(Q), public_key);
}

enum err key_csr_public(const uint8_t *csr, size_t csr_len, struct key_der *public_key)
{
	mbedtls_x509_csr parsed;
	enum err err = ERR_INVALID;

	memset(public_key, 0, sizeof(*public_key));
	mbedtls_x509_csr_init(&parsed);
	if (csr_len == 0 || csr_len > KEY_CSR_MAX || mbedtls_x509_csr_parse_der(&parsed, csr, csr_len) != 0)
		goto out;
	err = ERR_UNSUPPORTED;
	if (parsed.MBEDTLS_COMPAT(sig_md) != MBEDTLS_MD_SHA256 || parsed.MBEDTLS_COMPAT(sig_pk) != MBEDTLS_PK_ECDSA)
		goto out;
	err = public_of(&parsed.pk, public_key);
	if (err == ERR_OK)
		err = key_verify(public_key, parsed.cri.p, parsed.cri.len, parsed.MBEDTLS_COMPAT(sig).p,
				 parsed.MBEDTLS_COMPAT(sig).len);
	if (err != ERR_OK)
		memset(public_key, 0, sizeof(*public_key));
out:
	mbedtls_x509_csr_free(&parsed);
	return err;
}

/* Append a DER element: tag, length (X.690 8.1.3) and content. */
static void put_der(struct buf *b, uint8_t tag, const void *content, size_t len)
{
	buf_be8(b, tag);
	if (len >= 0x100) {
		buf_be8(b, 0x82);
		buf_be16(b, (uint16_t)len);
	} else if (len >= 0x80) {
		buf_be8(b, 0x81);
		buf_be8(b, (uint8_t)len);
	} else {
		buf_be8(b, (uint8_t)len);
	}
	buf_bytes(b, content, len);
}

static enum err set_extension(mbedtls_x509write_cert *writer, struct str oid, int critical, const struct buf *content)
{
	uint8_t memory[EXTENSION_MAX + 4];
	struct buf whole = buf_over(memory, sizeof(memory));
	enum err err = buf_check(content);

	put_der(&whole, DER_SEQUENCE, content->data, content->len);
	if (err == ERR_OK)
		err = buf_check(&whole);
	if (err == ERR_OK)
		err = from_mbedtls(
			mbedtls_x509write_crt_set_extension(writer, oid.data, oid.len, critical, memory, whole.len));
	return err;
}

static enum err set_names(mbedtls_x509write_cert *writer, const struct key_cert_request *request)
{
	uint8_t memory[EXTENSION_MAX];
	struct buf names = buf_over(memory, sizeof(memory));

	for (const char *const *name = request->dns_names; name && *name; name++)
		put_der(&names, SAN_DNS, *name, strlen(*name));
	for (const uint8_t *const *name = request->ip_names; name && *name; name++)
		put_der(&names, SAN_IP, *name + 1, (*name)[0] == 4 ? 4 : 16);
	if (request->uri)
		put_der(&names, SAN_URI, request->uri, strlen(request->uri));
	if (names.len == 0 && !names.overflow)
		return ERR_OK;
	return set_extension(writer, STR(MBEDTLS_OID_SUBJECT_ALT_NAME), 0, &names);
}

static enum err set_usage(mbedtls_x509write_cert *writer, enum key_cert_kind kind)
{
	struct str oid = kind == KEY_CERT_SERVER ? STR(MBEDTLS_OID_SERVER_AUTH) : STR(MBEDTLS_OID_CLIENT_AUTH);
	uint8_t memory[32];
	struct buf usage = buf_over(memory, sizeof(memory));

	if (kind == KEY_CERT_CA)
		return from_mbedtls(mbedtls_x509write_crt_set_key_usage(writer, MBEDTLS_X509_KU_KEY_CERT_SIGN |
											MBEDTLS_X509_KU_CRL_SIGN));
	put_der(&usage, MBEDTLS_ASN1_OID, oid.data, oid.len);
	if (mbedtls_x509write_crt_set_key_usage(writer, MBEDTLS_X509_KU_DIGITAL_SIGNATURE) != 0)
		return ERR_CRYPTO;
	return set_extension(writer, STR(MBEDTLS_OID_EXTENDED_KEY_USAGE), 0, &usage);
}

/* Write seconds since 1970 as YYYYMMDDhhmmss, by H. Hinnant's "civil_from_days". False: before 1970 or after 9999. */
static bool calendar_text(int64_t seconds, char text[static 15])
{
	int64_t days = seconds / 86400, rest = seconds % 86400;
	int64_t z = days + 719468, era = z / 146097, day_of_era = z - era * 146097;
	int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t shifted = (5 * day_of_year + 2) / 153;
	int64_t month = shifted < 10 ? shifted + 3 : shifted - 9;
	int64_t year = year_of_era + era * 400 + (month <= 2);
	char wide[64];

	if (seconds < 0 || year > 9999)
		return false;
	snprintf(wide, sizeof(wide), "%04d%02d%02d%02d%02d%02d", (int)year, (int)month,
		 (int)(day_of_year - (153 * shifted + 2) / 5 + 1), (int)(rest / 3600), (int)(rest / 60 % 60),
		 (int)(rest % 60));
	memcpy(text, wide, 15);
	return true;
}

static enum err set_serial(mbedtls_x509write_cert *writer, const uint8_t serial[16])
{
	mbedtls_compat_serial number;
	size_t zeros = 0;
	int failed;

	/* A DER integer has no leading zeros (X.690 8.3.2), and mbedTLS 3.x does not remove them. */
	while (zeros < 15 && serial[zeros] == 0)
		zeros++;
	mbedtls_compat_serial_init(&number);
	failed = mbedtls_compat_serial_set(writer, &number, serial + zeros, 16 - zeros);
	mbedtls_compat_serial_free(&number);
	return from_mbedtls(failed);
}

static enum err fill_in(mbedtls_x509write_cert *writer, const struct key_cert_request *request)
{
	char from[15], until[15];
	enum err err;

	if (!calendar_text(request->not_before_s, from) || !calendar_text(request->not_after_s, until) ||
	    request->not_before_s >= request->not_after_s)
		return ERR_INVALID;
	mbedtls_x509write_crt_set_version(writer, MBEDTLS_X509_CRT_VERSION_3);
	mbedtls_x509write_crt_set_md_alg(writer, MBEDTLS_MD_SHA256);
	if (mbedtls_x509write_crt_set_subject_name(writer, request->subject) != 0 ||
	    mbedtls_x509write_crt_set_issuer_name(writer, request->issuer) != 0 ||
	    mbedtls_x509write_crt_set_validity(writer, from, until) != 0)
		return ERR_INVALID;
	err = set_serial(writer, request->serial);
	if (err == ERR_OK)
		err = from_mbedtls(mbedtls_x509write_crt_set_basic_constraints(writer, request->kind == KEY_CERT_CA,
									       request->kind == KEY_CERT_CA ? 0 : -1));
	if (err == ERR_OK)
		err = from_mbedtls(mbedtls_x509write_crt_set_subject_key_identifier(writer));
	if (err == ERR_OK)
		err = from_mbedtls(mbedtls_x509write_crt_set_authority_key_identifier(writer));
	if (err == ERR_OK)
		err = set_usage(writer, request->kind);
	if (err == ERR_OK)
		err = set_names(writer, request);
	return err;
}

enum err key_cert(const struct key_cert_request *request, struct key_random random, uint8_t cert[KEY_CERT_MAX],
		  size_t *cert_len)
{
	mbedtls_x509write_cert writer;
	mbedtls_pk_context subject, issuer;
	enum err err = ERR_INVALID;

	*cert_len = 0;
	mbedtls_x509write_crt_init(&writer);
	mbedtls_pk_init(&subject);
	mbedtls_pk_init(&issuer);
	if (mbedtls_pk_parse_public_key(&subject, request->subject_key->bytes, request->subject_key->len) != 0)
		goto out;
	err = key_curve_private(request->issuer_key, random, &issuer);
	if (err != ERR_OK)
		goto out;
	mbedtls_x509write_crt_set_subject_key(&writer, &subject);
	mbedtls_x509write_crt_set_issuer_key(&writer, &issuer);
	err = fill_in(&writer, request);
	if (err == ERR_OK)
		err = move_to_front(mbedtls_x509write_crt_der(&writer, cert, KEY_CERT_MAX, random.fill, random.context),
				    cert, KEY_CERT_MAX, cert_len);
out:
	mbedtls_x509write_crt_free(&writer);
	mbedtls_pk_free(&issuer);
	mbedtls_pk_free(&subject);
	return err;
}

enum err key_cert_public(const uint8_t *cert, size_t cert_len, struct key_der *public_key)
{
	mbedtls_x509_crt parsed;
	enum err err = ERR_INVALID;

	memset(public_key, 0, sizeof(*public_key));
	mbedtls_x509_crt_init(&parsed);
	if (mbedtls_x509_crt_parse_der(&parsed, cert, cert_len) == 0)
		err = public_of(&parsed.pk, public_key);
	mbedtls_x509_crt_free(&parsed);
	return err;
}
