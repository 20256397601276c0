/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A socket, TLS over it, and three ways to be sure who answers. mbedTLS checks the chain; whether the certificate is
 * for an address is checked here, because mbedTLS 2.28 looks at names only.
 */
#include "server-stub/cli/https.h"

#include "agent/base/addr.h"
#include "agent/base/clock.h"
#include "agent/base/key.h"
#include "agent/cli/command.h"
#include "server-stub/cli/opts.h"

#include <mbedtls/pem.h>
#include <mbedtls/ssl.h>
#include <mbedtls/x509_crt.h>

#include "agent/base/mbedtls_tls_compat.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SAN_IP 7 /* GeneralName iPAddress, RFC 5280 section 4.2.1.6 */

static const char system_authorities[] = "/etc/ssl/certs/ca-certificates.crt";

struct https {
	int fd;
	int64_t deadline_ms;
	mbedtls_ssl_context ssl;
	mbedtls_ssl_config conf;
	mbedtls_x509_crt ca;
};

/* -- socket -- */

/* Wait until it can be read or written; 0 when time is over. */
static int ready(int fd, short events, int64_t deadline_ms)
{
	int64_t left = deadline_ms ? deadline_ms - clock_mono_ms() : -1;
	struct pollfd p = { .fd = fd, .events = events };

	if (deadline_ms && left <= 0)
		return 0;
	return poll(&p, 1, left < 0 ? -1 : left > INT32_MAX ? INT32_MAX : (int)left);
}

static int connect_one(const struct addrinfo *a, int64_t deadline_ms)
{
	int fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, a->ai_protocol);
	int error = 0, one = 1;
	socklen_t len = sizeof(error);

	if (fd < 0)
		return -1;
	if (connect(fd, a->ai_addr, a->ai_addrlen) && errno != EINPROGRESS)
		error = errno;
	else if (ready(fd, POLLOUT, deadline_ms) <= 0)
		error = ETIMEDOUT;
	else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len))
		error = errno;
	if (!error) {
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		return fd;
	}
	close(fd);
	errno = error;
	return -1;
}

static int connect_any(const struct context *c, int64_t deadline_ms)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV };
	struct addrinfo *list;
	char port[8];
	int fd = -1;

	snprintf(port, sizeof(port), "%u", c->port);
	int failed = getaddrinfo(c->host, port, &hints, &list);

	if (failed) {
		fprintf(stderr, "caltrop: the server's name %s can't be resolved: %s\n", c->host, gai_strerror(failed));
		return -1;
	}
	for (const struct addrinfo *a = list; a && fd < 0; a = a->ai_next)
		fd = connect_one(a, deadline_ms);
	if (fd < 0)
		fprintf(stderr, "caltrop: server %s port %u can't be reached: %s\n", c->host, c->port, strerror(errno));
	freeaddrinfo(list);
	return fd;
}

static int bio_send(void *context, const unsigned char *data, size_t len)
{
	struct https *d = context;
	ssize_t sent;

	while ((sent = send(d->fd, data, len, MSG_NOSIGNAL)) < 0 && (errno == EAGAIN || errno == EINTR))
		if (ready(d->fd, POLLOUT, d->deadline_ms) == 0)
			return MBEDTLS_ERR_SSL_TIMEOUT;
	return sent < 0 ? MBEDTLS_ERR_SSL_INTERNAL_ERROR : (int)sent;
}

static int bio_recv(void *context, unsigned char *out, size_t cap)
{
	struct https *d = context;
	ssize_t got;

	while ((got = recv(d->fd, out, cap, 0)) < 0 && (errno == EAGAIN || errno == EINTR))
		if (ready(d->fd, POLLIN, d->deadline_ms) == 0)
			return MBEDTLS_ERR_SSL_TIMEOUT;
	return got < 0 ? MBEDTLS_ERR_SSL_INTERNAL_ERROR : (int)got;
}

/* -- who answers -- */

static bool is_address(const struct context *c, struct addr *a)
{
	return addr_parse(str_from(c->host), a) == ERR_OK;
}

static bool is_for_address(const mbedtls_x509_crt *cert, const struct addr *a)
{
	size_t len = a->family == 4 ? 4 : 16;

	for (const mbedtls_x509_sequence *s = &cert->subject_alt_names; s; s = s->next)
		if ((s->buf.tag & 0x1f) == SAN_IP && s->buf.len == len && memcmp(s->buf.p, a->bytes, len) == 0)
			return true;
	return false;
}

