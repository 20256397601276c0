/* SPDX-License-Identifier: Apache-2.0 */
/* The whole gateway in this process: real TLS over loopback, a real store, two loops. */
#include "server-stub/gateway/gateway.h"

#include "agent/base/mbedtls_compat.h"
#include "caltrop/v1/link.pb-c.h"
#include "caltrop/v1/record.pb-c.h"
#include "proto/frame.h"
#include "proto/vouch.h"
#include "server-stub/fleet/fleet_create.h"
#include "server-stub/fleet/fleet_file.h"
#include "server-stub/fleet/fleet_server.h"
#include "server-stub/fleet/notary_cert.h"
#include "server-stub/gateway/ticket.h"
#include "server-stub/store/person.h"
#include "server-stub/store/views.h"

#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>
#include <mbedtls/x509_crt.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define DAY_S 86400
#define WAIT_MS 10000

struct world {
	char dir[64], store_path[128];
	uint16_t port;
	struct fleet_conf conf;
	struct fleet fleet;
	struct notary *notary;
	struct gateway *gateway;
	struct store *store;
};

/* -- the service -- */

static uint16_t free_port(void)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	close(fd);
	return ntohs(at.sin_port);
}

static void start(struct world *w)
{
	struct gateway_setup setup = {.fleet = &w->fleet, .conf = &w->conf, .store_path = w->store_path};
	char error[GATEWAY_ERROR_MAX] = "";

	if (gateway_start(&setup, &w->gateway, error) != ERR_OK)
		fail_msg("%s", error);
}

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	char keys[96];
	struct fleet_create request = {
		.dir = w->dir, .key_dir = keys, .escrow_dir = keys, .root_count = 1, .root_needed = 1};
	char error[FLEET_CONF_ERROR_MAX] = "";
	const char *bad = NULL;

	snprintf(w->dir, sizeof(w->dir),
		 "/tmp/gateway_test.XX"
		 "XX"
		 "XX");
	assert_non_null(mkdtemp(w->dir));
	snprintf(w->store_path, sizeof(w->store_path), "%s/caltrop.db", w->dir);
	snprintf(keys, sizeof(keys), "%s-keys", w->dir);
	fleet_conf_init(&request.conf);
	request.conf.name_count = 1;
	snprintf(request.conf.names[0], sizeof(request.conf.names[0]), "localhost");
	w->port = free_port();
	snprintf(request.conf.gateway_listen, sizeof(request.conf.gateway_listen), "127.0.0.1:%u", w->port);
	assert_int_equal(fleet_create(&request, time(NULL), error), ERR_OK);
	w->conf = request.conf;
	w->conf.loops = 2;
	w->conf.connections_max = 64;
	assert_int_equal(fleet_load(w->dir, &w->fleet, NULL), ERR_OK);
	assert_int_equal(notary_open(w->dir, &w->notary, &bad), ERR_OK);
	assert_int_equal(fleet_use_notary(&w->fleet, w->notary), ERR_OK);
	assert_int_equal(store_create(w->store_path, w->fleet.id, &w->store), ERR_OK);
	start(w);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	static const char *const more[] = {"caltrop.db-wal", "caltrop.db-shm"};
	struct world *w = *state;
	char path[FLEET_FILE_PATH_MAX];

	gateway_stop(w->gateway);
	notary_close(w->notary);
	store_close(w->store);
	for (const char *const *name = fleet_create_files; *name; name++) {
		assert_int_equal(fleet_file_path((struct fleet_file){w->dir, *name}, path), ERR_OK);
		unlink(path);
	}
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(fleet_file_path((struct fleet_file){w->dir, more[i]}, path), ERR_OK);
		unlink(path);
	}
	assert_int_equal(rmdir(w->dir), 0);
	for (unsigned i = 0; i < 2; i++) {
		char key[128];

		snprintf(key, sizeof(key), "%s-keys/%s_key.pem", w->dir, i ? "root" : "escrow");
		assert_int_equal(unlink(key), 0);
	}
	snprintf(path, sizeof(path), "%s-keys", w->dir);
	assert_int_equal(rmdir(path), 0);
	free(w);
	return 0;
}

/* -- a device: blocking, one thing after another -- */

struct device {
	struct world *world;
	struct registry_device row;
	struct key_der key;
	uint8_t csr[KEY_CSR_MAX], cert[KEY_CERT_MAX];
	size_t csr_len, cert_len;
	mbedtls_net_context net;
	mbedtls_ssl_context ssl;
	mbedtls_ssl_config conf;
	mbedtls_x509_crt own, ca;
	mbedtls_pk_context pk;
	mbedtls_ssl_session session;
	bool has_session, is_open;
	char in[FRAME_BYTES_MAX + FRAME_HEADER];
	size_t in_len;
};

static struct device *device_new(struct world *w)
{
	struct device *d = calloc(1, sizeof(*d));

	d->world = w;
	assert_int_equal(mbedtls_compat_start_tls(), 0);
	assert_int_equal(key_generate(key_random_kernel, &d->key), ERR_OK);
	assert_int_equal(key_csr(&d->key, key_random_kernel, "device", d->csr, &d->csr_len), ERR_OK);
	mbedtls_ssl_session_init(&d->session);
	return d;
}

/* As if it had joined: a row and a certificate of that age. */
static struct device *device_joined(struct world *w, int64_t issued_s)
{
	struct device *d = device_new(w);

	d->row.state = DEVICE_APPROVED;
	assert_int_equal(key_random_kernel.fill(NULL, d->row.id, STORE_ID), 0);
	assert_int_equal(fleet_issue(&w->fleet, &d->row, d->csr, d->csr_len, issued_s, d->cert, &d->cert_len), ERR_OK);
	assert_int_equal(registry_device_put(w->store, &d->row), ERR_OK);
	return d;
}

/* With our names in it, by another authority. */
static void certify_elsewhere(struct device *d)
{
	struct key_der other_ca, public_key;
	struct notary_cert c = {.ca_key = &other_ca, .public_key = &public_key, .wall_s = time(NULL)};

	assert_int_equal(key_generate(key_random_kernel, &other_ca), ERR_OK);
	assert_int_equal(key_public(&d->key, &public_key), ERR_OK);
	assert_int_equal(notary_cert_device(&c, d->row.id, 14), ERR_OK);
	memcpy(d->row.next_serial, c.serial, sizeof(d->row.next_serial));
	memcpy(d->cert, c.bytes, c.len);
	d->cert_len = c.len;
}

