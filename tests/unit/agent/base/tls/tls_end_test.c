/* SPDX-License-Identifier: Apache-2.0 */
/* Both ends of TLS in this process, with memory between them. */
#include "agent/base/tls/tls_end.h"

#include "agent/base/key.h"
#include "agent/base/tls/tls_inner.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#define DAY_S 86400
#define PIPE_MAX 65536
#define PEM_MAX 8192

static const char *const alpn[] = {"test/1", NULL}, *const other_alpn[] = {"other/1", NULL};

/* -- a small fleet -- */

struct identity {
	struct key_der key;
	char cert_pem[PEM_MAX], key_pem[2048];
	uint8_t cert[KEY_CERT_MAX];
	size_t cert_len;
};

static struct identity root, foreign_root, server, late_server, early_server, device, foreign_device;

struct issue {
	enum key_cert_kind kind;
	const char *subject, *issuer;
	const struct identity *by;  /* NULL: itself */
	int64_t from_days, to_days; /* from now */
};

static void issue(struct identity *id, const struct issue *how)
{
	static const uint8_t loopback[17] = {4, 127, 0, 0, 1};
	static const uint8_t *const ips[] = {loopback, NULL};
	static const char *const names[] = {"service.test", NULL};
	struct key_der public_key;
	bool is_server = how->kind == KEY_CERT_SERVER;

	assert_int_equal(key_generate(key_random_kernel, &id->key), ERR_OK);
	assert_int_equal(key_public(&id->key, &public_key), ERR_OK);
	const struct key_cert_request request = {
		.kind = how->kind,
		.subject_key = &public_key,
		.issuer_key = how->by ? &how->by->key : &id->key,
		.subject = how->subject,
		.issuer = how->issuer,
		.serial = {1, 2},
		.not_before_s = time(NULL) + how->from_days * DAY_S,
		.not_after_s = time(NULL) + how->to_days * DAY_S,
		.dns_names = is_server ? names : NULL,
		.ip_names = is_server ? ips : NULL,
	};

	assert_int_equal(key_cert(&request, key_random_kernel, id->cert, &id->cert_len), ERR_OK);
	assert_int_equal(key_pem("CERTIFICATE", id->cert, id->cert_len, id->cert_pem, PEM_MAX), ERR_OK);
	assert_int_equal(key_pem("EC PRIVATE KEY", id->key.bytes, id->key.len, id->key_pem, sizeof(id->key_pem)),
			 ERR_OK);
}

static int make_fleet(void **state)
{
	(void)state;
	issue(&root, &(struct issue){KEY_CERT_CA, "CN=root", "CN=root", NULL, -9, 9});
	issue(&foreign_root, &(struct issue){KEY_CERT_CA, "CN=root", "CN=root", NULL, -9, 9});
	issue(&server, &(struct issue){KEY_CERT_SERVER, "CN=server", "CN=root", &root, -2, 2});
	issue(&late_server, &(struct issue){KEY_CERT_SERVER, "CN=server", "CN=root", &root, -2, -1});
	issue(&early_server, &(struct issue){KEY_CERT_SERVER, "CN=server", "CN=root", &root, 1, 2});
	issue(&device, &(struct issue){KEY_CERT_DEVICE, "CN=device", "CN=root", &root, -2, 2});
	issue(&foreign_device, &(struct issue){KEY_CERT_DEVICE, "CN=device", "CN=root", &foreign_root, -2, 2});
	return 0;
}

/* -- memory instead of a network -- */

struct pipe {
	char bytes[PIPE_MAX];
	size_t from, to;
	size_t room; /* what it still takes */
	bool broken;
};

struct side {
	struct tls_conf *conf;
	struct tls_end *end;
	struct pipe out;
	unsigned judged;
	char subject[TLS_CERT_SUBJECT_MAX];
	bool opened; /* a ticket of ours */
};

struct pair {
	struct side client, server;
	size_t chunk; /* at most so much at once */
};

static int put(void *context, const void *bytes, size_t len)
{
	struct pipe *p = context;

	if (p->broken)
		return -1;
	len = len < p->room ? len : p->room;
	assert_true(p->to + len <= PIPE_MAX);
	memcpy(p->bytes + p->to, bytes, len);
	p->to += len;
	p->room -= len;
	return (int)len;
}

