/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the TLS library alone takes for the server's side of a connection: both sides are in this process and talk
 * through memory, with mutual certificates and session tickets, and nothing is carried. Only the server's calls count.
 *
 *   floor_tls [CONNECTIONS] [RESUMPTIONS]
 *
 * Prints "devices tls_heap VALUE KiB", heap per open connection, and "devices tls_full_cpu" and
 * "devices tls_resumption_cpu" in microseconds of processor time per handshake.
 */
#include "agent/base/key.h"

#include <mbedtls/ssl_ticket.h>

#include "agent/base/mbedtls_compat.h"

#include <malloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PIPE_MAX 16384
#define VALID_S 86400
#define TICKET_S 3600

struct pipe {
	uint8_t bytes[PIPE_MAX];
	size_t from, len;
};

/* One side of a connection. */
struct side {
	mbedtls_ssl_context ssl;
	struct pipe *in, *out;
};

struct pair {
	struct side client, server;
	struct pipe to_client, to_server;
};

/* What all connections share. */
static struct {
	mbedtls_x509_crt ca, certs[2]; /* client, server */
	mbedtls_pk_context keys[2];
	mbedtls_ssl_config conf[2];
	mbedtls_ssl_ticket_context tickets;
	mbedtls_ssl_session session;
} tls;

static struct {
	int64_t cpu_ns, heap;
} server; /* spent by the server's side */

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "floor_tls: %s\n", what);
	exit(1);
}

static bool is_again(int result)
{
	return result == MBEDTLS_ERR_SSL_WANT_READ || result == MBEDTLS_ERR_SSL_WANT_WRITE ||
	       result == MBEDTLS_COMPAT_TICKET;
}

static int fill_random(void *context, unsigned char *out, size_t len)
{
	return key_random_kernel.fill(context, out, len);
}

static void make_certificate(enum key_cert_kind kind, const struct key_der *issuer, struct key_der *key,
			     mbedtls_x509_crt *out)
{
	static const char *const names[] = {"server", NULL};
	static uint8_t der[KEY_CERT_MAX];
	struct key_der public_key;
	int64_t now = time(NULL);
	size_t len;

	must(key_generate(key_random_kernel, key) == ERR_OK && key_public(key, &public_key) == ERR_OK, "make a key");
	struct key_cert_request request = {
		.kind = kind,
		.subject_key = &public_key,
		.issuer_key = issuer ? issuer : key,
		.subject = kind == KEY_CERT_CA	     ? "CN=ca"
			   : kind == KEY_CERT_SERVER ? "CN=server"
						     : "CN=device",
		.issuer = "CN=ca",
		.serial = {1, (uint8_t)kind},
		.not_before_s = now - VALID_S,
		.not_after_s = now + VALID_S,
		.dns_names = kind == KEY_CERT_SERVER ? names : NULL,
	};

	must(key_cert(&request, key_random_kernel, der, &len) == ERR_OK, "make a certificate");
	mbedtls_x509_crt_init(out);
	must(mbedtls_x509_crt_parse_der(out, der, len) == 0, "read a certificate");
}

/* As agent/base/tls/tls_conf.c. */
static const mbedtls_compat_group groups[] = {
	MBEDTLS_COMPAT_SECP256R1,
	MBEDTLS_COMPAT_X25519,
	MBEDTLS_COMPAT_SECP384R1,
	MBEDTLS_COMPAT_GROUP_NONE,
};

static void configure(int endpoint)
{
	mbedtls_ssl_config *conf = &tls.conf[endpoint];

	mbedtls_ssl_config_init(conf);
	must(mbedtls_ssl_config_defaults(conf, endpoint, MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT) ==
			     0 &&
		     mbedtls_ssl_conf_own_cert(conf, &tls.certs[endpoint], &tls.keys[endpoint]) == 0,
	     "configure");
	mbedtls_compat_versions(conf);
	mbedtls_compat_groups(conf, groups);
	mbedtls_compat_resume_cheaply(conf);
	mbedtls_ssl_conf_rng(conf, fill_random, NULL);
	mbedtls_ssl_conf_ca_chain(conf, &tls.ca, NULL);
	mbedtls_ssl_conf_authmode(conf, MBEDTLS_SSL_VERIFY_REQUIRED);
}

static void start(void)
{
	struct key_der ca, keys[2];

	must(mbedtls_compat_start_tls() == 0, "start mbedTLS");
	make_certificate(KEY_CERT_CA, NULL, &ca, &tls.ca);
	make_certificate(KEY_CERT_DEVICE, &ca, &keys[0], &tls.certs[0]);
	make_certificate(KEY_CERT_SERVER, &ca, &keys[1], &tls.certs[1]);
	for (int i = 0; i < 2; i++) {
		mbedtls_pk_init(&tls.keys[i]);
		must(mbedtls_compat_parse_key(&tls.keys[i], keys[i].bytes, keys[i].len, fill_random, NULL) == 0,
		     "read a key");
		configure(i);
	}
	mbedtls_ssl_conf_session_tickets(&tls.conf[0], MBEDTLS_SSL_SESSION_TICKETS_ENABLED);
	mbedtls_ssl_ticket_init(&tls.tickets);
	must(mbedtls_ssl_ticket_setup(&tls.tickets, fill_random, NULL, MBEDTLS_CIPHER_AES_256_GCM, TICKET_S) == 0,
	     "tickets");
	mbedtls_ssl_conf_session_tickets_cb(&tls.conf[1], mbedtls_ssl_ticket_write, mbedtls_ssl_ticket_parse,
					    &tls.tickets);
}

