/* SPDX-License-Identifier: Apache-2.0 */
/* Sets the library up and answers its questions: is this certificate good, what goes into a ticket, what was in it. */
#include "server-stub/gateway/link_tls.h"

#include "agent/base/buf.h"
#include "agent/base/clock.h"
#include "agent/base/key.h"
#include "agent/base/mbedtls_tls_compat.h"
#include "server-stub/fleet/fleet_file.h"

#include <mbedtls/error.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ECDHE with AEAD only: RFC 7525 4.2, and the TLS 1.3 ones, which 2.28 does not know and passes over. */
static const int ciphersuites[] = {
	0x1301, /* TLS_AES_128_GCM_SHA256 */
	0x1303, /* TLS_CHACHA20_POLY1305_SHA256 */
	0x1302, /* TLS_AES_256_GCM_SHA384 */
	MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
	MBEDTLS_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
	MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
	0,
};

static const char *alpn[] = { LINK_TLS_ALPN, LINK_TLS_ALPN_ENROLL, NULL };

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The common name is the id in hex: fleet_issue writes it so. */
static bool read_identity(const mbedtls_x509_crt *crt, struct ticket_identity *out)
{
	char dn[256];
	struct tm end = { .tm_year = crt->valid_to.year - 1900,
		.tm_mon = crt->valid_to.mon - 1,
		.tm_mday = crt->valid_to.day,
		.tm_hour = crt->valid_to.hour,
		.tm_min = crt->valid_to.min,
		.tm_sec = crt->valid_to.sec };

	if (mbedtls_x509_dn_gets(dn, sizeof(dn), &crt->subject) != 3 + 2 * STORE_ID || memcmp(dn, "CN=", 3) != 0)
		return false;
	for (unsigned i = 0; i < STORE_ID; i++) {
		int high = hex_value(dn[3 + 2 * i]), low = hex_value(dn[4 + 2 * i]);

		if (high < 0 || low < 0)
			return false;
		out->device[i] = (uint8_t)(high << 4 | low);
	}
	if (crt->serial.len != sizeof(out->serial))
		return false;
	memcpy(out->serial, crt->serial.p, sizeof(out->serial));
	out->not_after_s = timegm(&end);
	return true;
}

/* Called from the root down; depth 0 is the device's own. */
static int on_verify(void *context, mbedtls_x509_crt *crt, int depth, uint32_t *flags)
{
	struct link_tls *tls = context;
	struct link_tls_peer *peer = tls->current;

	if (depth == 0) {
		peer->has_identity = read_identity(crt, &peer->identity);
		if (!peer->has_identity)
			*flags |= MBEDTLS_X509_BADCERT_OTHER;
		/* Devices sleep, and come back late: the registry decides whether they may, see link_registry. */
		else if (clock_wall_s() <= peer->identity.not_after_s + tls->grace_s)
			*flags &= ~(uint32_t)MBEDTLS_X509_BADCERT_EXPIRED;
	}
	peer->flags |= *flags;
	return 0;
}

static bool deserves_ticket(const struct link_tls_peer *peer, const mbedtls_ssl_session *session)
{
	const char *protocol = mbedtls_ssl_get_alpn_protocol(peer->ssl);

	return protocol && strcmp(protocol, LINK_TLS_ALPN) == 0 && peer->has_identity && peer->flags == 0 &&
	       session->MBEDTLS_COMPAT(verify_result) == 0;
}

/* Whoever gets none gets one that opens nothing: TLS 1.3 breaks the handshake off when this returns an error. */
static int on_ticket_write(void *context, const mbedtls_ssl_session *session, unsigned char *start,
	const unsigned char *end, size_t *len, uint32_t *lifetime)
{
	struct link_tls *tls = context;
	const struct ticket_seal seal = { session, &tls->current->identity, clock_wall_s() };
	struct buf out = buf_over(start, (size_t)(end - start));

	*lifetime = TICKET_HINT_S;
	if (!deserves_ticket(tls->current, session) || ticket_seal(tls->tickets, &seal, &out) != ERR_OK) {
		*lifetime = 0;
		out = buf_over(start, (size_t)(end - start));
		buf_text(&out, "none");
	}
	*len = out.len;
	return 0;
}

static int on_ticket_parse(void *context, mbedtls_ssl_session *session, unsigned char *bytes, size_t len)
{
	struct link_tls *tls = context;
	const struct ticket_open open = { bytes, len, clock_wall_s() };
	enum err err = ticket_open(tls->tickets, &open, session, &tls->current->identity);

	if (err != ERR_OK)
		return err == ERR_EXPIRED ? MBEDTLS_ERR_SSL_SESSION_TICKET_EXPIRED : MBEDTLS_ERR_SSL_INVALID_MAC;
	tls->current->has_identity = true;
	tls->current->resumed = true;
	return 0;
}

int link_tls_handshake(struct link_tls *tls)
{
	struct link_tls_peer *peer = tls->current;
	mbedtls_ssl_context *ssl = peer->ssl;
	int result = 0;

	while (result == 0 && ssl->MBEDTLS_COMPAT(state) != MBEDTLS_SSL_HANDSHAKE_OVER) {
		/* We show our certificate only in a full handshake; then the peer's says who it is, or nothing does. */
		if (ssl->MBEDTLS_COMPAT(state) == MBEDTLS_SSL_SERVER_CERTIFICATE)
			peer->resumed = peer->has_identity = false;
		result = mbedtls_ssl_handshake_step(ssl);
	}
	return result;
}

