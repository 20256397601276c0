/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walks a chain by names, so that it can say what is wrong, and then has the library check it. Whose roots count, and
 * whether the serial number is known, is decided elsewhere.
 */
#include "agent/base/tls/tls_chain.h"

#include "agent/base/buf.h"
#include "agent/base/tls/tls_inner.h"

#include <mbedtls/asn1.h>
#include <mbedtls/oid.h>

#include <string.h>

static const mbedtls_x509_crt_profile profile = {
	MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA256) | MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA384) |
		MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA512),
	MBEDTLS_X509_ID_FLAG(MBEDTLS_PK_RSA) | MBEDTLS_X509_ID_FLAG(MBEDTLS_PK_ECKEY) |
		MBEDTLS_X509_ID_FLAG(MBEDTLS_PK_ECDSA),
	MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP256R1) | MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP384R1) |
		MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP521R1),
	2048,
};

const char *tls_chain_why(enum tls_chain_fault fault)
{
	static const char *const whys[TLS_CHAIN_FAULTS] = {
		[TLS_CHAIN_GOOD] = "its factory certificate is good",
		[TLS_CHAIN_STRANGE] = "its factory certificate is of no manufacturer that is named here",
		[TLS_CHAIN_DAMAGED] = "its factory certificate is damaged",
		[TLS_CHAIN_FORGED] = "its factory certificate is not signed by the manufacturer that it names",
		[TLS_CHAIN_NO_CA] = "its factory certificate was issued by a certificate that is no CA's",
		[TLS_CHAIN_TOO_LONG] =
			"its factory certificate has more CAs above it than the manufacturer's CA allows",
		[TLS_CHAIN_WEAK] =
			"its factory certificate, or a CA above it, is weaker than RSA 2048, P-256 or SHA-256",
		[TLS_CHAIN_EXPIRED] = "its factory certificate has expired, or a CA above it has",
		[TLS_CHAIN_FUTURE] = "its factory certificate is not valid yet, or a CA above it is not",
		[TLS_CHAIN_NO_DEVICE] = "its factory certificate is a CA's, or its key is not for signatures",
		[TLS_CHAIN_NO_SERIAL] =
			"its factory certificate has no serial number, several, or one with unprintable bytes",
	};

	return whys[fault < TLS_CHAIN_FAULTS ? fault : TLS_CHAIN_DAMAGED];
}

/* -- who issued whom -- */

static bool is_issuer(const mbedtls_x509_crt *parent, const mbedtls_x509_crt *child)
{
	return parent->subject_raw.len == child->issuer_raw.len &&
	       memcmp(parent->subject_raw.p, child->issuer_raw.p, child->issuer_raw.len) == 0;
}

static const mbedtls_x509_crt *find_issuer(const mbedtls_x509_crt *chain, const mbedtls_x509_crt *child)
{
	for (const mbedtls_x509_crt *c = chain; c; c = c->next)
		if (c != child && is_issuer(c, child))
			return c;
	return NULL;
}

static bool may_issue(const mbedtls_x509_crt *crt)
{
	return crt->MBEDTLS_COMPAT(ca_istrue) &&
	       mbedtls_x509_crt_check_key_usage(crt, MBEDTLS_X509_KU_KEY_CERT_SIGN) == 0;
}

/* The library says of all that only that the chain is not trusted. It keeps the path length one higher; 0: no limit. */
static enum tls_chain_fault follow(const mbedtls_x509_crt *chain, const mbedtls_x509_crt *root)
{
	const mbedtls_x509_crt *at = chain;

	for (int below = 0; below < TLS_CHAIN_MAX; below++) {
		bool is_top = is_issuer(root, at);
		const mbedtls_x509_crt *parent = is_top ? root : find_issuer(chain, at);
		int most = parent ? parent->MBEDTLS_COMPAT(max_pathlen) : 0;

		if (!parent)
			return TLS_CHAIN_STRANGE;
		if (!may_issue(parent))
			return TLS_CHAIN_NO_CA;
		if (most > 0 && most < 1 + below)
			return TLS_CHAIN_TOO_LONG;
		if (is_top)
			return TLS_CHAIN_GOOD;
		at = parent;
	}
	return TLS_CHAIN_STRANGE;
}

