/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mbedTLS as a client, for the link and for enrolment. Who the server is gets decided in `judge`, once per
 * certificate of its chain; everything else here moves bytes between the library and the socket.
 */
#include "agent/shell/tls_client.h"

#include "agent/base/addr.h"
#include "agent/base/buf.h"
#include "agent/base/clock.h"
#include "agent/base/key.h"

#include <mbedtls/error.h>
#include <mbedtls/ssl.h>
#include <mbedtls/x509_crt.h>

#include "agent/shell/tls_compat.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define TAG_IP_ADDRESS 7	/* of GeneralName, RFC 5280 4.2.1.6 */
#define DAY_S 86400

struct tls_client {
	int fd;
	bool have_session, judged, have_cert, pinned;
	bool hung_up;			/* the connection ended under the library */
	uint8_t pin[32];
	struct addr address;		/* the server's name when it is one, else family 0 */
	char server_name[256];
	char why[TLS_CLIENT_WHY_MAX];
	const char *alpn[2];
	mbedtls_ssl_context ssl;
	mbedtls_ssl_config conf;
	mbedtls_ssl_session session;
	mbedtls_x509_crt ca, cert;
	mbedtls_pk_context key;
};

/* AEAD with forward secrecy only; numbers of RFC 8446 B.4 and RFC 5289. A library skips what it does not know. */
static const int ciphersuites[] = {0x1301, 0x1303, 0x1302, 0xc02b, 0xcca9, 0xc02c, 0};

TLS_COMPAT_GROUPS;

static void contexts_init(struct tls_client *c)
{
	mbedtls_ssl_init(&c->ssl);
	mbedtls_ssl_config_init(&c->conf);
	mbedtls_ssl_session_init(&c->session);
	mbedtls_x509_crt_init(&c->ca);
	mbedtls_x509_crt_init(&c->cert);
	mbedtls_pk_init(&c->key);
	c->have_session = c->have_cert = false;
}

static void contexts_free(struct tls_client *c)
{
	mbedtls_ssl_free(&c->ssl);
	mbedtls_ssl_config_free(&c->conf);
	mbedtls_ssl_session_free(&c->session);
	mbedtls_x509_crt_free(&c->ca);
	mbedtls_x509_crt_free(&c->cert);
	mbedtls_pk_free(&c->key);
}

struct tls_client *tls_client_new(void)
{
	struct tls_client *c = calloc(1, sizeof(*c));

	if (!c || tls_compat_start() != 0) {
		free(c);
		return NULL;
	}
	c->fd = -1;
	contexts_init(c);
	return c;
}

void tls_client_free(struct tls_client *c)
{
	if (!c)
		return;
	contexts_free(c);
	free(c);
}

const char *tls_client_why(const struct tls_client *c)
{
	return c->why;
}

/* The certificate names the address we connect to. */
static bool names_address(const mbedtls_x509_crt *cert, const struct addr *address)
{
	size_t len = address->family == 4 ? 4 : 16;

	for (const mbedtls_x509_sequence *s = &cert->subject_alt_names; s; s = s->next) {
		if ((s->buf.tag & 0x1f) == TAG_IP_ADDRESS && s->buf.len == len &&
		    memcmp(s->buf.p, address->bytes, len) == 0)
			return true;
	}
	return false;
}

/*
 * Called by the library for each certificate of the server's chain, the root first, with what it found wrong. Only
 * two things are forgiven: a root that is not known otherwise but has the promised hash, and a date in the future
 * on a device that has no clock.
 */
static int judge(void *context, mbedtls_x509_crt *cert, int depth, uint32_t *flags)
{
	struct tls_client *c = context;
	uint8_t digest[32];

	c->judged = true;
	if (c->pinned) {
		key_sha256(cert->raw.p, cert->raw.len, digest);
		if (key_equal(digest, c->pin, sizeof(digest)))
			*flags &= ~(uint32_t)MBEDTLS_X509_BADCERT_NOT_TRUSTED;
	}
	if (clock_wall_s() < NOW_EARLIEST_S)
		*flags &= ~(uint32_t)MBEDTLS_X509_BADCERT_FUTURE;
	if (depth == 0 && c->address.family && !names_address(cert, &c->address))
		*flags |= MBEDTLS_X509_BADCERT_CN_MISMATCH;
	return 0;
}

static enum err fail(struct tls_client *c, enum err err, const char *why)
{
	snprintf(c->why, sizeof(c->why), "%s", why);
	return err;
}

static enum err load(struct tls_client *c, const struct tls_client_setup *setup)
{
	const uint8_t *ca = (const uint8_t *)setup->ca_pem.data, *cert = (const uint8_t *)setup->cert_pem.data;
	const uint8_t *key = (const uint8_t *)setup->key_pem.data;