static void judge(void *peer, const struct tls_cert *cert, int depth, uint32_t *faults)
{
	struct side *s = peer;

	(void)faults;
	s->judged++;
	if (depth == 0)
		assert_true(tls_cert_subject(cert, s->subject) > 0);
}

/* A ticket of the test is the session in the clear behind a word. */
static enum err seal(const struct tls_tickets *t, const struct tls_end *end, struct str session, struct buf *out)
{
	(void)t;
	(void)end;
	buf_text(out, "seal");
	buf_put(out, session);
	return buf_check(out);
}

static enum err open_seal(const struct tls_tickets *t, const struct tls_end *end, struct buf *ticket,
			  struct buf *session)
{
	struct str bytes = buf_str(ticket);
	struct side *s = tls_end_peer(end);

	(void)t;
	if (!str_take(&bytes, STR("seal")))
		return ERR_CRYPTO;
	buf_put(session, bytes);
	s->opened = true;
	return buf_check(session);
}

static const struct tls_tickets tickets = {.hint_s = 600, .seal = seal, .open = open_seal};

static struct tls_conf_setup client_setup(const struct identity *id)
{
	return (struct tls_conf_setup){
		.role = TLS_CLIENT,
		.peers = TLS_PEERS_OURS,
		.proof = TLS_PROOF_REQUIRED,
		.alpn = alpn,
		.server_name = "service.test",
		.ca_pem = str_from(root.cert_pem),
		.cert_pem = str_from(id ? id->cert_pem : NULL),
		.key_pem = str_from(id ? id->key_pem : NULL),
	};
}

static struct tls_conf_setup server_setup(const struct identity *id)
{
	return (struct tls_conf_setup){
		.role = TLS_SERVER,
		.peers = TLS_PEERS_OURS,
		.proof = TLS_PROOF_JUDGED,
		.alpn = alpn,
		.ca_pem = str_from(root.cert_pem),
		.cert_pem = str_from(id->cert_pem),
		.key_pem = str_from(id->key_pem),
	};
}

static void side_begin(struct side *s)
{
	s->out.from = s->out.to = 0;
	s->out.room = SIZE_MAX;
	s->out.broken = false;
	s->opened = false;
	assert_int_equal(tls_end_begin(s->end, time(NULL)), ERR_OK);
}

static void side_open(struct side *s, const struct tls_conf_setup *setup)
{
	assert_int_equal(tls_conf_new(setup, &s->conf, NULL), ERR_OK);
	s->end = tls_end_new(s->conf, (struct tls_out){put, &s->out}, s);
	assert_non_null(s->end);
}

/* The server's connection is another one each time, as a service's are. */
static void reconnect(struct pair *p)
{
	tls_end_free(p->server.end);
	p->server.end = tls_end_new(p->server.conf, (struct tls_out){put, &p->server.out}, &p->server);
	assert_non_null(p->server.end);
	side_begin(&p->client);
	side_begin(&p->server);
}

static struct pair *pair_new(const struct tls_conf_setup *client, const struct tls_conf_setup *of_server)
{
	struct pair *p = calloc(1, sizeof(*p));

	p->chunk = SIZE_MAX;
	side_open(&p->client, client);
	side_open(&p->server, of_server);
	if (of_server->proof != TLS_PROOF_NONE)
		tls_conf_judge(p->server.conf, judge);
	tls_conf_seal_tickets(p->server.conf, &tickets);
	side_begin(&p->client);
	side_begin(&p->server);
	return p;
}

/* The connection lives on without who made its configuration. */
static void pair_free(struct pair *p)
{
	tls_conf_drop(p->client.conf);
	tls_conf_drop(p->server.conf);
	tls_end_free(p->client.end);
	tls_end_free(p->server.end);
	free(p);
}

/* Hand `to` up to `max` bytes of what `from` sent; how many. */
static size_t carry(struct side *from, struct side *to, size_t max)
{
	struct pipe *pipe = &from->out;
	size_t len = pipe->to - pipe->from;

	len = len < max ? len : max;
	if (len)
		tls_end_feed(to->end, (struct str){pipe->bytes + pipe->from, len});
	pipe->from += len;
	return len;
}