static void hang_up(struct device *d)
{
	if (!d->is_open)
		return;
	d->is_open = false;
	mbedtls_ssl_free(&d->ssl);
	mbedtls_ssl_config_free(&d->conf);
	mbedtls_x509_crt_free(&d->own);
	mbedtls_x509_crt_free(&d->ca);
	mbedtls_pk_free(&d->pk);
	mbedtls_net_free(&d->net);
}

static void device_free(struct device *d)
{
	hang_up(d);
	mbedtls_ssl_session_free(&d->session);
	free(d);
}

static void prepare(struct device *d, const char **alpn)
{
	char port[8];

	mbedtls_net_init(&d->net);
	mbedtls_ssl_init(&d->ssl);
	mbedtls_ssl_config_init(&d->conf);
	mbedtls_x509_crt_init(&d->own);
	mbedtls_x509_crt_init(&d->ca);
	mbedtls_pk_init(&d->pk);
	d->is_open = true;
	d->in_len = 0;
	snprintf(port, sizeof(port), "%u", d->world->port);
	assert_int_equal(mbedtls_net_connect(&d->net, "127.0.0.1", port, MBEDTLS_NET_PROTO_TCP), 0);
	assert_int_equal(mbedtls_ssl_config_defaults(&d->conf, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM,
						     MBEDTLS_SSL_PRESET_DEFAULT),
			 0);
	assert_int_equal(mbedtls_x509_crt_parse_der(&d->ca, d->world->fleet.ca_cert, d->world->fleet.ca_cert_len), 0);
	mbedtls_ssl_conf_ca_chain(&d->conf, &d->ca, NULL);
	mbedtls_ssl_conf_rng(&d->conf, key_random_kernel.fill, key_random_kernel.context);
	assert_int_equal(mbedtls_ssl_conf_alpn_protocols(&d->conf, alpn), 0);
	mbedtls_compat_report_tickets(&d->conf);
	mbedtls_ssl_conf_session_tickets(&d->conf, MBEDTLS_SSL_SESSION_TICKETS_ENABLED);
	mbedtls_ssl_conf_read_timeout(&d->conf, WAIT_MS);
	if (d->cert_len == 0)
		return;
	assert_int_equal(mbedtls_x509_crt_parse_der(&d->own, d->cert, d->cert_len), 0);
	assert_int_equal(mbedtls_compat_parse_key(&d->pk, d->key.bytes, d->key.len, key_random_kernel.fill, NULL), 0);
	assert_int_equal(mbedtls_ssl_conf_own_cert(&d->conf, &d->own, &d->pk), 0);
}

static bool is_again(int result)
{
	return result == MBEDTLS_ERR_SSL_WANT_READ || result == MBEDTLS_ERR_SSL_WANT_WRITE ||
	       result == MBEDTLS_COMPAT_TICKET;
}

/* The handshake's result. */
static int dial(struct device *d, const char **alpn)
{
	int result;

	prepare(d, alpn);
	assert_int_equal(mbedtls_ssl_setup(&d->ssl, &d->conf), 0);
	assert_int_equal(mbedtls_ssl_set_hostname(&d->ssl, "localhost"), 0);
	mbedtls_ssl_set_bio(&d->ssl, &d->net, mbedtls_net_send, NULL, mbedtls_net_recv_timeout);
	if (d->has_session)
		assert_int_equal(mbedtls_ssl_set_session(&d->ssl, &d->session), 0);
	do
		result = mbedtls_ssl_handshake(&d->ssl);
	while (is_again(result));
	return result;
}

static void call(struct device *d)
{
	static const char *alpn[] = {"caltrop/1", NULL};

	assert_int_equal(dial(d, alpn), 0);
}

static void say(struct device *d, const Caltrop__V1__ToServer *message)
{
	static uint8_t frame[FRAME_BYTES_MAX];
	size_t len = caltrop__v1__to_server__pack(message, frame + FRAME_HEADER) + FRAME_HEADER, at = 0;

	frame_header(frame, len - FRAME_HEADER);
	while (at < len) {
		int put = mbedtls_ssl_write(&d->ssl, frame + at, len - at);

		assert_true(put > 0 || is_again(put));
		at += put > 0 ? (size_t)put : 0;
	}
}

/* TLS 1.2 brings its ticket with the handshake, TLS 1.3 when it likes and only to who asks for it. */
static void remember(struct device *d)
{
	mbedtls_ssl_session_free(&d->session);
	mbedtls_ssl_session_init(&d->session);
	d->has_session = mbedtls_ssl_get_session(&d->ssl, &d->session) == 0;
}

/* The next message; NULL: the connection ended. */
static Caltrop__V1__ToDevice *hear(struct device *d)
{
	for (;;) {
		struct str input = {d->in, d->in_len}, frame;
		int got;

		if (frame_take(&input, &frame) == ERR_OK) {
			Caltrop__V1__ToDevice *message =
				caltrop__v1__to_device__unpack(NULL, frame.len, (const uint8_t *)frame.data);

			assert_non_null(message);
			memmove(d->in, input.data, input.len);
			d->in_len = input.len;
			return message;
		}
		got = mbedtls_ssl_read(&d->ssl, (unsigned char *)d->in + d->in_len, sizeof(d->in) - d->in_len);
		if (got == MBEDTLS_COMPAT_TICKET)
			remember(d);
		if (is_again(got))
			continue;
		assert_int_not_equal(got, MBEDTLS_ERR_SSL_TIMEOUT);
		if (got <= 0)
			return NULL;
		d->in_len += (size_t)got;
	}
}

static void done(Caltrop__V1__ToDevice *message)
{
	caltrop__v1__to_device__free_unpacked(message, NULL);
}

static Caltrop__V1__ToDevice *expect(struct device *d, Caltrop__V1__ToDevice__BodyCase body)
{
	Caltrop__V1__ToDevice *message = hear(d);

	assert_non_null(message);
	if (message->body_case == CALTROP__V1__TO_DEVICE__BODY_GOODBYE && body != message->body_case)
		fail_msg("goodbye: %s", message->goodbye->reason);
	assert_int_equal(message->body_case, body);
	return message;
}