	if (setup->ca_pem.len && mbedtls_x509_crt_parse(&c->ca, ca, setup->ca_pem.len + 1) != 0)
		return fail(c, ERR_CORRUPT, "the fleet's CA certificate is damaged");
	if (setup->cert_pem.len == 0)
		return ERR_OK;
	if (mbedtls_x509_crt_parse(&c->cert, cert, setup->cert_pem.len + 1) != 0)
		return fail(c, ERR_CORRUPT, "this device's certificate is damaged");
	if (mbedtls_compat_parse_key(&c->key, key, setup->key_pem.len + 1, key_random_kernel.fill,
				     key_random_kernel.context) != 0)
		return fail(c, ERR_CORRUPT, "this device's key is damaged");
	if (mbedtls_compat_check_pair(&c->cert.pk, &c->key, key_random_kernel.fill, key_random_kernel.context) != 0)
		return fail(c, ERR_CORRUPT, "this device's key does not belong to its certificate");
	c->have_cert = true;
	return ERR_OK;
}

enum err tls_client_configure(struct tls_client *c, const struct tls_client_setup *setup)
{
	contexts_free(c);
	contexts_init(c);
	c->alpn[0] = setup->alpn;
	c->pinned = setup->ca_sha256 != NULL;
	if (c->pinned)
		memcpy(c->pin, setup->ca_sha256, sizeof(c->pin));
	if (str_copy(str_from(setup->server_name), c->server_name, sizeof(c->server_name)) != ERR_OK)
		return fail(c, ERR_TOO_LONG, "the server's name is too long");
	if (addr_parse(str_from(setup->server_name), &c->address) != ERR_OK)
		c->address.family = 0;
	enum err err = load(c, setup);

	if (err)
		return err;
	int bad = mbedtls_ssl_config_defaults(&c->conf, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM,
					      MBEDTLS_SSL_PRESET_DEFAULT);

	mbedtls_ssl_conf_rng(&c->conf, key_random_kernel.fill, key_random_kernel.context);
	mbedtls_ssl_conf_authmode(&c->conf, MBEDTLS_SSL_VERIFY_REQUIRED);
	mbedtls_ssl_conf_ca_chain(&c->conf, &c->ca, NULL);
	mbedtls_ssl_conf_verify(&c->conf, judge, c);
	mbedtls_ssl_conf_ciphersuites(&c->conf, ciphersuites);
	tls_compat_conf(&c->conf);
	bad |= mbedtls_ssl_conf_alpn_protocols(&c->conf, c->alpn);
	bad |= mbedtls_ssl_conf_max_frag_len(&c->conf, tls_compat_fragment());
	if (c->have_cert)
		bad |= mbedtls_ssl_conf_own_cert(&c->conf, &c->cert, &c->key);
	if (bad == 0)
		bad = mbedtls_ssl_setup(&c->ssl, &c->conf);
	return bad ? fail(c, ERR_NO_MEMORY, "out of memory") : ERR_OK;
}

static int send_bytes(void *context, const unsigned char *data, size_t len)
{
	struct tls_client *c = context;
	ssize_t n = send(c->fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n >= 0)
		return (int)n;
	if (errno == EAGAIN || errno == EINTR)
		return MBEDTLS_ERR_SSL_WANT_WRITE;
	c->hung_up = true;
	snprintf(c->why, sizeof(c->why), "%s", strerror(errno));
	return MBEDTLS_ERR_SSL_CONN_EOF;
}

static int receive_bytes(void *context, unsigned char *out, size_t cap)
{
	struct tls_client *c = context;
	ssize_t n = recv(c->fd, out, cap, MSG_DONTWAIT);

	if (n > 0)
		return (int)n;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return MBEDTLS_ERR_SSL_WANT_READ;
	c->hung_up = true;
	snprintf(c->why, sizeof(c->why), "%s", n < 0 ? strerror(errno) : "the service closed the connection");
	return MBEDTLS_ERR_SSL_CONN_EOF;
}

enum err tls_client_begin(struct tls_client *c, int fd)
{
	c->fd = fd;
	c->judged = c->hung_up = false;
	c->why[0] = 0;
	if (mbedtls_ssl_session_reset(&c->ssl) != 0 ||
	    mbedtls_ssl_set_hostname(&c->ssl, c->address.family ? NULL : c->server_name) != 0)
		return fail(c, ERR_NO_MEMORY, "out of memory");
	if (c->have_session && mbedtls_ssl_set_session(&c->ssl, &c->session) != 0)
		c->have_session = false;
	mbedtls_ssl_set_bio(&c->ssl, c, send_bytes, receive_bytes, NULL);
	return ERR_OK;
}

static void put_clock(struct buf *b)
{
	char text[32];
	time_t now = clock_wall_s();
	struct tm tm;

	strftime(text, sizeof(text), "%Y-%m-%d", gmtime_r(&now, &tm));
	buf_printf(b, ", or this device's clock (%s) is wrong", text);
}