/* Shake hands until both are done, or nothing moves. */
static void shake(struct pair *p, enum tls_step *client, enum tls_step *of_server)
{
	size_t moved;

	*of_server = TLS_WAIT_READ;
	*client = tls_end_shake(p->client.end);
	do {
		moved = *of_server == TLS_WAIT_READ ? carry(&p->client, &p->server, p->chunk) : 0;
		*of_server = tls_end_shake(p->server.end);
		moved += *client == TLS_WAIT_READ ? carry(&p->server, &p->client, p->chunk) : 0;
		*client = tls_end_shake(p->client.end);
	} while (moved);
}

static void shake_well(struct pair *p)
{
	enum tls_step client, of_server;
	char why[TLS_WHY_MAX];

	shake(p, &client, &of_server);
	if (client != TLS_DONE || of_server != TLS_DONE) {
		tls_end_why(client != TLS_DONE ? p->client.end : p->server.end, why);
		fail_msg("client %d, server %d: %s", client, of_server, why);
	}
}

/* What `from` has sent is read by `to`; its length. */
static size_t hear(struct side *from, struct side *to, char *out, size_t cap)
{
	size_t len = 0, got;
	enum tls_step step;

	do {
		step = tls_end_read(to->end, out + len, cap - len, &got);
		len += got;
	} while (step == TLS_DONE || (step == TLS_WAIT_READ && carry(from, to, 1000)));
	assert_int_equal(step, TLS_WAIT_READ);
	return len;
}

static void say(struct side *s, struct str text)
{
	while (text.len) {
		size_t taken;

		assert_int_equal(tls_end_write(s->end, text, &taken), TLS_DONE);
		text = str_sub(text, taken, SIZE_MAX);
	}
}

static void talk(struct pair *p)
{
	char text[64];

	say(&p->client, STR("question"));
	assert_int_equal(hear(&p->client, &p->server, text, sizeof(text)), 8);
	say(&p->server, STR("the answer"));
	assert_int_equal(hear(&p->server, &p->client, text, sizeof(text)), 10);
	assert_memory_equal(text, "the answer", 10);
}

/* -- well -- */

static void two_ends_agree_and_talk(void **state)
{
	struct tls_conf_setup c = client_setup(&device), s = server_setup(&server);
	struct pair *p = pair_new(&c, &s);
	struct tls_cert cert;

	(void)state;
	shake_well(p);
	assert_string_equal(tls_end_alpn(p->client.end), "test/1");
	assert_string_equal(tls_end_alpn(p->server.end), "test/1");
	assert_false(tls_end_resumed(p->client.end) || tls_end_resumed(p->server.end));
	assert_int_equal(tls_end_faults(p->client.end), 0);
	assert_int_equal(tls_end_faults(p->server.end), 0);
	assert_string_equal(p->server.subject, "CN=device");
	assert_true(tls_end_certificate(p->client.end, 0, &cert));
	assert_int_equal(cert.der.len, server.cert_len);
	assert_false(tls_end_certificate(p->client.end, 1, &cert));
	talk(p);
	pair_free(p);
}

