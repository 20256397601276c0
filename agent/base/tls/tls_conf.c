/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Configures the library. on_verify() decides about the peer, once for each certificate of its chain. Never touches a
 * connection.
 */
#include "agent/base/tls/tls_conf.h"

#include "agent/base/key.h"
#include "agent/base/now.h"
#include "agent/base/tls/tls_inner.h"

#include <stdlib.h>

#define TAG_IP_ADDRESS 7 /* of GeneralName, RFC 5280 4.2.1.6 */

_Static_assert((int)TLS_CLIENT == MBEDTLS_SSL_IS_CLIENT && (int)TLS_SERVER == MBEDTLS_SSL_IS_SERVER &&
		       (int)TLS_PROOF_NONE == MBEDTLS_SSL_VERIFY_NONE &&
		       (int)TLS_PROOF_JUDGED == MBEDTLS_SSL_VERIFY_OPTIONAL &&
		       (int)TLS_PROOF_REQUIRED == MBEDTLS_SSL_VERIFY_REQUIRED,
	       "numbers of the library");

/* Only AEAD with forward secrecy (RFC 8446 B.4, RFC 5289, RFC 7905), the best first. */
static const int suites_of_ours[] = {
	0x1301, /* TLS_AES_128_GCM_SHA256 */
	0x1303, /* TLS_CHACHA20_POLY1305_SHA256 */
	0x1302, /* TLS_AES_256_GCM_SHA384 */
	MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
	MBEDTLS_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
	MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
};