static uint64_t greet(struct device *d)
{
	Caltrop__V1__ToServer message = CALTROP__V1__TO_SERVER__INIT;
	Caltrop__V1__Hello hello = CALTROP__V1__HELLO__INIT;
	Caltrop__V1__ToDevice *answer;
	uint64_t committed;

	hello.trust_version = 1;
	hello.spool_id = (ProtobufCBinaryData){STORE_ID, d->row.id};
	hello.next_seq = 1;
	hello.version = (char *)(uintptr_t) "caltrop test";
	message.body_case = CALTROP__V1__TO_SERVER__BODY_HELLO;
	message.hello = &hello;
	say(d, &message);
	answer = expect(d, CALTROP__V1__TO_DEVICE__BODY_WELCOME);
	committed = answer->welcome->committed_seq;
	done(answer);
	if (mbedtls_ssl_get_version(&d->ssl)[6] == '2')
		remember(d);
	return committed;
}

static void send_batch(struct device *d, uint64_t seq, ProtobufCBinaryData record)
{
	Caltrop__V1__ToServer message = CALTROP__V1__TO_SERVER__INIT;
	Caltrop__V1__Batch batch = CALTROP__V1__BATCH__INIT;
	Caltrop__V1__Entry entry = CALTROP__V1__ENTRY__INIT;
	Caltrop__V1__Entry *list[] = {&entry};

	entry.seq = seq;
	entry.record = record;
	batch.spool_id = (ProtobufCBinaryData){STORE_ID, d->row.id};
	batch.n_entries = 1;
	batch.entries = list;
	message.body_case = CALTROP__V1__TO_SERVER__BODY_BATCH;
	message.batch = &batch;
	say(d, &message);
}

static void send_auth(struct device *d, uint64_t seq)
{
	static uint8_t record[] = {0x52, 0x00};

	send_batch(d, seq, (ProtobufCBinaryData){sizeof(record), record});
}

static void expect_ack(struct device *d, uint64_t seq)
{
	uint64_t got = 0;

	while (got < seq) {
		Caltrop__V1__ToDevice *message = expect(d, CALTROP__V1__TO_DEVICE__BODY_ACK);

		got = message->ack->committed_seq;
		done(message);
	}
	assert_int_equal(got, seq);
}

static void expect_goodbye(struct device *d, const char *reason, bool revoked)
{
	Caltrop__V1__ToDevice *message = expect(d, CALTROP__V1__TO_DEVICE__BODY_GOODBYE);

	assert_string_equal(message->goodbye->reason, reason);
	assert_int_equal(message->goodbye->revoked, revoked);
	done(message);
	assert_null(hear(d));
}

/* -- enrolment -- */

static char *make_token_for(struct world *w, const uint8_t *device, bool approve)
{
	static char text[512];
	struct fleet_token_request r = {"cams", "ada", "localhost", w->port, 1, 60, approve, device};
	struct registry_token token;

	assert_int_equal(
		fleet_token(&w->fleet, w->store, &r, (int64_t)time(NULL) * 1000000, text, sizeof(text), &token),
		ERR_OK);
	return text;
}

static char *make_token(struct world *w, bool approve)
{
	return make_token_for(w, NULL, approve);
}

/* What a device shows of its earlier enrolment, and its receipt key. */
struct shown {
	const struct device *old; /* NULL: nothing */
	const struct key_der *vouching;
	const struct key_der *receipt_key;
};

static void vouch(struct device *d, const struct shown *shown, const char *token, Caltrop__V1__EnrollRequest *ask)
{
	static uint8_t signature[KEY_SIGNATURE_MAX];
	const struct device *old = shown->old;
	const struct vouch v = {d->world->fleet.ca_sha256,
				str_from(token),
				{(char *)d->csr, d->csr_len},
				{(const char *)old->cert, old->cert_len}};
	uint8_t statement[VOUCH_STATEMENT];
	size_t len;

	vouch_statement(&v, statement);
	assert_int_equal(key_sign(shown->vouching, key_random_kernel, statement, sizeof(statement), signature, &len),
			 ERR_OK);
	ask->old_certificate = (ProtobufCBinaryData){old->cert_len, (uint8_t *)(uintptr_t)old->cert};
	ask->vouch = (ProtobufCBinaryData){len, signature};
}

static Caltrop__V1__ToDevice *ask_to_join_as(struct device *d, const char *token, const struct shown *shown)
{
	static const char *alpn[] = {"caltrop-enroll/1", NULL};
	Caltrop__V1__ToServer message = CALTROP__V1__TO_SERVER__INIT;
	Caltrop__V1__EnrollRequest ask = CALTROP__V1__ENROLL_REQUEST__INIT;

	assert_int_equal(dial(d, alpn), 0);
	ask.token = (char *)(uintptr_t)token;
	ask.csr = (ProtobufCBinaryData){d->csr_len, d->csr};
	ask.hostname = (char *)(uintptr_t) "cam-1";
	ask.arch = (char *)(uintptr_t) "armv7l";
	if (shown->old)
		vouch(d, shown, token, &ask);
	if (shown->receipt_key)
		ask.receipt_key =
			(ProtobufCBinaryData){shown->receipt_key->len, (uint8_t *)(uintptr_t)shown->receipt_key->bytes};
	message.body_case = CALTROP__V1__TO_SERVER__BODY_ENROLL;
	message.enroll = &ask;
	say(d, &message);
	return expect(d, CALTROP__V1__TO_DEVICE__BODY_ENROLLED);
}

static Caltrop__V1__ToDevice *ask_to_join(struct device *d, const char *token)
{
	return ask_to_join_as(d, token, &(struct shown){NULL, NULL, NULL});
}

static void take_certificate(struct device *d, ProtobufCBinaryData cert, const Caltrop__V1__Trust *trust)
{
	assert_true(cert.len > 0 && cert.len <= sizeof(d->cert));
	memcpy(d->cert, cert.data, cert.len);
	d->cert_len = cert.len;
	memcpy(d->row.id, trust->device_id.data, STORE_ID);
}