/* OpenSSL 3: TLS 1.3 and 1.2 together, their suites too, a session id for middle boxes (RFC 8446 D.4), ALPN test/1. */
static const uint8_t hello_of_openssl[] = {
	0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03, 0xc4, 0x7e, 0x61, 0x0b, 0xac, 0x32, 0xe9,
	0x8f, 0x48, 0xff, 0x49, 0x0c, 0xc0, 0x25, 0x99, 0xa0, 0x9e, 0x67, 0x18, 0x75, 0xa5, 0x60, 0x33, 0x44, 0x56,
	0xf6, 0x51, 0x76, 0x47, 0x58, 0xc8, 0x0e, 0x20, 0x01, 0xca, 0xf8, 0x98, 0x52, 0xe2, 0x9f, 0x14, 0xce, 0x75,
	0xbb, 0x44, 0xbc, 0x26, 0xb3, 0x31, 0x56, 0x9e, 0xb9, 0x69, 0x2a, 0x8d, 0x93, 0x8e, 0x48, 0xaa, 0xb1, 0xa5,
	0xca, 0x60, 0x73, 0x58, 0x00, 0x0a, 0x13, 0x02, 0x13, 0x03, 0x13, 0x01, 0xc0, 0x2b, 0x00, 0xff, 0x01, 0x00,
	0x01, 0xa9, 0x00, 0x00, 0x00, 0x11, 0x00, 0x0f, 0x00, 0x00, 0x0c, 0x73, 0x65, 0x72, 0x76, 0x69, 0x63, 0x65,
	0x2e, 0x74, 0x65, 0x73, 0x74, 0x00, 0x0b, 0x00, 0x04, 0x03, 0x00, 0x01, 0x02, 0x00, 0x0a, 0x00, 0x16, 0x00,
	0x14, 0x00, 0x1d, 0x00, 0x17, 0x00, 0x1e, 0x00, 0x19, 0x00, 0x18, 0x01, 0x00, 0x01, 0x01, 0x01, 0x02, 0x01,
	0x03, 0x01, 0x04, 0x00, 0x23, 0x00, 0x00, 0x00, 0x10, 0x00, 0x09, 0x00, 0x07, 0x06, 0x74, 0x65, 0x73, 0x74,
	0x2f, 0x31, 0x00, 0x16, 0x00, 0x00, 0x00, 0x17, 0x00, 0x00, 0x00, 0x0d, 0x00, 0x2a, 0x00, 0x28, 0x04, 0x03,
	0x05, 0x03, 0x06, 0x03, 0x08, 0x07, 0x08, 0x08, 0x08, 0x09, 0x08, 0x0a, 0x08, 0x0b, 0x08, 0x04, 0x08, 0x05,
	0x08, 0x06, 0x04, 0x01, 0x05, 0x01, 0x06, 0x01, 0x03, 0x03, 0x03, 0x01, 0x03, 0x02, 0x04, 0x02, 0x05, 0x02,
	0x06, 0x02, 0x00, 0x2b, 0x00, 0x05, 0x04, 0x03, 0x04, 0x03, 0x03, 0x00, 0x2d, 0x00, 0x02, 0x01, 0x01, 0x00,
	0x33, 0x00, 0x26, 0x00, 0x24, 0x00, 0x1d, 0x00, 0x20, 0xe5, 0xe0, 0x53, 0x49, 0x92, 0x6a, 0x7e, 0x95, 0x9b,
	0xa4, 0x6a, 0x18, 0xcd, 0x8a, 0x03, 0x2e, 0xcb, 0x76, 0x04, 0x9e, 0x20, 0x95, 0x27, 0x52, 0xbc, 0x2e, 0xe2,
	0x86, 0xfe, 0x7b, 0xbb, 0x1a, 0x00, 0x15, 0x00, 0xee, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
};

static void client_that_offers_both_versions_is_answered(void **state)
{
	struct tls_conf_setup c = client_setup(&device), s = server_setup(&server);
	struct pair *p = pair_new(&c, &s);
	char why[TLS_WHY_MAX];

	(void)state;
	tls_end_feed(p->server.end, (struct str){(const char *)hello_of_openssl, sizeof(hello_of_openssl)});
	enum tls_step step = tls_end_shake(p->server.end);

	tls_end_why(p->server.end, why);
	if (step != TLS_WAIT_READ)
		fail_msg("%d: %s", step, why);
	assert_true(p->server.out.to > 5);
	assert_int_equal(p->server.out.bytes[0], 22); /* a handshake, not an alert */
	pair_free(p);
}

static void bytes_may_come_one_by_one(void **state)
{
	struct tls_conf_setup c = client_setup(&device), s = server_setup(&server);
	struct pair *p = pair_new(&c, &s);

	(void)state;
	p->chunk = 1;
	shake_well(p);
	talk(p);
	pair_free(p);
}

static void anyone_may_come_without_a_certificate(void **state)
{
	struct tls_conf_setup c = client_setup(NULL), s = server_setup(&server);

	(void)state;
	c.peers = s.peers = TLS_PEERS_ANYONE;
	s.proof = TLS_PROOF_NONE;
	struct pair *p = pair_new(&c, &s);

	shake_well(p);
	talk(p);
	pair_free(p);
}

static void session_is_resumed_with_either_kind_of_ticket(void **state)
{
	struct tls_conf_setup c = client_setup(&device), s = server_setup(&server);

	(void)state;
	for (int library = 0; library < 2; library++) {
		struct pair *p = pair_new(&c, &s);

		if (library)
			assert_int_equal(tls_conf_tickets(p->server.conf, 600), ERR_OK);
		shake_well(p);
		talk(p);
		for (int i = 0; i < 2; i++) {
			reconnect(p);
			p->server.judged = 0;
			shake_well(p);
			assert_true(tls_end_resumed(p->client.end) && tls_end_resumed(p->server.end));
			assert_int_equal(p->server.judged, 0);
			assert_int_equal(p->server.opened, !library);
			talk(p);
		}
		pair_free(p);
	}
}