static enum tls_chain_fault name_fault(uint32_t faults)
{
	if (faults & TLS_CERT_UNTRUSTED)
		return TLS_CHAIN_FORGED;
	if (faults & (MBEDTLS_X509_BADCERT_BAD_MD | MBEDTLS_X509_BADCERT_BAD_PK | MBEDTLS_X509_BADCERT_BAD_KEY))
		return TLS_CHAIN_WEAK;
	if (faults & TLS_CERT_EXPIRED)
		return TLS_CHAIN_EXPIRED;
	if (faults & TLS_CERT_FUTURE)
		return TLS_CHAIN_FUTURE;
	return faults != 0 ? TLS_CHAIN_FORGED : TLS_CHAIN_GOOD;
}

static uint32_t verify(mbedtls_x509_crt *chain, mbedtls_x509_crt *root)
{
	uint32_t faults = 0;
	int failed = mbedtls_x509_crt_verify_with_profile(chain, root, NULL, &profile, NULL, &faults, NULL, NULL);

	return failed != 0 && faults == 0 ? TLS_CERT_OTHER : faults;
}

/* -- the serial number -- */

static bool is_printable(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] < 0x20 || text.data[i] > 0x7e || text.data[i] == '"')
			return false;
	return true;
}

static bool keep_text(struct str text, char serial[TLS_CHAIN_SERIAL_MAX])
{
	text = str_trim(text);
	return !str_empty(text) && is_printable(text) && str_copy(text, serial, TLS_CHAIN_SERIAL_MAX) == ERR_OK;
}

/* An element of this tag from *p on; `whole`: nothing follows it. */
static bool enter(unsigned char **p, const unsigned char *end, int tag, bool whole)
{
	size_t len;

	return mbedtls_asn1_get_tag(p, end, &len, tag) == 0 && (!whole || *p + len == end);
}

/* An object identifier, which is passed over; *id is it. */
static bool enter_id(unsigned char **p, const unsigned char *end, struct str *id)
{
	size_t len;

	if (mbedtls_asn1_get_tag(p, end, &len, MBEDTLS_ASN1_OID) != 0)
		return false;
	*id = (struct str){(const char *)*p, len};
	*p += len;
	return true;
}

bool tls_chain_module(struct str other_name, char serial[TLS_CHAIN_SERIAL_MAX])
{
	static const char module_name[] = "\x2b\x06\x01\x05\x05\x07\x08\x04"; /* id-on-hardwareModuleName */
	unsigned char *p = (unsigned char *)(uintptr_t)other_name.data;
	const unsigned char *end = p + other_name.len;
	const struct str wanted = {module_name, sizeof(module_name) - 1};
	struct buf hex = buf_over(serial, TLS_CHAIN_SERIAL_MAX - 1);
	struct str id;

	serial[0] = '\0';
	if (str_empty(other_name) || !enter_id(&p, end, &id) || !str_equal(id, wanted) ||
	    !enter(&p, end, MBEDTLS_ASN1_CONTEXT_SPECIFIC | MBEDTLS_ASN1_CONSTRUCTED, true) ||
	    !enter(&p, end, MBEDTLS_ASN1_SEQUENCE | MBEDTLS_ASN1_CONSTRUCTED, true) || !enter_id(&p, end, &id) ||
	    !enter(&p, end, MBEDTLS_ASN1_OCTET_STRING, true) || p == end)
		return false;
	if (keep_text((struct str){(const char *)p, (size_t)(end - p)}, serial))
		return true;
	buf_hex(&hex, p, (size_t)(end - p));
	serial[hex.overflow ? 0 : hex.len] = '\0';
	return !hex.overflow;
}