static void device_joins_and_its_records_are_stored(void **state)
{
	struct world *w = *state;
	struct device *d = device_new(w);
	Caltrop__V1__ToDevice *answer = ask_to_join(d, make_token(w, false));
	struct registry_device row;
	uint64_t seq;

	assert_int_equal(answer->enrolled->status, CALTROP__V1__ENROLL_REPLY__STATUS__ISSUED);
	assert_int_equal(answer->enrolled->n_chain, 1);
	assert_string_equal(answer->enrolled->trust->group, "cams");
	take_certificate(d, answer->enrolled->certificate, answer->enrolled->trust);
	done(answer);
	assert_null(hear(d));
	hang_up(d);
	call(d);
	assert_int_equal(greet(d), 0);
	for (seq = 1; seq <= 100; seq++)
		send_auth(d, seq);
	expect_ack(d, 100);
	assert_int_equal(log_committed(w->store, d->row.id, d->row.id, &seq), ERR_OK);
	assert_int_equal(seq, 100);
	assert_int_equal(registry_device_get(w->store, d->row.id, &row), ERR_OK);
	assert_string_equal(row.name, "cam-1");
	assert_string_equal(row.address, "127.0.0.1");
	assert_string_equal(row.version, "caltrop test");
	assert_int_equal(row.records, 100);
	assert_true(row.connected);
	hang_up(d);
	call(d);
	assert_int_equal(greet(d), 100);
	device_free(d);
}

static void join_is_refused_with_a_reason(void **state)
{
	struct world *w = *state;
	struct device *d = device_new(w);
	Caltrop__V1__ToDevice *answer = ask_to_join(d, "ct1.nonsense");

	assert_int_equal(answer->enrolled->status, CALTROP__V1__ENROLL_REPLY__STATUS__REFUSED);
	assert_string_equal(answer->enrolled->error, "the join token is not known here");
	assert_int_equal(answer->enrolled->certificate.len, 0);
	done(answer);
	device_free(d);
}

static void join_waits_for_approval(void **state)
{
	struct world *w = *state;
	struct device *d = device_new(w);
	const char *token = make_token(w, true);
	Caltrop__V1__ToDevice *answer = ask_to_join(d, token);
	struct registry_device row;
	uint8_t digest[STORE_HASH];

	assert_int_equal(answer->enrolled->status, CALTROP__V1__ENROLL_REPLY__STATUS__PENDING);
	assert_true(answer->enrolled->retry_s > 0);
	done(answer);
	hang_up(d);
	key_sha256(d->csr, d->csr_len, digest);
	assert_int_equal(registry_device_by_csr(w->store, digest, &row), ERR_OK);
	row.state = DEVICE_APPROVED;
	assert_int_equal(registry_device_put(w->store, &row), ERR_OK);
	answer = ask_to_join(d, token);
	assert_int_equal(answer->enrolled->status, CALTROP__V1__ENROLL_REPLY__STATUS__ISSUED);
	done(answer);
	device_free(d);
}

/* -- who may -- */

static void revocation_ends_an_open_connection_and_a_resumption(void **state)
{
	struct world *w = *state;
	struct device *d = device_joined(w, time(NULL));
	struct gateway_figures before, after;

	call(d);
	greet(d);
	assert_true(d->has_session);
	d->row.state = DEVICE_REVOKED;
	assert_int_equal(registry_device_put(w->store, &d->row), ERR_OK);
	gateway_revoke(w->gateway, d->row.id);
	expect_goodbye(d, "the device was revoked", true);
	hang_up(d);
	gateway_figures(w->gateway, &before);
	call(d);
	expect_goodbye(d, "the device was revoked", true);
	gateway_figures(w->gateway, &after);
	assert_int_equal(after.resumed, before.resumed + 1);
	device_free(d);
}

/* Tickets can be read on the wire. Whoever has one but not its session's secret is nobody. */
static void stolen_ticket_is_worth_nothing(void **state)
{
	static const char *alpn[] = {"caltrop/1", NULL};
	struct world *w = *state;
	struct device *d = device_joined(w, time(NULL)), *thief = device_new(w);
	struct gateway_figures before, after;

	call(d);
	greet(d);
	assert_true(d->has_session);
	thief->session = d->session;
	thief->has_session = true;
	mbedtls_ssl_session_init(&d->session);
	d->has_session = false;
	thief->session.MBEDTLS_COMPAT(master)[0] ^= 1;
#if MBEDTLS_VERSION_MAJOR >= 3
	thief->session.MBEDTLS_COMPAT(resumption_key)[0] ^= 1;
#endif
	gateway_figures(w->gateway, &before);
	if (dial(thief, alpn) == 0)
		assert_null(hear(thief));
	gateway_figures(w->gateway, &after);
	assert_int_equal(after.resumed, before.resumed);
	assert_int_equal(after.connected, 1);
	device_free(thief);
	device_free(d);
}

static void session_is_resumed_after_a_restart(void **state)
{
	struct world *w = *state;
	struct device *d = device_joined(w, time(NULL));
	struct gateway_figures figures;

	call(d);
	greet(d);
	send_auth(d, 1);
	expect_ack(d, 1);
	gateway_stop(w->gateway);
	expect_goodbye(d, "the service is stopping", false);
	hang_up(d);
	start(w);
	call(d);
	assert_int_equal(greet(d), 1);
	gateway_figures(w->gateway, &figures);
	assert_int_equal(figures.handshakes, 1);
	assert_int_equal(figures.resumed, 1);
	assert_int_equal(figures.connected, 1);
	device_free(d);
}

static bool resumes(struct device *d)
{
	struct gateway_figures before, after;

	gateway_figures(d->world->gateway, &before);
	hang_up(d);
	call(d);
	greet(d);
	gateway_figures(d->world->gateway, &after);
	return after.resumed > before.resumed;
}

static void tickets_outlive_one_change_of_their_key(void **state)
{
	struct world *w = *state;
	struct device *d = device_joined(w, time(NULL)), *late = device_joined(w, time(NULL));

	call(d);
	greet(d);
	call(late);
	greet(late);
	assert_true(resumes(d));
	gateway_care(w->gateway, time(NULL) + TICKET_ROTATE_S + 1);
	assert_true(resumes(d));
	gateway_care(w->gateway, time(NULL) + 2 * TICKET_ROTATE_S + 2);
	assert_false(resumes(late));
	assert_true(resumes(late));
	device_free(d);
	device_free(late);
}