static void ticket_that_does_not_open_costs_a_full_handshake(void **state)
{
	struct tls_conf_setup c = client_setup(&device), s = server_setup(&server);
	struct pair *p = pair_new(&c, &s);

	(void)state;
	shake_well(p);
	talk(p);
	/* The library's keys open none of ours. */
	assert_int_equal(tls_conf_tickets(p->server.conf, 600), ERR_OK);
	reconnect(p);
	shake_well(p);
	assert_false(tls_end_resumed(p->client.end) || tls_end_resumed(p->server.end));
	assert_string_equal(p->server.subject, "CN=device");
	talk(p);
	pair_free(p);
}

static void goodbye_is_no_failure(void **state)
{
	struct tls_conf_setup c = client_setup(&device), s = server_setup(&server);
	struct pair *p = pair_new(&c, &s);
	char text[8], why[TLS_WHY_MAX];
	size_t got;

	(void)state;
	shake_well(p);
	say(&p->client, STR("last"));
	tls_end_close(p->client.end);
	assert_int_equal(tls_end_write(p->client.end, STR("more"), &got), TLS_CLOSED);
	/* Who said goodbye still hears. */
	say(&p->server, STR("heard"));
	assert_int_equal(hear(&p->server, &p->client, text, sizeof(text)), 5);
	carry(&p->client, &p->server, SIZE_MAX);
	assert_int_equal(tls_end_read(p->server.end, text, sizeof(text), &got), TLS_DONE);
	assert_int_equal(got, 4);
	assert_int_equal(tls_end_read(p->server.end, text, sizeof(text), &got), TLS_CLOSED);
	tls_end_why(p->server.end, why);
	assert_string_equal(why, "");
	pair_free(p);
}

static void what_was_written_before_a_wait_is_neither_lost_nor_doubled(void **state)
{
	struct tls_conf_setup c = client_setup(&device), s = server_setup(&server);
	struct pair *p = pair_new(&c, &s);
	char sent[1000], text[2000];
	size_t taken;

	(void)state;
	for (size_t i = 0; i < sizeof(sent); i++)
		sent[i] = (char)i;
	shake_well(p);
	p->client.out.room = 100;
	assert_int_equal(tls_end_write(p->client.end, (struct str){sent, 500}, &taken), TLS_WAIT_WRITE);
	assert_int_equal(taken, 0);
	/* More has come to stand behind the same bytes. */
	assert_int_equal(tls_end_write(p->client.end, (struct str){sent, 1000}, &taken), TLS_WAIT_WRITE);
	p->client.out.room = SIZE_MAX;
	assert_int_equal(tls_end_write(p->client.end, (struct str){sent, 1000}, &taken), TLS_DONE);
	assert_int_equal(taken, 500);
	say(&p->client, (struct str){sent + 500, 500});
	assert_int_equal(hear(&p->client, &p->server, text, sizeof(text)), 1000);
	assert_memory_equal(text, sent, 1000);
	pair_free(p);
}

/* The library says "more" after a warning although more is there; who feeds next relies on all being used up. */
static void warning_hides_nothing_behind_it(void **state)
{
	struct tls_conf_setup c = client_setup(&device), s = server_setup(&server);
	struct pair *p = pair_new(&c, &s);
	char text[16];
	size_t got;

	(void)state;
	shake_well(p);
	talk(p);
	assert_int_equal(mbedtls_ssl_send_alert_message(&p->client.end->ssl, MBEDTLS_SSL_ALERT_LEVEL_WARNING,
							MBEDTLS_SSL_ALERT_MSG_NO_RENEGOTIATION),
			 0);
	say(&p->client, STR("question"));
	carry(&p->client, &p->server, SIZE_MAX);
	if (strcmp(mbedtls_ssl_get_version(&p->server.end->ssl), "TLSv1.2") == 0) {
		assert_int_equal(tls_end_read(p->server.end, text, sizeof(text), &got), TLS_DONE);
		assert_int_equal(got, 8);
		assert_int_equal(tls_end_read(p->server.end, text, sizeof(text), &got), TLS_WAIT_READ);
		talk(p);
	}
	pair_free(p);
}

/* -- badly -- */