static void hex_of(const uint8_t digest[32], char hex[65])
{
	struct buf b = buf_over(hex, 64);

	buf_hex(&b, digest, 32);
	hex[64] = 0;
}

/* The certificate of the chain with that fingerprint. */
static const mbedtls_x509_crt *pinned(const mbedtls_x509_crt *chain, const char *fingerprint)
{
	uint8_t digest[32];
	char hex[65];

	for (const mbedtls_x509_crt *x = chain; x; x = x->next) {
		key_sha256(x->raw.p, x->raw.len, digest);
		hex_of(digest, hex);
		if (strcmp(hex, fingerprint) == 0)
			return x;
	}
	return NULL;
}

static bool keep(const mbedtls_x509_crt *x, struct context *learn)
{
	return key_pem("CERTIFICATE", x->raw.p, x->raw.len, learn->ca, sizeof(learn->ca)) == ERR_OK;
}

/* A chain with a pinned certificate in it: the pin is the leaf itself, or an authority that signed the leaf. */
static bool is_pinned(mbedtls_x509_crt *chain, const struct context *c, struct context *learn)
{
	const mbedtls_x509_crt *pin = pinned(chain, c->fingerprint);
	mbedtls_x509_crt alone;
	uint32_t flags = 0;

	if (!pin || pin == chain)
		return pin != NULL;
	mbedtls_x509_crt_init(&alone);
	bool good = mbedtls_x509_crt_parse_der(&alone, pin->raw.p, pin->raw.len) == 0 &&
		    mbedtls_x509_crt_verify(chain, &alone, NULL, NULL, &flags, NULL, NULL) == 0;

	mbedtls_x509_crt_free(&alone);
	return good && (!learn || keep(pin, learn));
}

static bool wrong(const char *format, const char *a, const char *b)
{
	fprintf(stderr, "caltrop: ");
	fprintf(stderr, format, a, b);
	fprintf(stderr, "\n");
	return false;
}

static bool explain(const struct context *c, uint32_t flags, const char *hex)
{
	if (flags & MBEDTLS_X509_BADCERT_EXPIRED)
		return wrong("the certificate of %s has expired%s", c->host, "");
	if (flags & MBEDTLS_X509_BADCERT_FUTURE)
		return wrong("the certificate of %s is not valid yet: is this machine's clock right?%s", c->host, "");
	if (flags == MBEDTLS_X509_BADCERT_CN_MISMATCH)
		return wrong("the certificate of this server is not for %s%s", c->host, "");
	if (c->ca[0])
		return wrong("%s does not show a certificate of the authority given with --ca; its fingerprint is %s",
			c->host, hex);
	return wrong("the certificate of %s is signed by nobody this machine trusts; give --ca FILE, or once you have "
		     "compared it with the one `caltrop-server init` printed: --fingerprint %s",
		c->host, hex);
}

static bool is_right_server(struct https *d, const struct context *c, struct context *learn)
{
	mbedtls_x509_crt *chain = (mbedtls_x509_crt *)(uintptr_t)mbedtls_ssl_get_peer_cert(&d->ssl);
	uint32_t flags = mbedtls_ssl_get_verify_result(&d->ssl);
	struct addr a;
	uint8_t digest[32];
	char hex[65];

	if (!chain)
		return wrong("%s shows no certificate%s", c->host, "");
	const mbedtls_x509_crt *top = chain;

	while (top->next)
		top = top->next;
	key_sha256(top->raw.p, top->raw.len, digest);
	hex_of(digest, hex);
	if (c->fingerprint[0] && !c->ca[0]) {
		if (!is_pinned(chain, c, learn))
			return wrong("%s does not show the certificate with this fingerprint, but %s", c->host, hex);
		return true;
	}
	if (is_address(c, &a)) {
		flags &= ~(uint32_t)MBEDTLS_X509_BADCERT_CN_MISMATCH;
		if (!flags && !is_for_address(chain, &a))
			return wrong("the certificate of this server is not for the address %s%s", c->host, "");
	}
	return flags ? explain(c, flags, hex) : true;
}