struct look {
	const char *rule;
	unsigned count;
};

static bool look(void *arg, uint64_t row, const struct views_incident *i)
{
	struct look *l = arg;

	(void)row;
	l->count += strcmp(i->rule_id, l->rule) == 0 && i->state == INCIDENT_OPEN;
	return true;
}

static unsigned incidents_of(struct world *w, const struct device *d, const char *rule)
{
	struct look l = {rule, 0};

	/* The views come a moment after the log. */
	for (unsigned ms = 0; ms < WAIT_MS && l.count == 0; ms += 10) {
		usleep(10000);
		assert_int_equal(views_incident_list(w->store, 0, d->row.id, 0, 100, look, &l), ERR_OK);
	}
	return l.count;
}

static void certificate_is_replaced_by_its_successor(void **state)
{
	struct world *w = *state;
	struct device *d = device_joined(w, time(NULL)), *old = device_new(w);
	Caltrop__V1__ToServer message = CALTROP__V1__TO_SERVER__INIT;
	Caltrop__V1__RenewRequest renew = CALTROP__V1__RENEW_REQUEST__INIT;
	Caltrop__V1__ToDevice *answer;

	/* A copy of the device, as a thief would have it. */
	memcpy(old->cert, d->cert, d->cert_len);
	old->cert_len = d->cert_len;
	old->key = d->key;
	old->row = d->row;
	call(d);
	greet(d);
	assert_int_equal(key_generate(key_random_kernel, &d->key), ERR_OK);
	assert_int_equal(key_csr(&d->key, key_random_kernel, "again", d->csr, &d->csr_len), ERR_OK);
	renew.csr = (ProtobufCBinaryData){d->csr_len, d->csr};
	message.body_case = CALTROP__V1__TO_SERVER__BODY_RENEW;
	message.renew = &renew;
	say(d, &message);
	answer = expect(d, CALTROP__V1__TO_DEVICE__BODY_RENEWED);
	assert_string_equal(answer->renewed->error, "");
	take_certificate(d, answer->renewed->certificate, answer->renewed->trust);
	done(answer);
	hang_up(d);
	/* The old one is good until the new one was used. */
	call(old);
	greet(old);
	hang_up(old);
	d->has_session = false;
	call(d);
	greet(d);
	send_auth(d, 1);
	expect_ack(d, 1);
	old->has_session = false;
	call(old);
	expect_goodbye(old, "the certificate was replaced by a newer one", false);
	send_auth(d, 2);
	expect_ack(d, 2);
	assert_int_equal(incidents_of(w, d, "identity_superseded"), 1);
	device_free(old);
	device_free(d);
}

/* A backup was restored: the registry is older than the device's certificate. */
static void certificate_that_the_registry_is_too_old_for_is_no_revocation(void **state)
{
	struct world *w = *state;
	struct device *d = device_joined(w, time(NULL) - DAY_S);

	assert_int_equal(fleet_issue(&w->fleet, &d->row, d->csr, d->csr_len, time(NULL), d->cert, &d->cert_len),
			 ERR_OK);
	call(d);
	expect_goodbye(d, "the certificate is newer than those that are known here", false);
	assert_int_equal(registry_device_put(w->store, &d->row), ERR_OK);
	hang_up(d);
	call(d);
	assert_int_equal(greet(d), 0);
	device_free(d);
}

/* -- devices that come back -- */

static void joins_as(struct device *d, const char *token, const struct shown *shown, const struct device *as)
{
	Caltrop__V1__ToDevice *answer = ask_to_join_as(d, token, shown);

	assert_string_equal(answer->enrolled->error, "");
	assert_int_equal(answer->enrolled->status, CALTROP__V1__ENROLL_REPLY__STATUS__ISSUED);
	take_certificate(d, answer->enrolled->certificate, answer->enrolled->trust);
	done(answer);
	hang_up(d);
	if (as)
		assert_memory_equal(d->row.id, as->row.id, STORE_ID);
}

static void is_refused(struct device *d, const char *token, const struct shown *shown, const char *why)
{
	Caltrop__V1__ToDevice *answer = ask_to_join_as(d, token, shown);

	assert_int_equal(answer->enrolled->status, CALTROP__V1__ENROLL_REPLY__STATUS__REFUSED);
	if (!strstr(answer->enrolled->error, why))
		fail_msg("%s", answer->enrolled->error);
	done(answer);
	hang_up(d);
}

static bool last_audit(void *arg, uint64_t row, const struct person_audit *a)
{
	(void)row;
	*(struct person_audit *)arg = *a;
	return false;
}

static void audit_says(struct world *w, const char *user, const char *what)
{
	struct person_audit a = {.user = ""};

	assert_int_equal(person_audit_list(w->store, 0, 1, last_audit, &a), ERR_OK);
	assert_string_equal(a.action, "device.enroll");
	assert_string_equal(a.user, user);
	assert_string_equal(a.address, "127.0.0.1");
	if (!strstr(a.detail, what))
		fail_msg("%s", a.detail);
}

static void make_receipt_key(struct key_der *public_key)
{
	struct key_der private_key;

	assert_int_equal(key_generate(key_random_kernel, &private_key), ERR_OK);
	assert_int_equal(key_public(&private_key, public_key), ERR_OK);
}

static void wait_for_receipt_key(struct world *w, const struct device *d, const struct key_der *key)
{
	struct views_chain chain = {.seq = 0};
	bool is_bound = false;

	for (unsigned ms = 0; ms < WAIT_MS && !is_bound; ms += 10) {
		usleep(10000);
		is_bound = views_chain_get(w->store, d->row.id, &chain) == ERR_OK &&
			   memcmp(chain.key, key->bytes, STORE_KEY) == 0;
	}
	assert_true(is_bound);
}