/* The client refuses, says this, and the server learns of the refusal. */
static void expect_refusal(const struct tls_conf_setup *c, const struct tls_conf_setup *s, const char *says)
{
	struct pair *p = pair_new(c, s);
	enum tls_step client, of_server;
	char why[TLS_WHY_MAX];

	shake(p, &client, &of_server);
	assert_int_equal(client, TLS_FAILED);
	assert_int_equal(of_server, TLS_FAILED);
	tls_end_why(p->client.end, why);
	if (!strstr(why, says))
		fail_msg("says \"%s\", not \"%s\"", why, says);
	assert_int_equal(tls_end_shake(p->client.end), TLS_FAILED);
	pair_free(p);
}

static void client_refuses_whom_it_does_not_know(void **state)
{
	struct tls_conf_setup c = client_setup(&device), s = server_setup(&server);

	(void)state;
	c.ca_pem = str_from(foreign_root.cert_pem);
	expect_refusal(&c, &s, "not signed by the fleet's CA");
	c = client_setup(&device);
	c.server_name = "elsewhere.test";
	expect_refusal(&c, &s, "is not for \"elsewhere.test\"");
	c.server_name = "127.0.0.2";
	expect_refusal(&c, &s, "is not for \"127.0.0.2\"");
	c = client_setup(&device);
	s = server_setup(&late_server);
	expect_refusal(&c, &s, "has expired, or this device's clock (2");
	s = server_setup(&early_server);
	expect_refusal(&c, &s, "is not valid yet, or this device's clock");
	c.clockless = true;
	expect_refusal(&c, &s, "is not valid yet");
}

static void device_without_a_clock_forgives_only_the_future(void **state)
{
	struct tls_conf_setup c = client_setup(&device), s = server_setup(&early_server);

	(void)state;
	c.clockless = true;
	struct pair *p = pair_new(&c, &s);

	assert_int_equal(tls_end_begin(p->client.end, 1000), ERR_OK);
	shake_well(p);
	pair_free(p);
}

static void server_is_known_by_address_and_by_pin(void **state)
{
	struct tls_conf_setup c = client_setup(NULL), s = server_setup(&server);
	uint8_t pin[32];
	struct pair *p;

	(void)state;
	c.server_name = "127.0.0.1";
	p = pair_new(&c, &s);
	shake_well(p);
	pair_free(p);
	key_sha256(root.cert, root.cert_len, pin);
	c.ca_pem = STR_NONE;
	c.pin_sha256 = pin;
	/* The root must come along to be recognised. */
	expect_refusal(&c, &s, "its CA is another one");
	p = pair_new(&c, &s);
	assert_true(tls_conf_lacks(p->server.conf, (struct str){(char *)root.cert, root.cert_len}));
	assert_int_equal(tls_conf_show(p->server.conf, (struct str){(char *)root.cert, root.cert_len}), ERR_OK);
	assert_false(tls_conf_lacks(p->server.conf, (struct str){(char *)root.cert, root.cert_len}));
	memset(pin, 0, sizeof(pin)); /* it was copied */
	shake_well(p);
	pair_free(p);
}

static void server_learns_what_is_wrong_with_a_device(void **state)
{
	struct tls_conf_setup c = client_setup(NULL), s = server_setup(&server);
	struct pair *p = pair_new(&c, &s);

	(void)state;
	shake_well(p);
	assert_int_equal(p->server.judged, 0);
	assert_int_not_equal(tls_end_faults(p->server.end), 0);
	pair_free(p);
	c = client_setup(&foreign_device);
	p = pair_new(&c, &s);
	shake_well(p);
	assert_true(tls_end_faults(p->server.end) & TLS_CERT_UNTRUSTED);
	pair_free(p);
}

static void server_that_wants_a_certificate_gets_one_or_ends_it(void **state)
{
	struct tls_conf_setup c = client_setup(NULL), s = server_setup(&server);
	enum tls_step client, of_server;
	char why[TLS_WHY_MAX], text[8];
	size_t got;

	(void)state;
	s.proof = TLS_PROOF_REQUIRED;
	struct pair *p = pair_new(&c, &s);

	shake(p, &client, &of_server);
	assert_int_equal(of_server, TLS_FAILED);
	/* TLS 1.2 hangs up without an alert; with TLS 1.3 the client was done already, and then gets one. */
	if (client == TLS_WAIT_READ)
		tls_end_hung_up(p->client.end, NULL);
	else
		carry(&p->server, &p->client, SIZE_MAX);
	assert_int_equal(tls_end_read(p->client.end, text, sizeof(text), &got), TLS_FAILED);
	tls_end_why(p->client.end, why);
	assert_non_null(strstr(why, client == TLS_WAIT_READ ? "closed the connection" : "refused the connection"));
	pair_free(p);
}