/* -- TLS -- */

static bool trust(struct https *d, const struct context *c)
{
	if (c->ca[0] && mbedtls_x509_crt_parse(&d->ca, (const unsigned char *)c->ca, strlen(c->ca) + 1))
		return wrong("the authority kept for %s is damaged; log in again%s", c->host, "");
	if (!c->ca[0] && !c->fingerprint[0])
		mbedtls_x509_crt_parse_file(&d->ca, system_authorities);
	return true;
}

static bool configure(struct https *d, const struct context *c)
{
	static const char *alpn[] = { "http/1.1", NULL };
	struct addr a;

	if (!mbedtls_tls_compat_start() || mbedtls_ssl_config_defaults(&d->conf, MBEDTLS_SSL_IS_CLIENT,
							MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT))
		return wrong("out of memory%s%s", "", "");
	mbedtls_tls_compat_conf(&d->conf);
	mbedtls_ssl_conf_rng(&d->conf, key_random_kernel.fill, key_random_kernel.context);
	mbedtls_ssl_conf_authmode(&d->conf, MBEDTLS_SSL_VERIFY_OPTIONAL); /* is_right_server decides and explains */
	mbedtls_ssl_conf_ca_chain(&d->conf, &d->ca, NULL);
	if (mbedtls_ssl_conf_alpn_protocols(&d->conf, alpn) || mbedtls_ssl_setup(&d->ssl, &d->conf) ||
		mbedtls_ssl_set_hostname(&d->ssl, is_address(c, &a) ? NULL : c->host))
		return wrong("out of memory%s%s", "", "");
	mbedtls_ssl_set_bio(&d->ssl, d, bio_send, bio_recv, NULL);
	return true;
}

static bool shake(struct https *d, const struct context *c, struct context *learn)
{
	int failed;

	while ((failed = mbedtls_ssl_handshake(&d->ssl)) == MBEDTLS_ERR_SSL_WANT_READ ||
		failed == MBEDTLS_ERR_SSL_WANT_WRITE)
		;
	if (failed == MBEDTLS_ERR_SSL_TIMEOUT)
		return wrong("server %s does not answer%s", c->host, "");
	if (failed)
		return wrong("%s does not speak TLS as it should; is this the port of the API?%s", c->host, "");
	return is_right_server(d, c, learn);
}

struct https *https_open(const struct context *c, struct context *learn, int *status)
{
	struct https *d = calloc(1, sizeof(*d));

	*status = COMMAND_UNREACHABLE;
	if (!d)
		return NULL;
	mbedtls_ssl_init(&d->ssl);
	mbedtls_ssl_config_init(&d->conf);
	mbedtls_x509_crt_init(&d->ca);
	d->deadline_ms = clock_mono_ms() + HTTPS_CONNECT_MS;
	d->fd = connect_any(c, d->deadline_ms);
	if (d->fd >= 0 && trust(d, c) && configure(d, c) && shake(d, c, learn)) {
		d->deadline_ms = 0;
		*status = OPTS_GO_ON;
		return d;
	}
	https_close(d);
	return NULL;
}

void https_close(struct https *d)
{
	if (!d)
		return;
	if (d->fd >= 0) {
		mbedtls_ssl_close_notify(&d->ssl);
		close(d->fd);
	}
	mbedtls_ssl_free(&d->ssl);
	mbedtls_ssl_config_free(&d->conf);
	mbedtls_x509_crt_free(&d->ca);
	free(d);
}

int https_read(struct https *d, char *out, size_t cap, int64_t deadline_ms)
{
	int got;

	d->deadline_ms = deadline_ms;
	do
		got = mbedtls_ssl_read(&d->ssl, (unsigned char *)out, cap);
	while (mbedtls_compat_again(got));
	if (got == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY)
		return 0;
	return got == MBEDTLS_ERR_SSL_TIMEOUT ? -2 : got < 0 ? -1 : got;
}

bool https_write(struct https *d, const char *data, size_t len)
{
	while (len) {
		int sent = mbedtls_ssl_write(&d->ssl, (const unsigned char *)data, len);

		if (mbedtls_compat_again(sent))
			continue;
		if (sent <= 0)
			return false;
		data += sent;
		len -= (size_t)sent;
	}
	return true;
}