static void old_key_brings_the_device_back(void **state)
{
	struct world *w = *state;
	struct device *old = device_new(w), *d = device_new(w);
	struct key_der receipt_key, another;
	const struct shown shown = {old, &old->key, &receipt_key};
	struct registry_device row;

	make_receipt_key(&receipt_key);
	make_receipt_key(&another);
	joins_as(old, make_token(w, false), &(struct shown){NULL, NULL, &receipt_key}, NULL);
	wait_for_receipt_key(w, old, &receipt_key);
	call(old);
	greet(old);
	/* With a token that asks for approval, which the device has already. Its link goes on with the old key. */
	joins_as(d, make_token(w, true), &shown, old);
	audit_says(w, "", "again, by its old key");
	audit_says(w, "", "receipt key stays");
	send_auth(old, 1);
	expect_ack(old, 1);
	hang_up(old);
	call(d);
	greet(d);
	send_auth(d, 2);
	expect_ack(d, 2);
	hang_up(d);
	assert_int_equal(registry_device_get(w->store, old->row.id, &row), ERR_OK);
	assert_string_equal(row.group, "cams");
	assert_int_equal(row.records, 2);
	/* From now on the old one is a copy of the device as it was, here and at the link. */
	is_refused(old, make_token(w, false), &shown, "replaced by a newer one");
	assert_int_equal(incidents_of(w, old, "identity_superseded"), 1);
	/* The key of the core's certificate does not speak for another receipt key. */
	is_refused(d, make_token(w, false), &(struct shown){d, &d->key, &another}, "receipt key is another one");
	wait_for_receipt_key(w, old, &receipt_key);
	device_free(old);
	device_free(d);
}

static void renewal_keeps_the_receipt_key(void **state)
{
	struct world *w = *state;
	struct device *d = device_new(w);
	struct key_der receipt_key;
	Caltrop__V1__ToServer message = CALTROP__V1__TO_SERVER__INIT;
	Caltrop__V1__RenewRequest renew = CALTROP__V1__RENEW_REQUEST__INIT;

	make_receipt_key(&receipt_key);
	joins_as(d, make_token(w, false), &(struct shown){NULL, NULL, &receipt_key}, NULL);
	wait_for_receipt_key(w, d, &receipt_key);
	call(d);
	greet(d);
	assert_int_equal(key_generate(key_random_kernel, &d->key), ERR_OK);
	assert_int_equal(key_csr(&d->key, key_random_kernel, "again", d->csr, &d->csr_len), ERR_OK);
	renew.csr = (ProtobufCBinaryData){d->csr_len, d->csr};
	message.body_case = CALTROP__V1__TO_SERVER__BODY_RENEW;
	message.renew = &renew;
	say(d, &message);
	Caltrop__V1__ToDevice *answer = expect(d, CALTROP__V1__TO_DEVICE__BODY_RENEWED);

	take_certificate(d, answer->renewed->certificate, answer->renewed->trust);
	done(answer);
	hang_up(d);
	d->has_session = false;
	call(d);
	greet(d);
	/* What was renewed vouches for the device as what was first issued did. */
	struct device *again = device_new(w);

	joins_as(again, make_token(w, false), &(struct shown){d, &d->key, &receipt_key}, d);
	wait_for_receipt_key(w, d, &receipt_key);
	device_free(again);
	device_free(d);
}

static void false_old_key_is_refused_by_name(void **state)
{
	struct world *w = *state;
	struct device *old = device_joined(w, time(NULL)), *d = device_new(w), *stranger = device_new(w);
	const char *token = make_token(w, false);

	is_refused(d, token, &(struct shown){old, &d->key, NULL}, "is not signed by the key");
	certify_elsewhere(stranger);
	/* Not even shown in the handshake, it is of another fleet. */
	is_refused(d, token, &(struct shown){stranger, &stranger->key, NULL}, "of another fleet");
	stranger->cert_len = 20;
	is_refused(d, token, &(struct shown){stranger, &stranger->key, NULL}, "is damaged");
	old->row.state = DEVICE_REVOKED;
	assert_int_equal(registry_device_put(w->store, &old->row), ERR_OK);
	is_refused(d, token, &(struct shown){old, &old->key, NULL}, "token create --for");
	/* The token was used up by nobody. */
	joins_as(d, token, &(struct shown){NULL, NULL, NULL}, NULL);
	device_free(old);
	device_free(d);
	device_free(stranger);
}

static void operator_s_word_brings_a_reset_device_back(void **state)
{
	struct world *w = *state;
	struct device *old = device_new(w), *d = device_new(w);
	struct key_der receipt_key, another;

	make_receipt_key(&receipt_key);
	make_receipt_key(&another);
	joins_as(old, make_token(w, false), &(struct shown){NULL, NULL, &receipt_key}, NULL);
	wait_for_receipt_key(w, old, &receipt_key);
	call(old);
	greet(old);
	joins_as(d, make_token_for(w, old->row.id, false), &(struct shown){NULL, NULL, &another}, old);
	audit_says(w, "ada", "by an operator's word");
	audit_says(w, "ada", " replaced by ");
	wait_for_receipt_key(w, d, &another);
	/* At once, though the new certificate was not used yet. */
	expect_goodbye(old, "the certificate was replaced by a newer one", false);
	assert_int_equal(incidents_of(w, old, "identity_superseded"), 0);
	hang_up(old);
	call(old);
	expect_goodbye(old, "the certificate was replaced by a newer one", false);
	assert_int_equal(incidents_of(w, old, "identity_superseded"), 1);
	call(d);
	greet(d);
	device_free(old);
	device_free(d);
}

static void held_device_has_the_name_that_it_gives_itself(void **state)
{
	struct world *w = *state;
	struct device *d = device_new(w);
	struct registry_device row;
	Caltrop__V1__ToServer message = CALTROP__V1__TO_SERVER__INIT;
	Caltrop__V1__Hello hello = CALTROP__V1__HELLO__INIT;

	gateway_stop(w->gateway);
	assert_int_equal(store_gap_put(w->store, ((int64_t)time(NULL) - DAY_S) * 1000000), ERR_OK);
	start(w);
	assert_int_equal(key_random_kernel.fill(NULL, d->row.id, STORE_ID), 0);
	assert_int_equal(fleet_issue(&w->fleet, &d->row, d->csr, d->csr_len, time(NULL), d->cert, &d->cert_len),
			 ERR_OK);
	call(d);
	hello.spool_id = (ProtobufCBinaryData){STORE_ID, d->row.id};
	hello.hostname = (char *)(uintptr_t) "cam-7";
	message.body_case = CALTROP__V1__TO_SERVER__BODY_HELLO;
	message.hello = &hello;
	say(d, &message);
	expect_goodbye(d, "the store was restored from before this certificate; the device waits for approval", false);
	for (unsigned ms = 0; ms < WAIT_MS && registry_device_get(w->store, d->row.id, &row) != ERR_OK; ms += 10)
		usleep(10000);
	assert_int_equal(row.state, DEVICE_PENDING);
	assert_string_equal(row.name, "cam-7");
	device_free(d);
}