static bool read_module(const mbedtls_x509_crt *crt, char serial[TLS_CHAIN_SERIAL_MAX])
{
	const int other = MBEDTLS_ASN1_CONTEXT_SPECIFIC | MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_X509_SAN_OTHER_NAME;

	for (const mbedtls_x509_sequence *n = &crt->subject_alt_names; n && n->buf.p; n = n->next)
		if (n->buf.tag == other && tls_chain_module((struct str){(const char *)n->buf.p, n->buf.len}, serial))
			return true;
	return false;
}

static bool read_serial(const mbedtls_x509_crt *crt, char serial[TLS_CHAIN_SERIAL_MAX])
{
	const mbedtls_x509_name *found = NULL;

	for (const mbedtls_x509_name *n = &crt->subject; n; n = n->next) {
		if (MBEDTLS_OID_CMP(MBEDTLS_OID_AT_SERIAL_NUMBER, &n->oid) != 0)
			continue;
		if (found)
			return false;
		found = n;
	}
	return found ? keep_text((struct str){(const char *)found->val.p, found->val.len}, serial)
		     : read_module(crt, serial);
}

/* -- the whole -- */

static bool read_all(const struct tls_chain *chain, mbedtls_x509_crt *out)
{
	for (unsigned i = 0; i < chain->count; i++)
		if (chain->der[i].len == 0 ||
		    mbedtls_x509_crt_parse_der(out, (const unsigned char *)chain->der[i].data, chain->der[i].len) != 0)
			return false;
	return chain->count > 0;
}

static void read_facts(const mbedtls_x509_crt *crt, struct tls_chain_facts *out)
{
	const struct tls_cert cert = tls_cert_of(crt);

	if (tls_cert_subject(&cert, out->subject) == 0)
		out->subject[0] = '\0';
	out->not_after_s = cert.not_after_s;
}

static enum tls_chain_fault judge(mbedtls_x509_crt *chain, mbedtls_x509_crt *root, struct tls_chain_facts *out)
{
	bool has_serial;
	enum tls_chain_fault fault;

	read_facts(chain, out);
	has_serial = read_serial(chain, out->serial);
	fault = follow(chain, root);
	if (fault == TLS_CHAIN_GOOD)
		fault = name_fault(verify(chain, root));
	if (fault != TLS_CHAIN_GOOD)
		return fault;
	if (chain->MBEDTLS_COMPAT(ca_istrue) ||
	    mbedtls_x509_crt_check_key_usage(chain, MBEDTLS_X509_KU_DIGITAL_SIGNATURE) != 0)
		return TLS_CHAIN_NO_DEVICE;
	return has_serial ? TLS_CHAIN_GOOD : TLS_CHAIN_NO_SERIAL;
}

enum tls_chain_fault tls_chain_judge(const struct tls_chain *chain, struct str root, struct tls_chain_facts *out)
{
	const struct tls_chain one = {1, {root}};
	mbedtls_x509_crt crt, top;
	enum tls_chain_fault fault = TLS_CHAIN_DAMAGED;

	memset(out, 0, sizeof(*out));
	mbedtls_x509_crt_init(&crt);
	mbedtls_x509_crt_init(&top);
	if (read_all(chain, &crt) && read_all(&one, &top))
		fault = judge(&crt, &top, out);
	mbedtls_x509_crt_free(&crt);
	mbedtls_x509_crt_free(&top);
	return fault;
}

enum tls_chain_fault tls_chain_root(struct str der, struct tls_chain_facts *out)
{
	const struct tls_chain one = {1, {der}};
	mbedtls_x509_crt crt;
	enum tls_chain_fault fault = TLS_CHAIN_DAMAGED;

	memset(out, 0, sizeof(*out));
	mbedtls_x509_crt_init(&crt);
	if (read_all(&one, &crt)) {
		read_facts(&crt, out);
		/* Under itself, for its key and its times: it is trusted because somebody named it, self-signed or not.
		 */
		fault = may_issue(&crt) ? name_fault(verify(&crt, &crt) & ~TLS_CERT_UNTRUSTED) : TLS_CHAIN_NO_CA;
	}
	mbedtls_x509_crt_free(&crt);
	return fault;
}