/* What is wrong with the server's certificate, the most telling thing first. */
static void explain_certificate(struct tls_client *c)
{
	uint32_t flags = mbedtls_ssl_get_verify_result(&c->ssl);
	struct buf b = buf_over(c->why, sizeof(c->why) - 1);

	if (flags & MBEDTLS_X509_BADCERT_NOT_TRUSTED)
		buf_text(&b, c->pinned ? "the server is not of the fleet that the token is for: its CA is another one"
				       : "the server's certificate is not signed by the fleet's CA");
	else if (flags & MBEDTLS_X509_BADCERT_CN_MISMATCH)
		buf_printf(&b, "the server's certificate is not for \"%.100s\"", c->server_name);
	else if (flags & MBEDTLS_X509_BADCERT_EXPIRED)
		buf_text(&b, "the server's certificate has expired");
	else if (flags & MBEDTLS_X509_BADCERT_FUTURE)
		buf_text(&b, "the server's certificate is not valid yet");
	else
		buf_printf(&b, "the server's certificate is not acceptable (0x%x)", (unsigned)flags);
	if (!(flags & ~(uint32_t)(MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE)))
		put_clock(&b);
	c->why[b.len] = 0;
}

/* What a call of the library means for the caller. */
static enum tls_step step(struct tls_client *c, int rc)
{
	char text[96];

	if (rc >= 0)
		return TLS_DONE;
	if (rc == MBEDTLS_ERR_SSL_WANT_READ || rc == TLS_COMPAT_TICKET)
		return TLS_WAIT_READ;
	if (rc == MBEDTLS_ERR_SSL_WANT_WRITE)
		return TLS_WAIT_WRITE;
	if (rc == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY) {
		c->why[0] = 0;
	} else if (rc == MBEDTLS_ERR_X509_CERT_VERIFY_FAILED) {
		explain_certificate(c);
	} else if (rc == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE) {
		fail(c, ERR_DENIED, c->have_cert ? "the service refused this device's certificate"
						 : "the server refused the connection");
	} else if (c->why[0] == 0) {
		mbedtls_strerror(rc, text, sizeof(text));
		snprintf(c->why, sizeof(c->why), "%s", text);
	}
	return TLS_FAILED;
}

/* Keep what the next handshake can be resumed with. */
static void keep_session(struct tls_client *c)
{
	mbedtls_ssl_session_free(&c->session);
	mbedtls_ssl_session_init(&c->session);
	c->have_session = mbedtls_ssl_get_session(&c->ssl, &c->session) == 0;
}

enum tls_step tls_client_handshake(struct tls_client *c)
{
	enum tls_step next = step(c, mbedtls_ssl_handshake(&c->ssl));
	const char *alpn = next == TLS_DONE ? mbedtls_ssl_get_alpn_protocol(&c->ssl) : NULL;

	/* A session that could not be resumed is not tried again. */
	if (next == TLS_FAILED)
		c->have_session = false;
	/* The alert that would say why is often lost with the connection. */
	if (next == TLS_FAILED && c->hung_up)
		fail(c, ERR_CLOSED, c->have_cert ? "the service hung up during the handshake, as if it did not know "
						   "this device's certificate"
						 : "the server hung up during the handshake");
	if (next != TLS_DONE)
		return next;
	if (!alpn || strcmp(alpn, c->alpn[0]) != 0) {
		fail(c, ERR_PROTOCOL, "the server is no caltrop service");
		return TLS_FAILED;
	}
	/* TLS 1.3 sends its tickets later. */
	if (strcmp(mbedtls_ssl_get_version(&c->ssl), "TLSv1.2") == 0)
		keep_session(c);
	return TLS_DONE;
}

enum tls_step tls_client_read(struct tls_client *c, void *out, size_t cap, size_t *got)
{
	int rc;

	do {
		rc = mbedtls_ssl_read(&c->ssl, out, cap);
		if (rc == TLS_COMPAT_TICKET)
			keep_session(c);
	} while (rc == TLS_COMPAT_TICKET);
	*got = rc > 0 ? (size_t)rc : 0;
	return step(c, rc == 0 ? MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY : rc);
}

enum tls_step tls_client_write(struct tls_client *c, struct str data, size_t *taken)
{
	int rc = mbedtls_ssl_write(&c->ssl, (const unsigned char *)data.data, data.len);

	*taken = rc > 0 ? (size_t)rc : 0;
	return step(c, rc);
}

void tls_client_end(struct tls_client *c)
{
	if (c->fd >= 0)
		mbedtls_ssl_close_notify(&c->ssl);
	c->fd = -1;
}

bool tls_client_resumed(const struct tls_client *c)
{
	return !c->judged;
}

/* Days since 1970 of a date (Gregorian calendar), after H. Hinnant, "chrono-compatible low-level date algorithms". */
static int64_t days_of(int year, int month, int day)
{
	year -= month <= 2;
	int64_t era = (year >= 0 ? year : year - 399) / 400;
	int64_t of_era = year - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static int64_t seconds_of(const mbedtls_x509_time *t)
{
	return days_of(t->year, t->mon, t->day) * DAY_S + t->hour * 3600 + t->min * 60 + t->sec;
}

bool tls_client_validity(const struct tls_client *c, int64_t *not_before_s, int64_t *not_after_s)
{
	if (!c->have_cert)
		return false;
	*not_before_s = seconds_of(&c->cert.valid_from);
	*not_after_s = seconds_of(&c->cert.valid_to);
	return true;
}