static void expired_certificate_has_its_grace(void **state)
{
	struct world *w = *state;
	struct device *late = device_joined(w, time(NULL) - (14 + 29) * DAY_S);
	struct device *too_late = device_joined(w, time(NULL) - (14 + 31) * DAY_S);
	static const char *alpn[] = {"caltrop/1", NULL};

	call(late);
	assert_int_equal(greet(late), 0);
	if (dial(too_late, alpn) == 0)
		assert_null(hear(too_late));
	device_free(late);
	device_free(too_late);
}

static void strangers_are_turned_away(void **state)
{
	static const char *alpn[] = {"caltrop/1", NULL}, *other[] = {"http/1.1", NULL};
	struct world *w = *state;
	struct device *none = device_new(w), *foreign = device_joined(w, time(NULL));
	struct device *lost = device_joined(w, time(NULL));

	if (dial(none, alpn) == 0)
		assert_null(hear(none));
	hang_up(none);
	assert_int_not_equal(dial(none, other), 0);
	/* The same names, by another CA. */
	certify_elsewhere(foreign);
	assert_int_equal(registry_device_put(w->store, &foreign->row), ERR_OK);
	if (dial(foreign, alpn) == 0)
		assert_null(hear(foreign));
	/* By ours, but not in the registry. */
	lost->row.id[0] ^= 1;
	assert_int_equal(
		fleet_issue(&w->fleet, &lost->row, lost->csr, lost->csr_len, time(NULL), lost->cert, &lost->cert_len),
		ERR_OK);
	call(lost);
	expect_goodbye(lost, "the device is not known here", false);
	device_free(none);
	device_free(foreign);
	device_free(lost);
}

static void newer_connection_takes_the_place_of_the_older(void **state)
{
	struct world *w = *state;
	struct device *d = device_joined(w, time(NULL)), *again = device_new(w);
	struct gateway_figures figures;

	memcpy(again->cert, d->cert, d->cert_len);
	again->cert_len = d->cert_len;
	again->key = d->key;
	again->row = d->row;
	for (unsigned i = 0; i < 8; i++) {
		call(d);
		greet(d);
		call(again);
		greet(again);
		assert_null(hear(d));
		gateway_figures(w->gateway, &figures);
		assert_int_equal(figures.connected, 1);
		hang_up(d);
		hang_up(again);
	}
	device_free(again);
	device_free(d);
}

static void garbage_closes_the_connection(void **state)
{
	struct world *w = *state;
	struct device *d = device_joined(w, time(NULL));
	static uint8_t junk[] = {0x5a};

	call(d);
	greet(d);
	assert_int_equal(mbedtls_ssl_write(&d->ssl, (const unsigned char *)"\xff\xff\xff\xff", 4), 4);
	assert_null(hear(d));
	hang_up(d);
	call(d);
	greet(d);
	send_batch(d, 1, (ProtobufCBinaryData){sizeof(junk), junk});
	expect_goodbye(d, "a batch holds what is no record", false);
	device_free(d);
}

/* -- orders -- */

static struct registry_order sign_order(struct world *w, uint8_t number)
{
	struct order order = {.id = {number},
			      .created_s = time(NULL),
			      .author = "ada",
			      .target_kind = ORDER_ALL,
			      .step_count = 1,
			      .steps[0].args = {.verb = VERB_KILL, .pid = 4711}};
	struct registry_order out = {.order_len = 0};

	order.not_before_s = order.created_s;
	order.not_after_s = order.created_s + 600;
	assert_int_equal(fleet_sign(&w->fleet, &order, &out), ERR_OK);
	return out;
}

static void expect_order(struct device *d, uint8_t number)
{
	Caltrop__V1__ToDevice *message = expect(d, CALTROP__V1__TO_DEVICE__BODY_ORDER);
	struct order order;
	char why[ORDER_WHY_MAX];

	assert_int_equal(order_decode(message->order->order.data, message->order->order.len, &order, why), ERR_OK);
	assert_int_equal(order.id[0], number);
	done(message);
}

static void wait_for_state(struct world *w, const struct registry_order *o, const struct device *d, unsigned state)
{
	struct registry_target t = {.state = 0};

	for (unsigned i = 0; i < 500 && t.state != state; i++) {
		assert_int_equal(registry_target_get(w->store, o->id, d->row.id, &t), ERR_OK);
		usleep(10000);
	}
	assert_int_equal(t.state, state);
}

static void order_reaches_its_devices_now_or_later(void **state)
{
	struct world *w = *state;
	struct device *here = device_joined(w, time(NULL)), *away = device_joined(w, time(NULL));
	struct registry_order o = sign_order(w, 1);
	Caltrop__V1__ToServer message = CALTROP__V1__TO_SERVER__INIT;
	Caltrop__V1__OrderSeen seen = CALTROP__V1__ORDER_SEEN__INIT;
	Caltrop__V1__Record record = CALTROP__V1__RECORD__INIT;
	Caltrop__V1__Receipt receipt = CALTROP__V1__RECEIPT__INIT;
	uint8_t devices[2][STORE_ID], packed[256];

	memcpy(devices[0], here->row.id, STORE_ID);
	memcpy(devices[1], away->row.id, STORE_ID);
	call(here);
	greet(here);
	assert_int_equal(registry_order_put(w->store, &o, (const uint8_t(*)[STORE_ID])devices, 2), ERR_OK);
	gateway_push(w->gateway, &o, (const uint8_t(*)[STORE_ID])devices, 2);
	expect_order(here, 1);
	seen.order_id = (ProtobufCBinaryData){STORE_ID, o.id};
	message.body_case = CALTROP__V1__TO_SERVER__BODY_ORDER_SEEN;
	message.order_seen = &seen;
	say(here, &message);
	wait_for_state(w, &o, here, TARGET_SEEN);
	receipt.order_id = seen.order_id;
	receipt.result = (char *)(uintptr_t) "done";
	record.body_case = CALTROP__V1__RECORD__BODY_RECEIPT;
	record.receipt = &receipt;
	send_batch(here, 1, (ProtobufCBinaryData){caltrop__v1__record__pack(&record, packed), packed});
	expect_ack(here, 1);
	wait_for_state(w, &o, here, TARGET_DONE);
	call(away);
	greet(away);
	expect_order(away, 1);
	wait_for_state(w, &o, away, TARGET_SENT);
	wait_for_state(w, &o, here, TARGET_DONE);
	device_free(here);
	device_free(away);
}