/* A service looks at the certificate after the handshake. */
static void end_before_a_word_is_told_as_a_refusal(void **state)
{
	struct tls_conf_setup c = client_setup(&device), s = server_setup(&server);
	struct pair *p = pair_new(&c, &s);
	char why[TLS_WHY_MAX];

	(void)state;
	shake_well(p);
	tls_end_hung_up(p->client.end, NULL);
	tls_end_why(p->client.end, why);
	assert_non_null(strstr(why, "does not know this device's certificate"));
	reconnect(p);
	shake_well(p);
	talk(p);
	tls_end_hung_up(p->client.end, NULL);
	tls_end_why(p->client.end, why);
	assert_string_equal(why, "");
	pair_free(p);
}

static void protocols_must_meet(void **state)
{
	struct tls_conf_setup c = client_setup(&device), s = server_setup(&server);

	(void)state;
	s.alpn = NULL;
	struct pair *p = pair_new(&c, &s);
	enum tls_step client, of_server;
	char why[TLS_WHY_MAX];

	shake(p, &client, &of_server);
	assert_int_equal(client, TLS_FAILED);
	tls_end_why(p->client.end, why);
	assert_string_equal(why, "the server is not a Caltrop service");
	pair_free(p);
	s.alpn = other_alpn;
	expect_refusal(&c, &s, "refused");
}

/* The peer vanishes after every possible number of its bytes: one end says so, and nothing else happens. */
static void cut_at_every_byte_of_a_handshake_is_told(void **state)
{
	struct tls_conf_setup c = client_setup(&device), s = server_setup(&server);
	struct pair *p = pair_new(&c, &s);
	char why[TLS_WHY_MAX];
	size_t flight;

	(void)state;
	assert_int_equal(tls_end_shake(p->client.end), TLS_WAIT_READ);
	carry(&p->client, &p->server, SIZE_MAX);
	assert_int_equal(tls_end_shake(p->server.end), TLS_WAIT_READ);
	flight = p->server.out.to;
	assert_true(flight > 500);
	for (size_t len = 0; len < flight; len++) {
		side_begin(&p->client);
		assert_int_equal(tls_end_shake(p->client.end), TLS_WAIT_READ);
		p->server.out.from = 0;
		carry(&p->server, &p->client, len);
		/* An answer to another greeting: it is incomplete, or it does not fit. */
		enum tls_step step = tls_end_shake(p->client.end);

		assert_true(step == TLS_WAIT_READ || step == TLS_FAILED);
		tls_end_hung_up(p->client.end, NULL);
		assert_int_equal(tls_end_shake(p->client.end), TLS_FAILED);
		tls_end_why(p->client.end, why);
		assert_non_null(strstr(why, "closed the connection during the handshake"));
	}
	pair_free(p);
}

static void cut_in_the_server_leaves_nothing_behind(void **state)
{
	struct tls_conf_setup c = client_setup(&device), s = server_setup(&server);
	struct pair *p = pair_new(&c, &s);
	size_t hello;

	(void)state;
	assert_int_equal(tls_end_shake(p->client.end), TLS_WAIT_READ);
	hello = p->client.out.to;
	for (size_t len = 0; len < hello; len++) {
		side_begin(&p->server);
		p->client.out.from = 0;
		carry(&p->client, &p->server, len);
		assert_int_equal(tls_end_shake(p->server.end), TLS_WAIT_READ);
		tls_end_hung_up(p->server.end, NULL);
		assert_int_equal(tls_end_shake(p->server.end), TLS_FAILED);
	}
	reconnect(p);
	shake_well(p);
	talk(p);
	pair_free(p);
}