static enum err say_file(const char *dir, const char *name, int failed, char *error)
{
	char why[128] = "";

	mbedtls_strerror(failed, why, sizeof(why));
	snprintf(error, LINK_TLS_ERROR_MAX, "%.200s/%s: %s", dir, name, why);
	return ERR_CORRUPT;
}

static enum err load_certificate(const char *dir, const char *name, mbedtls_x509_crt *into, char *error)
{
	char path[FLEET_FILE_PATH_MAX];
	enum err err = fleet_file_path((struct fleet_file){ dir, name }, path);
	int failed;

	if (err != ERR_OK)
		return err;
	failed = mbedtls_x509_crt_parse_file(into, path);
	return failed == 0 ? ERR_OK : say_file(dir, name, failed, error);
}

static enum err load_key(const char *dir, struct link_tls *tls, char *error)
{
	char text[4096];
	size_t len;
	enum err err = fleet_file_read((struct fleet_file){ dir, "server_key.pem" }, text, sizeof(text), &len);
	int failed;

	if (err != ERR_OK) {
		snprintf(error, LINK_TLS_ERROR_MAX, "%.200s/server_key.pem: %s", dir, err_text(err));
		return err;
	}
	failed = mbedtls_compat_parse_key(
		&tls->key, (const unsigned char *)text, len + 1, key_random_kernel.fill, key_random_kernel.context);
	key_wipe(text, sizeof(text));
	if (failed != 0)
		return say_file(dir, "server_key.pem", failed, error);
	if (mbedtls_compat_check_pair(&tls->own.pk, &tls->key, key_random_kernel.fill, key_random_kernel.context) !=
		0) {
		snprintf(error, LINK_TLS_ERROR_MAX, "%.200s/server_key.pem is not the key of server.pem", dir);
		return ERR_CORRUPT;
	}
	return ERR_OK;
}

static enum err configure(struct link_tls *tls)
{
	mbedtls_ssl_config *conf = &tls->conf;

	if (mbedtls_ssl_config_defaults(
		    conf, MBEDTLS_SSL_IS_SERVER, MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT) != 0 ||
		mbedtls_ssl_conf_own_cert(conf, &tls->own, &tls->key) != 0 ||
		mbedtls_ssl_conf_alpn_protocols(conf, alpn) != 0)
		return ERR_NO_MEMORY;
	mbedtls_tls_compat_conf(conf);
	mbedtls_ssl_conf_rng(conf, key_random_kernel.fill, key_random_kernel.context);
	mbedtls_ssl_conf_ciphersuites(conf, ciphersuites);
	mbedtls_ssl_conf_ca_chain(conf, &tls->ca, NULL);
	/* Those that enrol have none yet; link.c asks the others for theirs once the protocol is known. */
	mbedtls_ssl_conf_authmode(conf, MBEDTLS_SSL_VERIFY_OPTIONAL);
	mbedtls_ssl_conf_verify(conf, on_verify, tls);
	mbedtls_ssl_conf_session_tickets_cb(conf, on_ticket_write, on_ticket_parse, tls);
	return ERR_OK;
}

enum err link_tls_open(const struct link_tls_setup *setup, struct link_tls **out, char error[LINK_TLS_ERROR_MAX])
{
	struct link_tls *tls = calloc(1, sizeof(*tls));
	enum err err;

	*out = NULL;
	snprintf(error, LINK_TLS_ERROR_MAX, "%s", err_text(ERR_NO_MEMORY));
	if (!tls || !mbedtls_tls_compat_start()) {
		free(tls);
		return ERR_NO_MEMORY;
	}
	tls->tickets = setup->tickets;
	tls->grace_s = setup->grace_s;
	mbedtls_ssl_config_init(&tls->conf);
	mbedtls_x509_crt_init(&tls->own);
	mbedtls_x509_crt_init(&tls->ca);
	mbedtls_pk_init(&tls->key);
	err = load_certificate(setup->dir, "server.pem", &tls->own, error);
	/* The root goes along: a device that joins knows it by its hash only. */
	if (err == ERR_OK)
		err = load_certificate(setup->dir, "ca.pem", &tls->own, error);
	if (err == ERR_OK)
		err = load_certificate(setup->dir, "ca.pem", &tls->ca, error);
	if (err == ERR_OK)
		err = load_key(setup->dir, tls, error);
	if (err == ERR_OK)
		err = configure(tls);
	if (err == ERR_OK)
		*out = tls;
	else
		link_tls_close(tls);
	return err;
}

void link_tls_close(struct link_tls *tls)
{
	if (!tls)
		return;
	mbedtls_ssl_config_free(&tls->conf);
	mbedtls_x509_crt_free(&tls->own);
	mbedtls_x509_crt_free(&tls->ca);
	mbedtls_pk_free(&tls->key);
	free(tls);
}

int64_t link_tls_server_ends(const char *dir)
{
	char error[LINK_TLS_ERROR_MAX];
	mbedtls_x509_crt crt;
	struct tm end = { .tm_year = 70 };
	int64_t ends = 0;

	mbedtls_x509_crt_init(&crt);
	if (load_certificate(dir, "server.pem", &crt, error) == ERR_OK) {
		end = (struct tm){ .tm_year = crt.valid_to.year - 1900,
			.tm_mon = crt.valid_to.mon - 1,
			.tm_mday = crt.valid_to.day,
			.tm_hour = crt.valid_to.hour };
		ends = timegm(&end);
	}
	mbedtls_x509_crt_free(&crt);
	return ends;
}