static int send_bytes(void *context, const unsigned char *data, size_t len)
{
	struct pipe *pipe = ((struct side *)context)->out;

	if (pipe->len + len > PIPE_MAX)
		return MBEDTLS_ERR_SSL_WANT_WRITE;
	memcpy(pipe->bytes + pipe->len, data, len);
	pipe->len += len;
	return (int)len;
}

static int receive_bytes(void *context, unsigned char *out, size_t cap)
{
	struct pipe *pipe = ((struct side *)context)->in;
	size_t len = pipe->len - pipe->from < cap ? pipe->len - pipe->from : cap;

	if (len == 0)
		return MBEDTLS_ERR_SSL_WANT_READ;
	memcpy(out, pipe->bytes + pipe->from, len);
	pipe->from += len;
	if (pipe->from == pipe->len)
		pipe->from = pipe->len = 0;
	return (int)len;
}

static void side_open(struct side *s, int endpoint, struct pipe *in, struct pipe *out)
{
	*s = (struct side){.in = in, .out = out};
	mbedtls_ssl_init(&s->ssl);
	must(mbedtls_ssl_setup(&s->ssl, &tls.conf[endpoint]) == 0, "prepare a connection");
	mbedtls_ssl_set_bio(&s->ssl, s, send_bytes, receive_bytes, NULL);
}

static int64_t cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Do something of the server's side, and count it; `weigh`: its heap, too, which takes time. */
static int served(struct pair *p, int (*call)(struct pair *p), bool weigh)
{
	size_t heap = weigh ? mallinfo2().uordblks : 0;
	int64_t before = cpu_ns();
	int result = call(p);

	server.cpu_ns += cpu_ns() - before;
	server.heap += weigh ? (int64_t)mallinfo2().uordblks - (int64_t)heap : 0;
	return result;
}

static int server_open(struct pair *p)
{
	side_open(&p->server, MBEDTLS_SSL_IS_SERVER, &p->to_server, &p->to_client);
	return 0;
}

static int server_shake(struct pair *p)
{
	return mbedtls_ssl_handshake(&p->server.ssl);
}

static int server_close(struct pair *p)
{
	mbedtls_ssl_free(&p->server.ssl);
	return 0;
}

/* Both sides take turns until both are done. */
static void shake(struct pair *p, bool resume, bool weigh)
{
	int client = MBEDTLS_ERR_SSL_WANT_READ, done = client;

	memset(&p->to_client, 0, sizeof(p->to_client));
	memset(&p->to_server, 0, sizeof(p->to_server));
	side_open(&p->client, MBEDTLS_SSL_IS_CLIENT, &p->to_client, &p->to_server);
	must(mbedtls_ssl_set_hostname(&p->client.ssl, "server") == 0, "name the server");
	must(!resume || mbedtls_ssl_set_session(&p->client.ssl, &tls.session) == 0, "offer the session");
	served(p, server_open, weigh);
	for (int turn = 0; turn < 100 && (client != 0 || done != 0); turn++) {
		if (client != 0)
			client = mbedtls_ssl_handshake(&p->client.ssl);
		if (done != 0)
			done = served(p, server_shake, weigh);
		must(is_again(client) || client == 0, "the client's handshake failed");
		must(is_again(done) || done == 0, "the server's handshake failed");
	}
	must(client == 0 && done == 0, "a handshake does not end");
}

/* With TLS 1.3 the ticket comes behind the handshake. */
static void keep_session(struct pair *p)
{
	uint8_t byte;

	for (int i = 0; i < 4; i++)
		(void)mbedtls_ssl_read(&p->client.ssl, &byte, 1);
	mbedtls_ssl_session_init(&tls.session);
	must(mbedtls_ssl_get_session(&p->client.ssl, &tls.session) == 0, "keep the session");
}

int main(int argc, char **argv)
{
	int connections = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 100;
	int resumptions = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 2000;
	struct pair *pairs = connections > 0 ? calloc((size_t)connections, sizeof(*pairs)) : NULL;

	if (!pairs || resumptions < 1) {
		fprintf(stderr, "usage: floor_tls [CONNECTIONS] [RESUMPTIONS]\n");
		return 2;
	}
	start();
	for (int i = 0; i < connections; i++)
		shake(&pairs[i], false, true);
	printf("devices tls_heap %.3f KiB\n",
	       ((double)server.heap / connections + (double)sizeof(mbedtls_ssl_context)) / 1024);
	printf("devices tls_full_cpu %.1f us\n", (double)server.cpu_ns / 1e3 / connections);
	struct pair *again = &pairs[0];

	keep_session(again);
	server.cpu_ns = 0;
	for (int i = 0; i < resumptions; i++) {
		served(again, server_close, false);
		mbedtls_ssl_free(&again->client.ssl);
		shake(again, true, false);
	}
	printf("devices tls_resumption_cpu %.1f us\n", (double)server.cpu_ns / 1e3 / resumptions);
	return 0;
}