static void garbage_is_refused_by_both(void **state)
{
	static const char lines[][32] = {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "SSH-2.0-x\r\n",
					 "\x16\x03\x01\x00\x05\x01\x00\x00\x01\xff", "\x16\x03\x03\xff\xff"};
	struct tls_conf_setup c = client_setup(&device), s = server_setup(&server);
	struct pair *p = pair_new(&c, &s);
	char why[TLS_WHY_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		for (int to_client = 0; to_client < 2; to_client++) {
			struct side *to = to_client ? &p->client : &p->server;

			side_begin(to);
			(void)tls_end_shake(to->end);
			tls_end_feed(to->end, (struct str){lines[i], sizeof(lines[i])});
			assert_int_equal(tls_end_shake(to->end), TLS_FAILED);
			tls_end_why(to->end, why);
			assert_string_not_equal(why, "");
		}
	pair_free(p);
}

static void changed_byte_anywhere_ends_the_connection(void **state)
{
	struct tls_conf_setup c = client_setup(&device), s = server_setup(&server);
	struct pair *p = pair_new(&c, &s);
	char text[64];
	size_t got, len;

	(void)state;
	shake_well(p);
	talk(p);
	p->client.out.from = p->client.out.to = 0;
	say(&p->client, STR("question"));
	len = p->client.out.to;
	for (size_t at = 0; at < len; at += 3) {
		reconnect(p);
		shake_well(p);
		hear(&p->server, &p->client, text, sizeof(text));
		p->client.out.from = p->client.out.to = 0;
		say(&p->client, STR("question"));
		p->client.out.bytes[at] ^= 0x40;
		carry(&p->client, &p->server, SIZE_MAX);
		enum tls_step step = tls_end_read(p->server.end, text, sizeof(text), &got);

		/* A greater length is waited for. */
		assert_true(step == TLS_FAILED || (step == TLS_WAIT_READ && (at == 3 || at == 4)));
	}
	pair_free(p);
}

static void bytes_fed_too_early_end_the_connection(void **state)
{
	struct tls_conf_setup c = client_setup(&device), s = server_setup(&server);
	struct pair *p = pair_new(&c, &s);

	(void)state;
	assert_int_equal(tls_end_shake(p->client.end), TLS_WAIT_READ);
	tls_end_feed(p->server.end, (struct str){p->client.out.bytes, 10});
	tls_end_feed(p->server.end, (struct str){p->client.out.bytes + 10, p->client.out.to - 10});
	assert_int_equal(tls_end_shake(p->server.end), TLS_FAILED);
	pair_free(p);
}

static void lost_connection_is_told_with_its_reason(void **state)
{
	struct tls_conf_setup c = client_setup(&device), s = server_setup(&server);
	struct pair *p = pair_new(&c, &s);
	char why[TLS_WHY_MAX];
	size_t taken;

	(void)state;
	shake_well(p);
	p->client.out.broken = true;
	assert_int_equal(tls_end_write(p->client.end, STR("x"), &taken), TLS_FAILED);
	tls_end_hung_up(p->client.end, "the cable is out");
	tls_end_why(p->client.end, why);
	assert_string_equal(why, "the cable is out");
	pair_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_ends_agree_and_talk),
		cmocka_unit_test(client_that_offers_both_versions_is_answered),
		cmocka_unit_test(bytes_may_come_one_by_one),
		cmocka_unit_test(anyone_may_come_without_a_certificate),
		cmocka_unit_test(session_is_resumed_with_either_kind_of_ticket),
		cmocka_unit_test(ticket_that_does_not_open_costs_a_full_handshake),
		cmocka_unit_test(goodbye_is_no_failure),
		cmocka_unit_test(what_was_written_before_a_wait_is_neither_lost_nor_doubled),
		cmocka_unit_test(warning_hides_nothing_behind_it),
		cmocka_unit_test(client_refuses_whom_it_does_not_know),
		cmocka_unit_test(device_without_a_clock_forgives_only_the_future),
		cmocka_unit_test(server_is_known_by_address_and_by_pin),
		cmocka_unit_test(server_learns_what_is_wrong_with_a_device),
		cmocka_unit_test(server_that_wants_a_certificate_gets_one_or_ends_it),
		cmocka_unit_test(end_before_a_word_is_told_as_a_refusal),
		cmocka_unit_test(protocols_must_meet),
		cmocka_unit_test(cut_at_every_byte_of_a_handshake_is_told),
		cmocka_unit_test(cut_in_the_server_leaves_nothing_behind),
		cmocka_unit_test(garbage_is_refused_by_both),
		cmocka_unit_test(changed_byte_anywhere_ends_the_connection),
		cmocka_unit_test(bytes_fed_too_early_end_the_connection),
		cmocka_unit_test(lost_connection_is_told_with_its_reason),
	};

	return cmocka_run_group_tests(tests, make_fleet, NULL);
}