/* Certificates that others issue may have RSA keys. */
static const int suites_of_others[] = {
	MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
	MBEDTLS_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
	MBEDTLS_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

_Static_assert(COUNT(suites_of_ours) + COUNT(suites_of_others) < TLS_SUITES_MAX, "the list ends in 0");

/* The cheapest group first. Without this list, 2.28 would begin with the most expensive one. */
static const mbedtls_compat_group groups[] = {
	MBEDTLS_COMPAT_SECP256R1,
	MBEDTLS_COMPAT_X25519,
	MBEDTLS_COMPAT_SECP384R1,
	MBEDTLS_COMPAT_GROUP_NONE,
};

/* Whether one of the certificate's subjectAltNames is this address. */
static bool is_for(const mbedtls_x509_crt *crt, const struct addr *address)
{
	size_t len = address->family == 4 ? 4 : 16;

	for (const mbedtls_x509_sequence *s = &crt->subject_alt_names; s; s = s->next)
		if ((s->buf.tag & 0x1f) == TAG_IP_ADDRESS && s->buf.len == len &&
		    memcmp(s->buf.p, address->bytes, len) == 0)
			return true;
	return false;
}

/* Judge a certificate of the server. tls_conf.h describes pin_sha256, clockless and server_name. */
static int on_verify(void *context, mbedtls_x509_crt *crt, int depth, uint32_t *flags)
{
	struct tls_conf *c = context;
	uint8_t digest[32];

	if (c->setup.pin_sha256) {
		key_sha256(crt->raw.p, crt->raw.len, digest);
		if (key_equal(digest, c->pin, sizeof(digest)))
			*flags &= ~TLS_CERT_UNTRUSTED;
	}
	if (c->setup.clockless && c->current->wall_s < NOW_EARLIEST_S)
		*flags &= ~TLS_CERT_FUTURE;
	if (depth == 0 && c->address.family && !is_for(crt, &c->address))
		*flags |= TLS_CERT_WRONG_NAME;
	return 0;
}

static enum err blame(enum tls_part part, enum tls_part *wrong)
{
	*wrong = part;
	return ERR_CORRUPT;
}

static enum err load(struct tls_conf *c, const struct tls_conf_setup *setup, enum tls_part *wrong)
{
	const unsigned char *ca = (const unsigned char *)setup->ca_pem.data;
	const unsigned char *cert = (const unsigned char *)setup->cert_pem.data;
	const unsigned char *key = (const unsigned char *)setup->key_pem.data;

	if (setup->ca_pem.len && mbedtls_x509_crt_parse(&c->ca, ca, setup->ca_pem.len + 1) != 0)
		return blame(TLS_PART_CA, wrong);
	if (setup->cert_pem.len == 0)
		return ERR_OK;
	if (mbedtls_x509_crt_parse(&c->own, cert, setup->cert_pem.len + 1) != 0)
		return blame(TLS_PART_CERT, wrong);
	if (mbedtls_compat_parse_key(&c->key, key, setup->key_pem.len + 1, key_random_kernel.fill,
				     key_random_kernel.context) != 0)
		return blame(TLS_PART_KEY, wrong);
	if (mbedtls_compat_check_pair(&c->own.pk, &c->key, key_random_kernel.fill, key_random_kernel.context) != 0)
		return blame(TLS_PART_PAIR, wrong);
	c->has_own = true;
	return ERR_OK;
}

/*
 * Append those that the library knows. A server with 2.28 that has a TLS 1.3 suite in its list fails with an internal
 * error when a client offers that suite, as all do that offer TLS 1.3 beside 1.2.
 */
static void add_suites(struct tls_conf *c, const int *list, size_t count)
{
	size_t n = 0;

	while (c->suites[n])
		n++;
	for (size_t i = 0; i < count; i++)
		if (mbedtls_ssl_ciphersuite_from_id(list[i]))
			c->suites[n++] = list[i];
}

static enum err configure(struct tls_conf *c, const struct tls_conf_setup *setup)
{
	int bad = mbedtls_ssl_config_defaults(&c->conf, (int)setup->role, MBEDTLS_SSL_TRANSPORT_STREAM,
					      MBEDTLS_SSL_PRESET_DEFAULT);

	mbedtls_compat_versions(&c->conf);
	mbedtls_compat_groups(&c->conf, groups);
	mbedtls_ssl_conf_rng(&c->conf, key_random_kernel.fill, key_random_kernel.context);
	mbedtls_ssl_conf_authmode(&c->conf, (int)setup->proof);
	mbedtls_ssl_conf_ca_chain(&c->conf, &c->ca, NULL);
	mbedtls_ssl_conf_verify(&c->conf, on_verify, c);
	if (setup->alpn)
		bad |= mbedtls_ssl_conf_alpn_protocols(&c->conf, (const char **)(uintptr_t)setup->alpn);
	if (c->has_own)
		bad |= mbedtls_ssl_conf_own_cert(&c->conf, &c->own, &c->key);
	add_suites(c, suites_of_ours, COUNT(suites_of_ours));
	if (setup->peers == TLS_PEERS_ANYONE)
		add_suites(c, suites_of_others, COUNT(suites_of_others));
	mbedtls_ssl_conf_ciphersuites(&c->conf, c->suites);
	if (setup->peers == TLS_PEERS_OURS && setup->role == TLS_CLIENT) {
		mbedtls_compat_report_tickets(&c->conf);
		bad |= mbedtls_ssl_conf_max_frag_len(&c->conf, MBEDTLS_COMPAT_FRAGMENT);
	}
	return bad ? ERR_NO_MEMORY : ERR_OK;
}

static enum err name(struct tls_conf *c, const char *server_name)
{
	if (!server_name)
		return ERR_OK;
	if (addr_parse(str_from(server_name), &c->address) != ERR_OK)
		c->address.family = 0;
	return str_copy(str_from(server_name), c->server_name, sizeof(c->server_name));
}

enum err tls_conf_new(const struct tls_conf_setup *setup, struct tls_conf **out, enum tls_part *wrong)
{
	struct tls_conf *c = calloc(1, sizeof(*c));
	enum tls_part unused;

	wrong = wrong ? wrong : &unused;
	*wrong = TLS_PART_NONE;
	*out = NULL;
	if (!c || mbedtls_compat_start_tls() != 0) {
		free(c);
		return ERR_NO_MEMORY;
	}
	c->users = 1;
	c->setup = *setup;
	if (setup->pin_sha256)
		c->setup.pin_sha256 = memcpy(c->pin, setup->pin_sha256, sizeof(c->pin));
	mbedtls_ssl_config_init(&c->conf);
	mbedtls_x509_crt_init(&c->ca);
	mbedtls_x509_crt_init(&c->own);
	mbedtls_pk_init(&c->key);
	enum err err = name(c, setup->server_name);

	err = err ? err : load(c, setup, wrong);
	err = err ? err : configure(c, setup);
	if (err)
		tls_conf_drop(c);
	else
		*out = c;
	return err;
}

void tls_conf_drop(struct tls_conf *c)
{
	if (!c || --c->users > 0)
		return;
	mbedtls_ssl_config_free(&c->conf);
	mbedtls_x509_crt_free(&c->ca);
	mbedtls_x509_crt_free(&c->own);
	mbedtls_pk_free(&c->key);
	if (c->free_library_tickets)
		c->free_library_tickets(c->library_tickets);
	free(c);
}

bool tls_conf_validity(const struct tls_conf *c, int64_t *not_before_s, int64_t *not_after_s)
{
	*not_before_s = tls_cert_seconds(&c->own.valid_from);
	*not_after_s = tls_cert_seconds(&c->own.valid_to);
	return c->has_own;
}

void tls_conf_trust_file(struct tls_conf *c, const char *path)
{
	(void)!mbedtls_x509_crt_parse_file(&c->ca, path);
}