static void certificate_is_taken_up_while_running(void **state)
{
	struct world *w = *state;
	struct device *d = device_joined(w, time(NULL)), *late = device_joined(w, time(NULL));
	uint8_t before[32], after[32];
	const mbedtls_x509_crt *peer;

	call(d);
	greet(d);
	peer = mbedtls_ssl_get_peer_cert(&d->ssl);
	key_sha256(peer->raw.p, peer->raw.len, before);
	memcpy(after, before, sizeof(after));
	assert_int_equal(fleet_server_certificate(&w->fleet, &w->conf, time(NULL)), ERR_OK);
	gateway_reload(w->gateway);
	for (unsigned i = 0; i < 100 && memcmp(before, after, sizeof(after)) == 0; i++) {
		hang_up(late);
		late->has_session = false;
		call(late);
		peer = mbedtls_ssl_get_peer_cert(&late->ssl);
		key_sha256(peer->raw.p, peer->raw.len, after);
		usleep(10000);
	}
	assert_memory_not_equal(before, after, sizeof(after));
	/* Who was there stays. */
	send_auth(d, 1);
	expect_ack(d, 1);
	device_free(d);
	device_free(late);
}

/* No file may grow: what a full disk is to SQLite. */
static void full_disk_leaves_records_with_the_device(void **state)
{
	struct world *w = *state;
	struct device *d = device_joined(w, time(NULL));
	struct rlimit before, none;
	struct gateway_figures figures;
	uint64_t seq;

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	call(d);
	greet(d);
	send_auth(d, 1);
	expect_ack(d, 1);
	none = (struct rlimit){4096, before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	send_auth(d, 2);
	expect_goodbye(d, "the service cannot store records now", false);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	gateway_figures(w->gateway, &figures);
	assert_int_not_equal(figures.writer.store_error, ERR_OK);
	assert_int_equal(log_committed(w->store, d->row.id, d->row.id, &seq), ERR_OK);
	assert_int_equal(seq, 1);
	hang_up(d);
	call(d);
	assert_int_equal(greet(d), 1);
	send_auth(d, 2);
	expect_ack(d, 2);
	gateway_figures(w->gateway, &figures);
	assert_int_equal(figures.writer.store_error, ERR_OK);
	device_free(d);
}

/* More than the kernel's buffers hold, and nobody acknowledges in between: the device just writes. */
static void much_at_once_is_taken_in_order(void **state)
{
	enum { DEVICES = 8, BATCHES = 200 };
	struct world *w = *state;
	struct device *d[DEVICES];
	static uint8_t record[1200] = {0x52, 0x00};
	uint64_t seq;

	/* An unknown field of a later version, to be of some size. */
	record[2] = 0xa2;
	record[3] = 0x06;
	record[4] = 0xaa; /* 1194 bytes follow */
	record[5] = 0x09;
	for (unsigned i = 0; i < DEVICES; i++) {
		d[i] = device_joined(w, time(NULL));
		call(d[i]);
		greet(d[i]);
	}
	for (seq = 1; seq <= BATCHES; seq++)
		for (unsigned i = 0; i < DEVICES; i++)
			send_batch(d[i], seq, (ProtobufCBinaryData){sizeof(record), record});
	for (unsigned i = 0; i < DEVICES; i++) {
		expect_ack(d[i], BATCHES);
		assert_int_equal(registry_device_get(w->store, d[i]->row.id, &d[i]->row), ERR_OK);
		assert_int_equal(d[i]->row.records, BATCHES);
		device_free(d[i]);
	}
}

static void port_in_use_is_said(void **state)
{
	struct world *w = *state;
	struct gateway_setup setup = {.fleet = &w->fleet, .conf = &w->conf, .store_path = w->store_path};
	char error[GATEWAY_ERROR_MAX] = "";
	struct gateway *second;

	assert_int_equal(gateway_start(&setup, &second, error), ERR_IO);
	assert_null(second);
	assert_non_null(strstr(error, "address already in use"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(device_joins_and_its_records_are_stored),
		TEST(join_is_refused_with_a_reason),
		TEST(join_waits_for_approval),
		TEST(revocation_ends_an_open_connection_and_a_resumption),
		TEST(stolen_ticket_is_worth_nothing),
		TEST(session_is_resumed_after_a_restart),
		TEST(tickets_outlive_one_change_of_their_key),
		TEST(certificate_is_replaced_by_its_successor),
		TEST(expired_certificate_has_its_grace),
		TEST(certificate_that_the_registry_is_too_old_for_is_no_revocation),
		TEST(old_key_brings_the_device_back),
		TEST(renewal_keeps_the_receipt_key),
		TEST(false_old_key_is_refused_by_name),
		TEST(operator_s_word_brings_a_reset_device_back),
		TEST(held_device_has_the_name_that_it_gives_itself),
		TEST(strangers_are_turned_away),
		TEST(newer_connection_takes_the_place_of_the_older),
		TEST(garbage_closes_the_connection),
		TEST(order_reaches_its_devices_now_or_later),
		TEST(certificate_is_taken_up_while_running),
		TEST(full_disk_leaves_records_with_the_device),
		TEST(much_at_once_is_taken_in_order),
		TEST(port_in_use_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
