/* SPDX-License-Identifier: Apache-2.0 */
/* TLS of one simulated device over a non-blocking socket. Never looks at what it carries. */
#include "tests/bench/load/load_tls.h"

#include "agent/base/mbedtls_compat.h"

#include <mbedtls/error.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void must(int failed, const char *what)
{
	char text[128];

	if (failed == 0)
		return;
	mbedtls_strerror(failed, text, sizeof(text));
	fprintf(stderr, "%s: %s\n", what, text);
	exit(1);
}

static int fill_random(void *context, unsigned char *out, size_t len)
{
	return key_random_kernel.fill(context, out, len);
}

void load_tls_key(struct load_tls_key *out, const struct load_fleet *fleet, const char *alpn, uint16_t port)
{
	*out = (struct load_tls_key){.alpn = {alpn, NULL}, .address = INADDR_LOOPBACK, .port = port};
	must(mbedtls_compat_start_tls(), "start mbedTLS");
	mbedtls_pk_init(&out->pk);
	if (!fleet)
		return;
	out->server_name = fleet->server_name;
	must(mbedtls_compat_parse_key(&out->pk, fleet->key.bytes, fleet->key.len, fill_random, NULL), "read the key");
}

void load_tls_init(struct load_tls *t, const struct load_tls_key *key, const struct load_identity *identity,
		   unsigned number)
{
	*t = (struct load_tls){.key = key, .fd = -1, .number = number};
	mbedtls_ssl_config_init(&t->conf);
	mbedtls_x509_crt_init(&t->cert);
	mbedtls_ssl_session_init(&t->session);
	mbedtls_ssl_init(&t->ssl);
	must(mbedtls_ssl_config_defaults(&t->conf, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM,
					 MBEDTLS_SSL_PRESET_DEFAULT),
	     "configure TLS");
	mbedtls_ssl_conf_authmode(&t->conf, MBEDTLS_SSL_VERIFY_NONE);
	mbedtls_ssl_conf_rng(&t->conf, fill_random, NULL);
	mbedtls_ssl_conf_session_tickets(&t->conf, MBEDTLS_SSL_SESSION_TICKETS_ENABLED);
	mbedtls_compat_report_tickets(&t->conf);
	if (key->alpn[0])
		must(mbedtls_ssl_conf_alpn_protocols(&t->conf, (const char **)(uintptr_t)key->alpn), "offer ALPN");
	if (!identity)
		return;
	must(mbedtls_x509_crt_parse_der_nocopy(&t->cert, identity->cert, identity->cert_len), "read a certificate");
	must(mbedtls_ssl_conf_own_cert(&t->conf, &t->cert, (mbedtls_pk_context *)(uintptr_t)&key->pk), "set it");
}

static int tls_send(void *context, const unsigned char *data, size_t len)
{
	ssize_t sent = send(((struct load_tls *)context)->fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (sent >= 0)
		return (int)sent;
	return errno == EAGAIN || errno == EINTR || errno == ENOTCONN ? MBEDTLS_ERR_SSL_WANT_WRITE : -1;
}

static int tls_recv(void *context, unsigned char *data, size_t cap)
{
	ssize_t got = recv(((struct load_tls *)context)->fd, data, cap, MSG_DONTWAIT);

	if (got >= 0)
		return (int)got;
	return errno == EAGAIN || errno == EINTR || errno == ENOTCONN ? MBEDTLS_ERR_SSL_WANT_READ : -1;
}

static bool start_connect(struct load_tls *t)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(t->key->port)};
	struct sockaddr_in from = {.sin_family = AF_INET};
	struct linger reset = {1, 0};
	int one = 1;

	to.sin_addr.s_addr = htonl(t->key->address);
	if (t->key->address == INADDR_LOOPBACK)
		from.sin_addr.s_addr = htonl(0x7f010001 + t->number % 0xf00000);
	t->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (t->fd < 0)
		return false;
	(void)setsockopt(t->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	(void)setsockopt(t->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one));
	(void)setsockopt(t->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	if (bind(t->fd, (struct sockaddr *)&from, sizeof(from)) < 0)
		return false;
	return connect(t->fd, (struct sockaddr *)&to, sizeof(to)) == 0 || errno == EINPROGRESS;
}

bool load_tls_open(struct load_tls *t)
{
	t->full = false;
	t->error = 0;
	must(mbedtls_ssl_setup(&t->ssl, &t->conf), "prepare a connection");
	if (t->key->server_name)
		must(mbedtls_ssl_set_hostname(&t->ssl, t->key->server_name), "name the server");
	if (t->has_session)
		must(mbedtls_ssl_set_session(&t->ssl, &t->session), "offer the session");
	mbedtls_ssl_set_bio(&t->ssl, t, tls_send, tls_recv, NULL);
	if (start_connect(t))
		return true;
	load_tls_cut(t);
	return false;
}

static void remember_session(struct load_tls *t)
{
	mbedtls_ssl_session_free(&t->session);
	mbedtls_ssl_session_init(&t->session);
	t->has_session = mbedtls_ssl_get_session(&t->ssl, &t->session) == 0;
}

/* One more of TLS 1.3 came and is kept; what was asked for was not done. */
static bool is_ticket(struct load_tls *t, int code)
{
	if (code == MBEDTLS_COMPAT_TICKET) {
		remember_session(t);
		return true;
	}
	return false;
}

static enum load_tls_result result_of(struct load_tls *t, int code)
{
	if (code == MBEDTLS_ERR_SSL_WANT_READ)
		return LOAD_TLS_READ;
	if (code == MBEDTLS_ERR_SSL_WANT_WRITE)
		return LOAD_TLS_WRITE;
	t->error = code;
	return LOAD_TLS_ENDED;
}

enum load_tls_result load_tls_shake(struct load_tls *t)
{
	while (t->ssl.MBEDTLS_COMPAT(state) != MBEDTLS_SSL_HANDSHAKE_OVER) {
		int code = mbedtls_ssl_handshake_step(&t->ssl);

		t->full |= t->ssl.MBEDTLS_COMPAT(state) == MBEDTLS_SSL_SERVER_CERTIFICATE;
		if (code != 0)
			return result_of(t, code);
	}
	if (mbedtls_ssl_get_version(&t->ssl)[6] == '2') /* "TLSv1.2"; later ones bring tickets when they like */
		remember_session(t);
	return LOAD_TLS_DONE;
}

enum load_tls_result load_tls_read(struct load_tls *t, void *out, size_t cap, size_t *moved)
{
	int got = mbedtls_ssl_read(&t->ssl, out, cap);

	*moved = got > 0 ? (size_t)got : 0;
	return got > 0 || is_ticket(t, got) ? LOAD_TLS_DONE : result_of(t, got);
}

enum load_tls_result load_tls_write(struct load_tls *t, const void *data, size_t len, size_t *moved)
{
	int sent = mbedtls_ssl_write(&t->ssl, data, len);

	/* A write looks at what came, too. */
	while (is_ticket(t, sent))
		sent = mbedtls_ssl_write(&t->ssl, data, len);

	*moved = sent > 0 ? (size_t)sent : 0;
	return sent > 0 ? LOAD_TLS_DONE : result_of(t, sent);
}

void load_tls_cut(struct load_tls *t)
{
	if (t->fd >= 0)
		close(t->fd);
	t->fd = -1;
	mbedtls_ssl_free(&t->ssl);
	mbedtls_ssl_init(&t->ssl);
}
