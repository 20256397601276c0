/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole API over real TLS, as the command line's client meets it: a memory store, a fleet of five devices, and the
 * test in the part of the gateway.
 */
#include "agent/base/clock.h"
#include "agent/base/now.h"
#include "caltrop/v1/link.pb-c.h"
#include "caltrop/v1/record.pb-c.h"
#include "proto/order.h"
#include "proto/token.h"
#include "server-stub/api/api.h"
#include "server-stub/api/api_conn.h"
#include "server-stub/api/factor.h"
#include "server-stub/api/passcode.h"
#include "server-stub/api/route.h"
#include "server-stub/cli/audit_check.h"
#include "server-stub/cli/https.h"
#include "server-stub/cli/rest.h"
#include "server-stub/fleet/fleet_file.h"
#include "server-stub/ingest/follow.h"
#include "server-stub/store/log.h"
#include "server-stub/store/person.h"
#include "server-stub/store/views.h"
#include "tests/unit/server-stub/api/fob.h"

#include <mbedtls/base64.h>
#include <sodium.h>

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define USER_PASSWORD "correct horse battery"
#define HASH_MS 120000 /* what takes a hash is waited for so long, on a slow machine */

static struct {
	char dir[64], cert[96], key[96];
	struct fleet fleet;
	struct key_der order_key; /* the fleet's, private */
	struct store *store;
	struct api *api;
	struct context context;
	atomic_uint pushed, revoked, woken;
	struct registry_order order;
	struct fleet_seal seal;
	uint8_t devices[32][STORE_ID];
	unsigned device_count, batch_with_push, incidents_with_push;
	char hash[128];
	struct api_figures figures;
} t;

static void put_batch(unsigned n, const char *user)
{
	static uint8_t record_bytes[3][512], bytes[4096];
	Caltrop__V1__Batch batch = CALTROP__V1__BATCH__INIT;
	Caltrop__V1__Entry entries[3], *list[3];
	struct log_batch b = {
		.first_seq = n * 3 + 1, .last_seq = n * 3 + 3, .count = 3, .received_us = 1767323045000000};

	for (unsigned i = 0; i < 3; i++) {
		Caltrop__V1__Record r = CALTROP__V1__RECORD__INIT;
		Caltrop__V1__Auth a = CALTROP__V1__AUTH__INIT;

		a.service = "sshd";
		a.outcome = i == 2 ? "success" : "failure";
		a.user = (ProtobufCBinaryData){strlen(user), (uint8_t *)(uintptr_t)user};
		a.src = i == 0 ? "192.0.2.1" : "192.0.2.2";
		r.wall_us = 1767323045000000 + n * 3 + i;
		r.body_case = CALTROP__V1__RECORD__BODY_AUTH;
		r.auth = &a;
		caltrop__v1__entry__init(&entries[i]);
		entries[i].seq = b.first_seq + i;
		entries[i].record =
			(ProtobufCBinaryData){caltrop__v1__record__pack(&r, record_bytes[i]), record_bytes[i]};
		list[i] = &entries[i];
	}
	batch.n_entries = 3;
	batch.entries = list;
	memset(b.device, 0x01, STORE_ID);
	memset(b.spool, 0x77, STORE_ID);
	b.blob = (struct str){(char *)bytes, caltrop__v1__batch__pack(&batch, bytes)};
	assert_int_equal(log_append(t.store, &b), ERR_OK);
}

/* -- the part of the gateway; called on the API's thread, which is also the only one that uses the memory store -- */

static struct views_receipt *receipt_of(const uint8_t device[STORE_ID], const struct registry_order *o,
					const char *result)
{
	static uint8_t bytes[2048];
	static struct views_receipt stored;
	Caltrop__V1__Receipt r = CALTROP__V1__RECEIPT__INIT;
	uint8_t sealed[64] = "sealed bytes";

	r.verb = (char *)(uintptr_t)o->verb;
	r.origin = "order";
	r.result = (char *)(uintptr_t)result;
	r.verified = true;
	r.order_id = (ProtobufCBinaryData){STORE_ID, (uint8_t *)(uintptr_t)o->id};
	r.addr = "203.0.113.9";
	r.received_us = 1000;
	r.journaled_us = 1400;
	r.acted_us = 1900;
	r.verified_us = 2000;
	r.sealed = (ProtobufCBinaryData){12, sealed};
	r.text = "as wanted";
	stored = (struct views_receipt){.wall_us = 1767323045000000, .received_us = 1767323045000000};
	memcpy(stored.device, device, STORE_ID);
	memcpy(stored.order_id, o->id, STORE_ID);
	stored.record = (struct str){(char *)bytes, caltrop__v1__receipt__pack(&r, bytes)};
	return &stored;
}

static void carry_out(const uint8_t device[STORE_ID], bool good)
{
	struct registry_target target = {.state = good ? TARGET_DONE : TARGET_REFUSED, .updated_us = 1767323045000000};

	memcpy(target.order_id, t.order.id, STORE_ID);
	memcpy(target.device, device, STORE_ID);
	strcpy(target.text, good ? "as wanted" : "protected");
	assert_int_equal(registry_target_put(t.store, &target), ERR_OK);
	assert_int_equal(views_receipt_put(t.store, receipt_of(device, &t.order, good ? "done" : "refused")), ERR_OK);
}

/* That many more attempts, each a change of the incidents of edge-0 and edge-2. */
static void change_incidents(unsigned times)
{
	for (unsigned n = 0; n < times; n++)
		for (unsigned device = 0; device < 2; device++) {
			struct views_incident i = {.state = INCIDENT_OPEN, .severity = 4, .count = 8 + n};

			memset(i.id, 0xaa + (int)device, sizeof(i.id));
			memset(i.device, device ? 0x21 : 0x01, sizeof(i.device));
			assert_int_equal(views_incident_put(t.store, &i), ERR_OK);
			api_news(t.api, API_NEWS_INCIDENT, i.id);
		}
}

/* Devices answer at once, but for edge-3, which refuses, and edge-2, which is away. */
static void on_push(void *context, const struct registry_order *o, const uint8_t (*devices)[STORE_ID], unsigned count)
{
	(void)context;
	t.order = *o;
	t.device_count = count;
	for (unsigned i = 0; i < count; i++) {
		memcpy(t.devices[i], devices[i], STORE_ID);
		if (devices[i][0] != 0x21)
			carry_out(devices[i], devices[i][0] != 0x31);
	}
	atomic_fetch_add(&t.pushed, 1);
	api_news(t.api, API_NEWS_ORDER, o->id);
	if (t.batch_with_push) {
		put_batch(t.batch_with_push++, "pushed");
		api_news(t.api, API_NEWS_BATCH, NULL);
	}
	change_incidents(t.incidents_with_push);
}

static void on_revoke(void *context, const uint8_t device[STORE_ID])
{
	(void)context;
	(void)device;
	atomic_fetch_add(&t.revoked, 1);
}

/* -- setting up -- */

static void write_pem(const char *path, const char *label, const uint8_t *der, size_t len)
{
	char text[4096];
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(key_pem(label, der, len, text, sizeof(text)), ERR_OK);
	fputs(text, f);
	fclose(f);
}

static void make_certificate(const char *name)
{
	static const uint8_t loopback[17] = {4, 127, 0, 0, 1};
	const char *dns[] = {"localhost", NULL};
	const uint8_t *ips[] = {loopback, NULL};
	struct key_der key, public;
	uint8_t cert[KEY_CERT_MAX];
	size_t len;

	assert_int_equal(key_generate(key_random_kernel, &key), ERR_OK);
	assert_int_equal(key_public(&key, &public), ERR_OK);
	struct key_cert_request request = {
		.kind = KEY_CERT_CA,
		.subject_key = &public,
		.issuer_key = &key,
		.subject = name,
		.issuer = name,
		.serial = {1},
		.not_before_s = time(NULL) - 60,
		.not_after_s = time(NULL) + 86400,
		.dns_names = dns,
		.ip_names = ips,
	};
	request.kind = KEY_CERT_SERVER;
	assert_int_equal(key_cert(&request, key_random_kernel, cert, &len), ERR_OK);
	write_pem(t.cert, "CERTIFICATE", cert, len);
	write_pem(t.key, "EC PRIVATE KEY", key.bytes, key.len);
	uint8_t digest[32];
	struct buf b = buf_over(t.context.fingerprint, 64);

	key_sha256(cert, len, digest);
	buf_hex(&b, digest, 32);
	t.context.fingerprint[64] = 0;
}

static void put_user(const char *name, const char *role, bool must_change)
{
	struct person u = {.must_change = must_change};

	snprintf(u.name, sizeof(u.name), "%s", name);
	snprintf(u.role, sizeof(u.role), "%s", role);
	memcpy(u.password, t.hash, sizeof(u.password));
	assert_int_equal(person_put(t.store, &u), ERR_OK);
}

static void put_device(unsigned i)
{
	struct registry_device d = {.state = i == 4 ? DEVICE_PENDING : DEVICE_APPROVED, .created_us = 1767323045000000};

	memset(d.id, (int)(0x10 * i + 1), sizeof(d.id));
	snprintf(d.name, sizeof(d.name), "edge-%u", i);
	snprintf(d.group, sizeof(d.group), "%s", i % 2 ? "odd" : "even");
	assert_int_equal(registry_device_put(t.store, &d), ERR_OK);
}

static void put_incident(void)
{
	struct views_incident i = {.state = INCIDENT_OPEN, .severity = 4, .count = 7, .received_us = 1767323045000000};

	memset(i.id, 0xaa, sizeof(i.id));
	memset(i.device, 0x01, sizeof(i.device));
	strcpy(i.title, "Brute force");
	strcpy(i.subject_kind, "account");
	strcpy(i.subject, "alice");
	strcpy(i.evidence, "line one\nline \x1b[31m two");
	strcpy(i.tags, "attack.t1110.001,attack.credential-access");
	assert_int_equal(views_incident_put(t.store, &i), ERR_OK);
}

/* Between two calls of a test's only thread that asks. */
static const uint16_t output_ports[] = {443, 465};

static void on_output(void *context)
{
	(void)context;
	atomic_fetch_add(&t.woken, 1);
}

static void on_figures(void *context, struct api_figures *out)
{
	(void)context;
	*out = t.figures;
}

static const char *const notary_files[] = {"server.conf", "ca_key.pem", "order_key.pem"};

static void make_notary(void)
{
	struct fleet_file_pem pem = {"EC PRIVATE KEY", t.order_key.bytes, 0, 0600};
	const char *bad = NULL;

	assert_int_equal(key_generate(key_random_kernel, &t.order_key), ERR_OK);
	pem.len = t.order_key.len;
	assert_int_equal(fleet_file_create((struct fleet_file){t.dir, notary_files[0]}, STR("[server]\n"), 0600),
			 ERR_OK);
	for (unsigned i = 1; i < 3; i++)
		assert_int_equal(fleet_file_create_pem((struct fleet_file){t.dir, notary_files[i]}, &pem), ERR_OK);
	assert_int_equal(notary_open(t.dir, &t.fleet.notary, &bad), ERR_OK);
	t.fleet.order_public[0] = *notary_order_key(t.fleet.notary);
	t.fleet.order_public_count = 1;
}

static void end_notary(void)
{
	char path[FLEET_FILE_PATH_MAX];

	notary_close(t.fleet.notary);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(fleet_file_path((struct fleet_file){t.dir, notary_files[i]}, path), ERR_OK);
		unlink(path);
	}
}

static bool factor_required;

static int set_up(void **state)
{
	char error[API_ERROR_MAX];

	(void)state;
	memset(&t, 0, sizeof(t));
	assert_true(sodium_init() >= 0);
	signal(SIGPIPE, SIG_IGN); /* as the service does */
	strcpy(t.dir, "/tmp/caltrop-api-");
	memset(t.dir + strlen(t.dir), 'X', 6);
	assert_non_null(mkdtemp(t.dir));
	snprintf(t.cert, sizeof(t.cert), "%s/cert.pem", t.dir);
	snprintf(t.key, sizeof(t.key), "%s/key.pem", t.dir);
	make_certificate("CN=localhost");
	assert_int_equal(crypto_pwhash_str(t.hash, USER_PASSWORD, strlen(USER_PASSWORD), 1, 64 << 10), 0);
	make_notary();
	fleet_seal_make(&t.seal);
	assert_int_equal(store_open(NULL, NULL, &t.store), ERR_OK);
	put_user("admin", "admin", false);
	put_user("new", "admin", true);
	put_user("viewer", "viewer", false);
	put_user("responder", "responder", false);
	put_user("auditor", "auditor", false);
	for (unsigned i = 0; i < 5; i++)
		put_device(i);
	for (unsigned i = 0; i < 4; i++)
		put_batch(i, i % 2 ? "root"
				   : "ali\xff"
				     "ce");
	put_incident();
	static const char names[][FLEET_CONF_TEXT_MAX] = {"127.0.0.1", "Fleet.example.net"};
	struct api_env env = {
		.names = names,
		.name_count = 2,
		.fleet = &t.fleet,
		.store = t.store,
		.listen = "127.0.0.1:0",
		.cert_path = t.cert,
		.key_path = t.key,
		.link_host = "fleet.example.net",
		.link_port = 8443,
		.seal = &t.seal,
		.factor_required = factor_required,
		.push = on_push,
		.revoke = on_revoke,
		.output = on_output,
		.output_ports = output_ports,
		.output_port_count = 2,
		.figures = on_figures,
	};

	if (api_start(&env, &t.api, error))
		fail_msg("%s", error);
	strcpy(t.context.host, "127.0.0.1");
	t.context.port = api_port(t.api);
	return 0;
}

static struct https *line; /* of answer_begins */

static void end_line(void)
{
	https_close(line);
	line = NULL;
}

static int tear_down(void **state)
{
	(void)state;
	end_line();
	api_stop(t.api);
	store_close(t.store);
	unlink(t.cert);
	unlink(t.key);
	end_notary();
	rmdir(t.dir);
	return 0;
}

/* -- calls -- */

/* Its first request is made, as a connection without one is cut after API_CONN_FIRST_MS, and others may hash meanwhile.
 */
static struct rest *connect_as(const char *user)
{
	int status;
	struct context c = t.context;
	json_t *answer, *body = json_pack("{s:s, s:s}", "user", user, "password", USER_PASSWORD);
	struct rest *r = rest_open_context(&c, NULL, &status);

	assert_non_null(r);
	assert_int_equal(
		rest_call(r, &(struct rest_call){.method = "POST", .path = "/api/v1/login", .body = body}, &answer),
		-1);
	snprintf(c.token, sizeof(c.token), "%s", json_string_value(json_object_get(answer, "token")));
	json_decref(answer);
	json_decref(body);
	rest_close(r);
	r = rest_open_context(&c, NULL, &status);
	assert_non_null(r);
	assert_int_equal(rest_call(r, &(struct rest_call){.method = "GET", .path = "/api/v1/openapi.json"}, &answer),
			 -1);
	json_decref(answer);
	return r;
}

static json_t *call(struct rest *r, const char *method, const char *path, const char *body)
{
	json_error_t error;
	json_t *answer = NULL, *sent = body ? json_loads(body, 0, &error) : NULL;
	struct rest_call c = {.method = method, .path = path, .body = sent, .quiet = true, .timeout_ms = HASH_MS};

	rest_call(r, &c, &answer);
	json_decref(sent);
	return answer;
}

static const char *code_of(json_t *answer)
{
	const char *code = json_string_value(json_object_get(json_object_get(answer, "error"), "code"));

	return code ? code : "none";
}

static void expect_code(struct rest *r, const char *method, const char *path, const char *body, const char *code)
{
	json_t *answer = call(r, method, path, body);

	if (strcmp(code_of(answer), code))
		print_error("%s %s: %s\n", method, path, code_of(answer));
	assert_string_equal(code_of(answer), code);
	json_decref(answer);
}

static const char *text_of(json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

/* -- tests -- */

static void each_role_may_do_its_part_and_no_more(void **state)
{
	static const struct {
		const char *user, *method, *path, *body, *code;
	} cases[] = {
		{"viewer", "GET", "/api/v1/devices", NULL, "none"},
		{"viewer", "GET", "/api/v1/tokens", NULL, "forbidden"},
		{"viewer", "POST", "/api/v1/orders", "{}", "forbidden"},
		{"viewer", "GET", "/api/v1/audit", NULL, "forbidden"},
		{"viewer", "POST", "/api/v1/devices/edge-4/approve", NULL, "forbidden"},
		{"responder", "POST", "/api/v1/orders", "{}", "missing"},
		{"responder", "POST", "/api/v1/tokens", "{}", "forbidden"},
		{"responder", "POST", "/api/v1/devices/edge-4/revoke", NULL, "forbidden"},
		{"auditor", "GET", "/api/v1/audit", NULL, "none"},
		{"auditor", "POST", "/api/v1/orders", "{}", "forbidden"},
		{"responder", "POST", "/api/v1/devices", "{}", "forbidden"},
		{"auditor", "POST", "/api/v1/devices", "{}", "forbidden"},
		{"admin", "GET", "/api/v1/tokens", NULL, "none"},
		{"admin", "GET", "/api/v1/audit", NULL, "none"},
		{"new", "GET", "/api/v1/devices", NULL, "password_change_required"},
		{"new", "GET", "/api/v1/me", NULL, "none"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rest *r = connect_as(cases[i].user);

		expect_code(r, cases[i].method, cases[i].path, cases[i].body, cases[i].code);
		rest_close(r);
	}
}

static void without_a_token_nothing_is_told(void **state)
{
	int status;
	struct rest *r = rest_open_context(&t.context, NULL, &status);

	(void)state;
	assert_non_null(r);
	expect_code(r, "GET", "/api/v1/devices", NULL, "login_required");
	expect_code(r, "GET", "/api/v1/devices?nonsense=1", NULL, "login_required");
	expect_code(r, "POST", "/api/v1/orders", "{}", "login_required");
	expect_code(r, "GET", "/api/v1/nothing", NULL, "no_such_path");
	expect_code(r, "DELETE", "/api/v1/devices", NULL, "method_not_allowed");
	rest_close(r);
	struct context c = t.context;

	strcpy(c.token, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
	r = rest_open_context(&c, NULL, &status);
	assert_non_null(r);
	expect_code(r, "GET", "/api/v1/devices", NULL, "session_expired");
	rest_close(r);
}

static void one_time_password_must_be_changed_and_then_works_no_more(void **state)
{
	struct rest *r = connect_as("new"), *elsewhere = connect_as("new");
	json_t *answer;

	(void)state;
	expect_code(r, "POST", "/api/v1/password", "{\"old\":\"wrong password\",\"new\":\"a much longer one\"}",
		    "wrong_password");
	expect_code(r, "POST", "/api/v1/password", "{\"old\":\"" USER_PASSWORD "\",\"new\":\"short\"}",
		    "weak_password");
	expect_code(r, "POST", "/api/v1/password", "{\"old\":\"" USER_PASSWORD "\",\"new\":\"" USER_PASSWORD "\"}",
		    "weak_password");
	answer = call(r, "POST", "/api/v1/password", "{\"old\":\"" USER_PASSWORD "\",\"new\":\"a much longer one\"}");
	assert_null(answer);
	expect_code(r, "GET", "/api/v1/devices", NULL, "none");
	expect_code(elsewhere, "GET", "/api/v1/me", NULL, "session_expired");
	rest_close(elsewhere);
	expect_code(r, "POST", "/api/v1/login", "{\"user\":\"new\",\"password\":\"" USER_PASSWORD "\"}",
		    "login_failed");
	assert_null(call(r, "POST", "/api/v1/logout", NULL));
	expect_code(r, "GET", "/api/v1/devices", NULL, "session_expired");
	rest_close(r);
}

/* Whether one of the next tries has to wait. A machine that needs more than a second for a hash has waited already, but
 * the wait doubles. */
static bool waits_soon(struct rest *r, const char *body)
{
	bool waits = false;

	for (unsigned i = 0; i < 6 && !waits; i++) {
		json_t *answer = call(r, "POST", "/api/v1/login", body);

		waits = strcmp(code_of(answer), "too_many_failures") == 0;
		json_decref(answer);
	}
	return waits;
}

static void guessing_is_slowed_down_for_names_that_are_and_are_not(void **state)
{
	static const char *const users[] = {"admin", "nobody"};
	int status;
	struct rest *r;
	char body[128];

	(void)state;
	for (unsigned u = 0; u < 2; u++) {
		tear_down(NULL);
		set_up(NULL);
		r = rest_open_context(&t.context, NULL, &status);
		assert_non_null(r);
		snprintf(body, sizeof(body), "{\"user\":\"%s\",\"password\":\"guess\"}", users[u]);
		for (unsigned i = 0; i < 5; i++)
			expect_code(r, "POST", "/api/v1/login", body, "login_failed");
		assert_true(waits_soon(r, body));
		rest_close(r);
	}
}

static void devices_are_paged_filtered_and_found(void **state)
{
	struct rest *r = connect_as("viewer");
	char path[128] = "/api/v1/devices?limit=2";
	unsigned seen = 0;
	json_t *answer;

	(void)state;
	for (unsigned page = 0; page < 3; page++) {
		answer = call(r, "GET", path, NULL);
		seen += (unsigned)json_array_size(json_object_get(answer, "items"));
		snprintf(path, sizeof(path), "/api/v1/devices?limit=2&after=%s", text_of(answer, "next"));
		assert_int_equal(page == 2, json_is_null(json_object_get(answer, "next")));
		json_decref(answer);
	}
	assert_int_equal(seen, 5);
	answer = call(r, "GET", "/api/v1/devices?group=even&state=pending", NULL);
	assert_int_equal(json_array_size(json_object_get(answer, "items")), 1);
	json_decref(answer);
	answer = call(r, "GET", "/api/v1/devices?q=DGE-3", NULL);
	assert_int_equal(json_array_size(json_object_get(answer, "items")), 1);
	json_decref(answer);
	answer = call(r, "GET", "/api/v1/devices/2121", NULL);
	assert_string_equal(text_of(answer, "name"), "edge-2");
	json_decref(answer);
	expect_code(r, "GET", "/api/v1/devices/nope", NULL, "not_found");
	expect_code(r, "GET", "/api/v1/devices?after=zz", NULL, "invalid");
	expect_code(r, "GET", "/api/v1/devices?limit=501", NULL, "invalid");
	expect_code(r, "GET", "/api/v1/devices?state=odd", NULL, "invalid");
	expect_code(r, "GET", "/api/v1/devices?stat=odd", NULL, "unknown_parameter");
	rest_close(r);
}

static void a_device_shows_what_its_health_record_tells(void **state)
{
	struct rest *r = connect_as("viewer");
	Caltrop__V1__Health health = CALTROP__V1__HEALTH__INIT;
	Caltrop__V1__Health__Counter counter = CALTROP__V1__HEALTH__COUNTER__INIT, *counters = &counter;
	Caltrop__V1__Health__Source source = CALTROP__V1__HEALTH__SOURCE__INIT, *sources = &source;
	struct views_health kept = {.wall_us = 1800000000 * SECOND_US};
	json_t *answer;

	(void)state;
	answer = call(r, "GET", "/api/v1/devices/edge-1", NULL);
	assert_true(json_is_null(json_object_get(answer, "trust_behind")));
	assert_true(json_is_null(json_object_get(answer, "mode")));
	json_decref(answer);
	counter.name = (char *)(uintptr_t) "trust_version";
	source.name = (char *)(uintptr_t) "/var/log/auth.log";
	health.n_counters = health.n_sources = 1;
	health.counters = &counters;
	health.sources = &sources;
	health.mode = (char *)(uintptr_t) "observe";
	memset(kept.device, 0x11, STORE_ID);
	kept.len = (uint16_t)caltrop__v1__health__pack(&health, kept.record);
	assert_int_equal(views_health_put(t.store, &kept), ERR_OK);
	answer = call(r, "GET", "/api/v1/devices?trust=current", NULL);
	assert_int_equal(json_array_size(json_object_get(answer, "items")), 1);
	json_decref(answer);
	answer = call(r, "GET", "/api/v1/devices?trust=behind", NULL);
	assert_int_equal(json_array_size(json_object_get(answer, "items")), 0);
	json_decref(answer);
	answer = call(r, "GET", "/api/v1/devices/edge-1", NULL);
	assert_string_equal(text_of(answer, "mode"), "observe");
	assert_string_equal(text_of(answer, "health_time"), "2027-01-15T08:00:00.000000Z");
	assert_int_equal(json_array_size(json_object_get(answer, "sources")), 1);
	json_decref(answer);
	/* What a device sent that is no record says nothing. */
	kept.len = 3;
	memset(kept.record, 0xff, 3);
	assert_int_equal(views_health_put(t.store, &kept), ERR_OK);
	answer = call(r, "GET", "/api/v1/devices/edge-1", NULL);
	assert_true(json_is_null(json_object_get(answer, "trust_version")));
	json_decref(answer);
	expect_code(r, "GET", "/api/v1/devices?trust=old", NULL, "invalid");
	rest_close(r);
}

static void approval_and_revocation_reach_the_store_and_the_gateway(void **state)
{
	struct rest *r = connect_as("admin");
	json_t *answer = call(r, "POST", "/api/v1/devices/edge-4/approve", NULL);

	(void)state;
	assert_string_equal(text_of(answer, "state"), "approved");
	json_decref(answer);
	answer = call(r, "POST", "/api/v1/devices/edge-4/revoke", NULL);
	assert_string_equal(text_of(answer, "state"), "revoked");
	json_decref(answer);
	assert_int_equal(atomic_load(&t.revoked), 1);
	expect_code(r, "POST", "/api/v1/devices/edge-4/approve", NULL, "revoked");
	expect_code(r, "POST", "/api/v1/orders",
		    "{\"verb\":\"logout\",\"params\":{\"account\":\"a\"},\"devices\":[\"edge-4\"]}", "revoked");
	rest_close(r);
}

/* The device is out of sight for good, and stays revoked in the store, so that no backup lets it in again. */
static void deleted_device_is_seen_no_more_and_stays_revoked(void **state)
{
	struct rest *r = connect_as("admin");
	struct registry_device d;
	uint8_t id[STORE_ID];

	(void)state;
	assert_int_equal(registry_device_find(t.store, "edge-1", &d), ERR_OK);
	memcpy(id, d.id, STORE_ID);
	expect_code(r, "DELETE", "/api/v1/devices/edge-1", NULL, "in_use");
	expect_code(r, "POST", "/api/v1/devices/edge-1/revoke", NULL, "none");
	expect_code(r, "DELETE", "/api/v1/devices/edge-1", NULL, "none");
	assert_int_equal(atomic_load(&t.revoked), 2);
	expect_code(r, "GET", "/api/v1/devices/edge-1", NULL, "not_found");
	expect_code(r, "POST", "/api/v1/devices/1111/approve", NULL, "not_found");
	expect_code(r, "POST", "/api/v1/tokens", "{\"device\":\"edge-1\"}", "not_found");
	expect_code(r, "POST", "/api/v1/devices/edge-0/rename", "{\"name\":\"edge-1\"}", "none");
	assert_int_equal(registry_device_get(t.store, id, &d), ERR_OK);
	assert_int_equal(d.state, DEVICE_REVOKED);
	rest_close(r);
}

static unsigned count_devices(struct rest *r, const char *query)
{
	char path[96];
	unsigned count;
	json_t *answer;

	snprintf(path, sizeof(path), "/api/v1/devices%s", query);
	answer = call(r, "GET", path, NULL);
	count = (unsigned)json_array_size(json_object_get(answer, "items"));
	json_decref(answer);
	return count;
}

static void roster_is_imported_whole_or_not_at_all(void **state)
{
	struct rest *r = connect_as("admin");
	unsigned before = count_devices(r, "");
	json_t *answer, *error, *item;

	(void)state;
	answer = call(r, "POST", "/api/v1/devices",
		      "{\"csv\":\"name,group\\nroster-1,lab\\nedge-0,lab\\nroster-1,lab\\n-,lab\\nroster-2\\n\"}");
	error = json_object_get(answer, "error");
	assert_int_equal(json_integer_value(json_object_get(error, "count")), 4);
	item = json_array_get(json_object_get(error, "lines"), 0);
	assert_int_equal(json_integer_value(json_object_get(item, "line")), 3);
	assert_string_equal(text_of(item, "message"), "another device is found by edge-0 already");
	item = json_array_get(json_object_get(error, "lines"), 1);
	assert_string_equal(text_of(item, "message"), "line 2 has the name roster-1 already");
	json_decref(answer);
	assert_int_equal(count_devices(r, ""), before);

	answer = call(r, "POST", "/api/v1/devices",
		      "{\"csv\":\"name,labels\\nroster-1,site=b spare\\nroster-2,\\n\",\"dry_run\":true}");
	assert_int_equal(json_array_size(json_object_get(answer, "items")), 2);
	assert_string_equal(text_of(json_array_get(json_object_get(answer, "items"), 0), "token"), "");
	json_decref(answer);
	assert_int_equal(count_devices(r, ""), before);

	answer = call(r, "POST", "/api/v1/devices", "{\"csv\":\"name,labels\\nroster-1,site=b spare\\nroster-2,\\n\"}");
	item = json_array_get(json_object_get(answer, "items"), 0);
	assert_int_equal(strncmp(text_of(item, "token"), "ct1.", 4), 0);
	json_decref(answer);
	assert_int_equal(count_devices(r, "?state=expected"), 2);
	assert_int_equal(count_devices(r, "?label=site=b"), 1);
	expect_code(r, "POST", "/api/v1/devices/roster-1/approve", NULL, "not_approved");
	expect_code(r, "POST", "/api/v1/devices", "{\"csv\":\"name\\nroster-1\\n\"}", "invalid");
	expect_code(r, "POST", "/api/v1/devices", "{\"csv\":7}", "invalid");
	expect_code(r, "POST", "/api/v1/devices", "{}", "missing");
	expect_code(r, "POST", "/api/v1/devices", "{\"csv\":\"name\\n\"}", "invalid");
	expect_code(r, "DELETE", "/api/v1/devices/roster-1", NULL, "none");
	expect_code(r, "DELETE", "/api/v1/devices/roster-2", NULL, "none");
	rest_close(r);
}

static void token_for_a_device_ends_when_the_device_is_revoked(void **state)
{
	struct rest *r = connect_as("admin");
	json_t *answer = call(r, "POST", "/api/v1/devices", "{\"csv\":\"name\\nroster-3\\n\"}"), *item;
	struct registry_device d;
	unsigned valid = 0;
	size_t i;

	(void)state;
	json_decref(answer);
	assert_int_equal(registry_device_find(t.store, "roster-3", &d), ERR_OK);
	expect_code(r, "POST", "/api/v1/devices/roster-3/revoke", NULL, "none");
	answer = call(r, "GET", "/api/v1/tokens", NULL);
	json_array_foreach(json_object_get(answer, "items"), i, item)
	{
		valid += strcmp(text_of(item, "device_name"), "roster-3") == 0 &&
			 strcmp(text_of(item, "state"), "revoked") != 0;
	}
	assert_int_equal(valid, 0);
	json_decref(answer);
	expect_code(r, "DELETE", "/api/v1/devices/roster-3", NULL, "none");
	rest_close(r);
}

static void devices_are_found_by_their_labels_and_moved(void **state)
{
	struct rest *r = connect_as("admin");
	json_t *answer = call(r, "POST", "/api/v1/devices/edge-0/label", "{\"labels\":[\"site=b\",\"x\",\"x\"]}");

	(void)state;
	assert_int_equal(json_array_size(json_object_get(answer, "labels")), 2);
	json_decref(answer);
	answer = call(r, "GET", "/api/v1/devices?label=x", NULL);
	assert_int_equal(json_array_size(json_object_get(answer, "items")), 1);
	json_decref(answer);
	answer = call(r, "GET", "/api/v1/devices?label=site", NULL);
	assert_int_equal(json_array_size(json_object_get(answer, "items")), 0);
	json_decref(answer);
	expect_code(r, "POST", "/api/v1/devices/edge-0/label", "{\"labels\":[\"a b\"]}", "invalid");
	expect_code(r, "POST", "/api/v1/devices/edge-0/label", "{\"labels\":[\"\"]}", "invalid");
	expect_code(r, "POST", "/api/v1/devices/edge-0/label", "{\"labels\":[7]}", "invalid");
	expect_code(r, "POST", "/api/v1/devices/edge-0/label", "{\"labels\":\"x\"}", "invalid");
	expect_code(r, "POST", "/api/v1/devices/edge-0/move", "{\"group\":\"-x\"}", "invalid");
	answer = call(r, "POST", "/api/v1/devices/edge-0/move", "{\"group\":\"lab\"}");
	assert_string_equal(text_of(answer, "group"), "lab");
	assert_int_equal(json_array_size(json_object_get(answer, "labels")), 2);
	json_decref(answer);
	answer = call(r, "POST", "/api/v1/devices/edge-0/label", "{\"labels\":[]}");
	assert_int_equal(json_array_size(json_object_get(answer, "labels")), 0);
	json_decref(answer);
	rest_close(r);
}

/* Ends the only session of `user` that r sees; expects this code. */
static void end_session(struct rest *r, const char *user, const char *code)
{
	json_t *answer = call(r, "GET", "/api/v1/sessions", NULL), *one;
	char path[96] = "";
	size_t i;

	json_array_foreach(json_object_get(answer, "items"), i, one)
	{
		if (strcmp(text_of(one, "user"), user) == 0)
			snprintf(path, sizeof(path), "/api/v1/sessions/%s", text_of(one, "id"));
	}
	assert_string_not_equal(path, "");
	json_decref(answer);
	expect_code(r, "DELETE", path, NULL, code);
}

static void sessions_are_seen_and_ended_by_whom_they_concern(void **state)
{
	struct rest *viewer = connect_as("viewer"), *auditor = connect_as("auditor"), *admin = connect_as("admin");
	json_t *answer = call(viewer, "GET", "/api/v1/sessions", NULL);

	(void)state;
	assert_int_equal(json_array_size(json_object_get(answer, "items")), 1);
	assert_true(json_is_true(json_object_get(json_array_get(json_object_get(answer, "items"), 0), "present")));
	json_decref(answer);
	answer = call(auditor, "GET", "/api/v1/sessions", NULL);
	assert_int_equal(json_array_size(json_object_get(answer, "items")), 3);
	json_decref(answer);
	end_session(auditor, "viewer", "forbidden");
	expect_code(viewer, "GET", "/api/v1/me", NULL, "none");
	end_session(admin, "viewer", "none");
	expect_code(viewer, "GET", "/api/v1/me", NULL, "session_expired");
	end_session(auditor, "auditor", "none");
	expect_code(auditor, "GET", "/api/v1/me", NULL, "session_expired");
	expect_code(admin, "DELETE", "/api/v1/sessions/zzzz", NULL, "invalid");
	expect_code(admin, "DELETE", "/api/v1/sessions/", NULL, "no_such_path");
	rest_close(viewer);
	rest_close(auditor);
	rest_close(admin);
}

static void output_tells_its_secret_once(void **state)
{
	static const char webhook[] =
		"{\"name\":\"pager\",\"kind\":\"webhook\",\"url\":\"https://a.example/in?t=hidden\"}";
	struct rest *r = connect_as("admin");
	json_t *made = call(r, "POST", "/api/v1/outputs", webhook), *one, *gone;

	(void)state;
	assert_int_equal(strlen(text_of(made, "secret")), 48);
	assert_string_equal(text_of(made, "place"), "https://a.example");
	assert_string_equal(text_of(made, "severity"), "medium");
	assert_int_equal(atomic_load(&t.woken), 1);
	one = call(r, "GET", "/api/v1/outputs/pager", NULL);
	assert_null(json_object_get(one, "secret"));
	assert_true(json_is_null(json_object_get(one, "test")));
	json_decref(one);
	expect_code(r, "POST", "/api/v1/outputs", webhook, "already_used");
	expect_code(r, "GET", "/api/v1/outputs/other", NULL, "not_found");
	one = call(r, "POST", "/api/v1/outputs/pager/test", NULL);
	assert_string_equal(text_of(one, "test"), "running");
	assert_int_equal(atomic_load(&t.woken), 2);
	json_decref(one);
	gone = call(r, "DELETE", "/api/v1/outputs/pager", NULL);
	json_decref(gone);
	expect_code(r, "DELETE", "/api/v1/outputs/pager", NULL, "not_found");
	json_decref(made);
	rest_close(r);
}

static void wrong_outputs_are_refused(void **state)
{
	static const char *const wrong[] = {
		"\"kind\":\"slack\",\"url\":\"https://a.example:22/in\"",
		"\"kind\":\"slack\",\"url\":\"http://a.example/in\"",
		"\"kind\":\"slack\",\"url\":\"https://a.example/in\",\"severity\":\"worst\"",
		"\"kind\":\"slack\",\"url\":\"https://a.example/in\",\"changes\":\"opened,closed\"",
		"\"kind\":\"slack\",\"url\":\"https://a.example/in\",\"quiet\":\"22-06\"",
		"\"kind\":\"slack\",\"url\":\"https://a.example/in\",\"quiet\":\"22:00-22:00\"",
		"\"kind\":\"slack\",\"url\":\"https://a.example/in\",\"after_s\":-1",
		"\"kind\":\"webhook\",\"url\":\"https://a.example/in\",\"secret\":\"short\"",
		"\"kind\":\"mail\",\"url\":\"smtps://a.example\",\"from\":\"a@b\",\"to\":\"a@b\\r\\nx\"",
	};
	struct rest *admin = connect_as("admin"), *responder = connect_as("responder");
	char body[512];

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		snprintf(body, sizeof(body), "{\"name\":\"x\",%s}", wrong[i]);
		expect_code(admin, "POST", "/api/v1/outputs", body, "invalid");
	}
	expect_code(responder, "POST", "/api/v1/outputs", "{}", "forbidden");
	expect_code(responder, "POST", "/api/v1/outputs/x/test", NULL, "forbidden");
	rest_close(admin);
	rest_close(responder);
}

/* A certificate of tests/unit/agent/base/tls/chain as a body of JSON that adds a factory. */
static char *factory_body(const char *name, const char *cert, const char *more)
{
	static char text[8192];
	char path[128], pem[4096];
	size_t len = (size_t)snprintf(text, sizeof(text), "{\"name\":\"%s\"%s,\"ca\":\"", name, more);
	FILE *f;

	snprintf(path, sizeof(path), "tests/unit/agent/base/tls/chain/%s.pem", cert);
	f = fopen(path, "r");
	assert_non_null(f);
	pem[fread(pem, 1, sizeof(pem) - 1, f)] = '\0';
	fclose(f);
	for (const char *c = pem; *c; c++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, *c == '\n' ? "\\n" : "%c", *c);
	snprintf(text + len, sizeof(text) - len, "\"}");
	return text;
}

static void factories_are_cas_and_have_a_card(void **state)
{
	struct rest *r = connect_as("admin"), *viewer = connect_as("viewer");
	json_t *made = call(r, "POST", "/api/v1/factories", factory_body("acme", "root", ",\"unlisted\":\"refuse\"")),
	       *one;

	(void)state;
	assert_string_equal(text_of(made, "subject"), "O=Acme, CN=Acme root");
	assert_string_equal(text_of(made, "unlisted"), "refuse");
	assert_string_equal(text_of(made, "group"), "default");
	assert_string_equal(text_of(made, "ca_expires"), "9999-12-31T23:59:59.000000Z");
	json_decref(made);
	expect_code(r, "POST", "/api/v1/factories", factory_body("acme", "root", ""), "already_used");
	expect_code(r, "POST", "/api/v1/factories", factory_body("a/b", "root", ""), "invalid");
	expect_code(r, "POST", "/api/v1/factories", factory_body("b", "good", ""), "invalid");
	expect_code(r, "POST", "/api/v1/factories", factory_body("b", "weak_root", ""), "invalid");
	expect_code(r, "POST", "/api/v1/factories", factory_body("b", "expired_root", ""), "invalid");
	expect_code(r, "POST", "/api/v1/factories", factory_body("b", "root", ",\"unlisted\":\"maybe\""), "invalid");
	expect_code(r, "POST", "/api/v1/factories", "{\"name\":\"b\",\"ca\":\"no PEM\"}", "invalid");
	expect_code(r, "POST", "/api/v1/factories", "{\"name\":\"b\"}", "missing");
	one = call(viewer, "GET", "/api/v1/factories/acme", NULL);
	assert_non_null(strstr(text_of(one, "ca"), "BEGIN CERTIFICATE"));
	json_decref(one);
	one = call(viewer, "GET", "/api/v1/factories", NULL);
	assert_int_equal(json_array_size(json_object_get(one, "items")), 1);
	json_decref(one);
	one = call(viewer, "GET", "/api/v1/card", NULL);
	assert_memory_equal(text_of(one, "card"), "ct1.", 4);
	json_decref(one);
	expect_code(viewer, "DELETE", "/api/v1/factories/acme", NULL, "forbidden");
	one = call(r, "DELETE", "/api/v1/factories/acme", NULL);
	json_decref(one);
	expect_code(r, "GET", "/api/v1/factories/acme", NULL, "not_found");
	expect_code(r, "DELETE", "/api/v1/factories/acme", NULL, "not_found");
	expect_code(r, "POST", "/api/v1/devices/edge-1/expect", NULL, "invalid");
	rest_close(viewer);
	rest_close(r);
}

static void join_tokens_are_shown_once(void **state)
{
	struct rest *r = connect_as("admin");
	json_t *made =
		call(r, "POST", "/api/v1/tokens", "{\"group\":\"lab\",\"ttl_s\":60,\"uses\":2,\"approve\":true}");
	struct token token;
	char path[128];

	(void)state;
	assert_int_equal(token_decode(str_from(text_of(made, "token")), &token), ERR_OK);
	assert_string_equal(token.host, "fleet.example.net");
	assert_int_equal(token.port, 8443);
	json_t *list = call(r, "GET", "/api/v1/tokens", NULL), *one = json_array_get(json_object_get(list, "items"), 0);

	assert_null(json_object_get(one, "token"));
	assert_string_equal(text_of(one, "group"), "lab");
	assert_string_equal(text_of(one, "state"), "valid");
	snprintf(path, sizeof(path), "/api/v1/tokens/%.6s", text_of(made, "id"));
	json_t *gone = call(r, "DELETE", path, NULL);

	assert_string_equal(text_of(gone, "state"), "revoked");
	expect_code(r, "DELETE", "/api/v1/tokens/0000", NULL, "not_found");
	expect_code(r, "POST", "/api/v1/tokens", "{\"group\":\"a/b\"}", "invalid");
	expect_code(r, "POST", "/api/v1/tokens", "{\"ttl_s\":0}", "invalid");
	expect_code(r, "POST", "/api/v1/tokens", "{\"ttl\":5}", "unknown_member");
	json_decref(made);
	json_decref(list);
	json_decref(gone);
	rest_close(r);
}

static void token_for_a_device_names_it(void **state)
{
	struct rest *r = connect_as("admin");
	json_t *made = call(r, "POST", "/api/v1/tokens", "{\"device\":\"edge-2\",\"ttl_s\":60}");

	(void)state;
	assert_string_equal(text_of(made, "device_name"), "edge-2");
	assert_int_equal(json_integer_value(json_object_get(made, "uses_max")), 1);
	json_t *list = call(r, "GET", "/api/v1/tokens", NULL), *one = json_array_get(json_object_get(list, "items"), 0);

	assert_string_equal(text_of(one, "device"), text_of(made, "device"));
	assert_string_equal(text_of(one, "group"), text_of(made, "group"));
	expect_code(r, "POST", "/api/v1/tokens", "{\"device\":\"no-such-device\"}", "not_found");
	expect_code(r, "POST", "/api/v1/tokens", "{\"device\":\"\"}", "invalid");
	expect_code(r, "POST", "/api/v1/tokens", "{\"device\":\"edge-2\",\"group\":\"lab\"}", "invalid");
	expect_code(r, "POST", "/api/v1/tokens", "{\"device\":\"edge-2\",\"uses\":2}", "invalid");
	expect_code(r, "POST", "/api/v1/tokens", "{\"device\":\"edge-2\",\"approve\":true}", "invalid");
	json_decref(made);
	json_decref(list);
	rest_close(r);
}

static void events_are_listed_newest_first_and_every_one_once(void **state)
{
	struct rest *r = connect_as("viewer");
	char path[160] = "/api/v1/events?limit=5";
	int64_t before = INT64_MAX;
	unsigned seen = 0;
	size_t i;
	json_t *answer, *item;

	(void)state;
	for (bool more = true; more;) {
		answer = call(r, "GET", path, NULL);
		json_array_foreach(json_object_get(answer, "items"), i, item)
		{
			int64_t seq = json_integer_value(json_object_get(item, "seq"));

			assert_true(seq < before);
			before = seq;
			seen++;
		}
		more = !json_is_null(json_object_get(answer, "next"));
		snprintf(path, sizeof(path), "/api/v1/events?limit=5&after=%s", text_of(answer, "next"));
		json_decref(answer);
	}
	assert_int_equal(seen, 12);
	answer = call(r, "GET", "/api/v1/events?user=ali%FFce&src=192.0.2.2&outcome=failure", NULL);
	assert_int_equal(json_array_size(json_object_get(answer, "items")), 2);
	item = json_object_get(json_array_get(json_object_get(answer, "items"), 0), "auth");
	assert_string_equal(text_of(item, "user"), "ali\xc3\xbf"
						   "ce");
	json_decref(answer);
	answer = call(r, "GET", "/api/v1/events?user=ali%FFce&src=::ffff:192.0.2.2&outcome=failure", NULL);
	assert_int_equal(json_array_size(json_object_get(answer, "items")), 2);
	json_decref(answer);
	answer = call(r, "GET", "/api/v1/events?process=sshd&outcome=success", NULL);
	assert_int_equal(json_array_size(json_object_get(answer, "items")), 4);
	json_decref(answer);
	answer = call(r, "GET", "/api/v1/events?process=ssh", NULL);
	assert_int_equal(json_array_size(json_object_get(answer, "items")), 0);
	json_decref(answer);
	expect_code(r, "GET", "/api/v1/events?outcome=faliure", NULL, "invalid");
	expect_code(r, "GET", "/api/v1/events?kind=auth&outcome=done", NULL, "invalid");
	expect_code(r, "GET", "/api/v1/events?kind=receipt&outcome=done", NULL, "none");
	expect_code(r, "GET", "/api/v1/events?kind=dropped&outcome=success", NULL, "invalid");
	expect_code(r, "GET", "/api/v1/events?src=198.51.100.300", NULL, "invalid");
	expect_code(r, "GET", "/api/v1/events?src=host.example", NULL, "none");
	expect_code(r, "GET", "/api/v1/events?since=2026-01-03T00:00:00Z&until=2026-01-02T00:00:00Z", NULL, "invalid");
	answer = call(r, "GET", "/api/v1/events?kind=finding", NULL);
	assert_int_equal(json_array_size(json_object_get(answer, "items")), 0);
	json_decref(answer);
	answer = call(r, "GET", "/api/v1/events?until=2026-01-02T03:04:05.000002Z", NULL);
	assert_int_equal(json_array_size(json_object_get(answer, "items")), 2);
	json_decref(answer);
	expect_code(r, "GET", "/api/v1/events?after=x", NULL, "invalid");
	expect_code(r, "GET", "/api/v1/events?since=soon", NULL, "invalid");
	rest_close(r);
}

/* A batch as retention leaves it: of three entries the second is left, or the second and third. */
static void put_thinned_batch(uint64_t first, unsigned left)
{
	static uint8_t record_bytes[512], packed[2048];
	Caltrop__V1__Record r = CALTROP__V1__RECORD__INIT;
	Caltrop__V1__Auth a = CALTROP__V1__AUTH__INIT;
	Caltrop__V1__Entry entries[2], *list[] = {&entries[0], &entries[1]};
	Caltrop__V1__Batch batch = CALTROP__V1__BATCH__INIT;
	struct log_batch b = {
		.first_seq = first, .last_seq = first + 2, .count = left, .received_us = 1767323045000000};

	a.user = (ProtobufCBinaryData){4, (uint8_t *)(uintptr_t) "thin"};
	r.body_case = CALTROP__V1__RECORD__BODY_AUTH;
	r.auth = &a;
	for (unsigned i = 0; i < left; i++) {
		caltrop__v1__entry__init(&entries[i]);
		entries[i].seq = first + 1 + i;
		entries[i].record = (ProtobufCBinaryData){caltrop__v1__record__pack(&r, record_bytes), record_bytes};
	}
	batch.n_entries = left;
	batch.entries = list;
	memset(b.device, 0x01, STORE_ID);
	memset(b.spool, 0x77, STORE_ID);
	b.blob = (struct str){(char *)packed, caltrop__v1__batch__pack(&batch, packed)};
	assert_int_equal(log_append(t.store, &b), ERR_OK);
}

static void event_keeps_its_id_when_others_of_its_batch_go(void **state)
{
	struct rest *r;
	json_t *answer, *items;
	char path[160];

	(void)state;
	put_thinned_batch(101, 1);
	put_thinned_batch(201, 2);
	r = connect_as("viewer");
	answer = call(r, "GET", "/api/v1/events?user=thin&limit=1", NULL);
	items = json_object_get(answer, "items");
	assert_string_equal(strchr(text_of(json_array_get(items, 0), "id"), '.'), ".2");
	snprintf(path, sizeof(path), "/api/v1/events?user=thin&after=%s", text_of(answer, "next"));
	json_decref(answer);
	answer = call(r, "GET", path, NULL);
	items = json_object_get(answer, "items");
	assert_int_equal(json_array_size(items), 2);
	for (size_t i = 0; i < 2; i++)
		assert_string_equal(strchr(text_of(json_array_get(items, i), "id"), '.'), ".1");
	assert_int_equal(json_integer_value(json_object_get(json_array_get(items, 1), "seq")), 102);
	json_decref(answer);
	rest_close(r);
}

/* What a device chooses, at its worst: a counter that no signed number holds, and a name that ends its own quotes. */
static void put_odd_batch(void)
{
	static uint8_t bytes[2][1024], packed[2048];
	Caltrop__V1__Health__Counter counter = CALTROP__V1__HEALTH__COUNTER__INIT, *counters[] = {&counter};
	Caltrop__V1__Health health = CALTROP__V1__HEALTH__INIT;
	Caltrop__V1__Receipt__Argument argument = CALTROP__V1__RECEIPT__ARGUMENT__INIT, *arguments[] = {&argument};
	Caltrop__V1__Receipt receipt = CALTROP__V1__RECEIPT__INIT;
	Caltrop__V1__Record records[] = {CALTROP__V1__RECORD__INIT, CALTROP__V1__RECORD__INIT};
	Caltrop__V1__Entry entries[2], *list[2];
	Caltrop__V1__Batch batch = CALTROP__V1__BATCH__INIT;
	struct log_batch b = {.first_seq = 101, .last_seq = 102, .count = 2, .received_us = 1767323045000000};

	counter.name = "odd";
	counter.value = UINT64_MAX;
	health.n_counters = 1;
	health.counters = counters;
	records[0].body_case = CALTROP__V1__RECORD__BODY_HEALTH;
	records[0].health = &health;
	records[0].wall_us = INT64_MAX;
	argument.name = "x\":\x01\xff";
	argument.value = "y\n";
	receipt.verb = "ban";
	receipt.n_arguments = 1;
	receipt.arguments = arguments;
	receipt.cause_us = INT64_MIN;
	receipt.acted_us = INT64_MAX;
	records[1].body_case = CALTROP__V1__RECORD__BODY_RECEIPT;
	records[1].receipt = &receipt;
	records[1].wall_us = INT64_MIN;
	for (unsigned i = 0; i < 2; i++) {
		caltrop__v1__entry__init(&entries[i]);
		entries[i].seq = b.first_seq + i;
		entries[i].record = (ProtobufCBinaryData){caltrop__v1__record__pack(&records[i], bytes[i]), bytes[i]};
		list[i] = &entries[i];
	}
	batch.n_entries = 2;
	batch.entries = list;
	memset(b.device, 0x01, STORE_ID);
	memset(b.spool, 0x77, STORE_ID);
	b.blob = (struct str){(char *)packed, caltrop__v1__batch__pack(&batch, packed)};
	assert_int_equal(log_append(t.store, &b), ERR_OK);
}

static void numbers_and_names_of_a_device_break_no_list(void **state)
{
	struct rest *r;
	json_t *answer, *item;

	(void)state;
	put_odd_batch();
	r = connect_as("viewer");
	answer = call(r, "GET", "/api/v1/events?limit=50", NULL);
	assert_int_equal(json_array_size(json_object_get(answer, "items")), 14);
	item = json_array_get(json_object_get(answer, "items"), 1);
	item = json_array_get(json_object_get(json_object_get(item, "health"), "counters"), 0);
	assert_int_equal(json_integer_value(json_object_get(item, "value")), INT64_MAX);
	item = json_object_get(json_array_get(json_object_get(answer, "items"), 0), "receipt");
	assert_int_equal(json_integer_value(json_object_get(json_object_get(item, "steps_us"), "acted")), INT64_MAX);
	item = json_object_get(item, "params");
	assert_string_equal(text_of(item, "x\":\x01\xc3\xbf"), "y\n");
	json_decref(answer);
	rest_close(r);
}

static void incidents_come_with_their_evidence(void **state)
{
	struct rest *r = connect_as("viewer");
	json_t *answer = call(r, "GET", "/api/v1/incidents/aaaaaa", NULL);

	(void)state;
	assert_string_equal(text_of(answer, "title"), "Brute force");
	assert_string_equal(text_of(answer, "subject_kind"), "account");
	assert_string_equal(text_of(answer, "subject"), "alice");
	assert_int_equal(json_array_size(json_object_get(answer, "evidence")), 2);
	assert_int_equal(json_array_size(json_object_get(answer, "tags")), 2);
	json_decref(answer);
	answer = call(r, "GET", "/api/v1/incidents?state=closed", NULL);
	assert_int_equal(json_array_size(json_object_get(answer, "items")), 0);
	json_decref(answer);
	expect_code(r, "GET", "/api/v1/incidents/bbbb", NULL, "not_found");
	expect_code(r, "GET", "/api/v1/incidents/xyz", NULL, "invalid");
	rest_close(r);
}

static void what_people_do_to_an_incident_is_logged_and_shown(void **state)
{
	struct rest *viewer = connect_as("viewer"), *r = connect_as("responder");
	struct follow follow = {.store = t.store};
	char path[80] = "/api/v1/incidents/", *end = path + strlen(path);
	json_t *answer = call(r, "GET", "/api/v1/incidents", NULL), *notes;

	(void)state;
	snprintf(end, 40, "%s", text_of(json_array_get(json_object_get(answer, "items"), 0), "id"));
	json_decref(answer);
	end += strlen(end);
	strcpy(end, "/note");
	expect_code(viewer, "POST", path, "{\"text\":\"x\"}", "forbidden");
	expect_code(r, "POST", path, "{\"text\":\"\"}", "invalid");
	expect_code(r, "POST", path, "{\"text\":\"seen\",\"author\":\"somebody else\"}", "unknown_member");
	expect_code(r, "POST", path, "{\"text\":\"seen before\"}", "none");
	strcpy(end, "/verdict");
	expect_code(r, "POST", path, "{\"text\":\"maybe\"}", "invalid");
	expect_code(r, "POST", path, "{\"text\":\"benign\"}", "none");
	strcpy(end, "/assign");
	expect_code(r, "POST", path, "{\"text\":\"nobody\"}", "invalid");
	expect_code(r, "POST", path, "{\"text\":\"admin\"}", "none");
	strcpy(end, "/close");
	expect_code(r, "POST", path, "{}", "none");
	expect_code(r, "POST", "/api/v1/incidents/ffffffff/close", "{}", "not_found");
	assert_int_equal(follow_all(&follow), ERR_OK);
	*end = '\0';
	answer = call(viewer, "GET", path, NULL);
	assert_string_equal(text_of(answer, "state"), "closed");
	assert_string_equal(text_of(answer, "verdict"), "benign");
	assert_string_equal(text_of(answer, "assignee"), "admin");
	notes = json_object_get(answer, "notes");
	assert_int_equal(json_array_size(notes), 4);
	assert_string_equal(text_of(json_array_get(notes, 0), "text"), "seen before");
	assert_string_equal(text_of(json_array_get(notes, 0), "author"), "responder");
	assert_string_equal(text_of(json_array_get(notes, 3), "deed"), "close");
	json_decref(answer);
	rest_close(viewer);
	rest_close(r);
}

static void bad_orders_are_refused_with_a_reason(void **state)
{
	static const struct {
		const char *body, *code;
	} cases[] = {
		{"{}", "missing"},
		{"{\"verb\":\"frob\",\"all\":true}", "invalid"},
		{"{\"verb\":\"ban\",\"all\":true}", "invalid"},
		{"{\"verb\":\"ban\",\"params\":{\"addr\":\"example.net\"},\"all\":true}", "invalid"},
		{"{\"verb\":\"ban\",\"params\":{\"addr\":\"127.0.0.1\"},\"all\":true}", "protected"},
		{"{\"verb\":\"ban\",\"params\":{\"addr\":\"::1\"},\"all\":true}", "protected"},
		{"{\"verb\":\"ban\",\"params\":{\"addr\":\"0.0.0.0/0\"},\"all\":true}", "protected"},
		{"{\"verb\":\"ban\",\"params\":{\"addr\":\"64.0.0.0/2\"},\"all\":true}", "protected"},
		{"{\"verb\":\"ban\",\"params\":{\"addr\":\"192.0.2.1\",\"duration_s\":2592001},\"all\":true}",
		 "invalid"},
		{"{\"verb\":\"ban\",\"params\":{\"addr\":\"192.0.2.1\",\"account\":\"x\"},\"all\":true}", "invalid"},
		{"{\"verb\":\"ban\",\"params\":{\"addr\":\"192.0.2.1\"}}", "invalid"},
		{"{\"verb\":\"ban\",\"params\":{\"addr\":\"192.0.2.1\"},\"all\":true,\"group\":\"odd\"}", "invalid"},
		{"{\"verb\":\"ban\",\"params\":{\"addr\":\"192.0.2.1\"},\"devices\":[]}", "invalid"},
		{"{\"verb\":\"ban\",\"params\":{\"addr\":\"192.0.2.1\"},\"devices\":[1]}", "invalid"},
		{"{\"verb\":\"ban\",\"params\":{\"addr\":\"192.0.2.1\"},\"devices\":[\"nope\"]}", "not_found"},
		{"{\"verb\":\"ban\",\"params\":{\"addr\":\"192.0.2.1\"},\"devices\":[\"edge-4\"]}", "not_approved"},
		{"{\"verb\":\"ban\",\"params\":{\"addr\":\"192.0.2.1\"},\"group\":\"none\"}", "not_found"},
		{"{\"verb\":\"ban\",\"params\":{\"address\":\"192.0.2.1\"},\"all\":true}", "unknown_member"},
		{"{\"verb\":\"ban\",\"params\":{\"addr\":\"192.0.2.1\"},\"all\":true,\"expires_in_s\":0}", "invalid"},
		{"{\"verb\":\"reset\",\"params\":{\"account\":\"../etc\"},\"all\":true}", "invalid"},
		{"{\"verb\":\"reset\",\"params\":{\"account\":\"-rf\"},\"all\":true}", "invalid"},
		{"{\"verb\":\"kill\",\"params\":{\"pid\":1},\"all\":true}", "protected"},
		{"{\"verb\":\"kill\",\"params\":{\"pid\":-1},\"all\":true}", "invalid"},
		{"{\"steps\":[],\"all\":true}", "invalid"},
		{"{\"steps\":[1],\"all\":true}", "invalid"},
		{"{\"steps\":[{\"verb\":\"kill\",\"params\":{\"pid\":7},\"when\":\"if_done\"}],\"all\":true}",
		 "invalid"},
		{"{\"steps\":[{\"verb\":\"kill\",\"params\":{\"pid\":7},\"when\":\"perhaps\"}],\"all\":true}",
		 "invalid"},
		{"{\"steps\":[{\"verb\":\"kill\",\"params\":{\"pid\":7}}],\"verb\":\"kill\",\"all\":true}", "invalid"},
		{"{\"steps\":[{\"verb\":\"kill\",\"params\":{\"pid\":\"7\"}}],\"all\":true}", "invalid"},
		{"{\"steps\":[{\"verb\":\"kill\",\"params\":{\"pid\":7},\"step\":1}],\"all\":true}", "unknown_member"},
		{"{\"order\":\"AAAA\",\"signatures\":[]}", "invalid"},
		{"{\"order\":\"?\",\"signatures\":[]}", "invalid"},
	};
	struct rest *r = connect_as("responder");

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect_code(r, "POST", "/api/v1/orders", cases[i].body, cases[i].code);
	assert_int_equal(atomic_load(&t.pushed), 0);
	rest_close(r);
}

static void order_is_signed_stored_and_pushed_once_for_one_key(void **state)
{
	struct rest *r = connect_as("responder");
	json_t *body = json_pack("{s:s, s:{s:s, s:i}, s:[s, s]}", "verb", "ban", "params", "addr", "203.0.113.9",
				 "duration_s", 3600, "devices", "edge-0", "edge-0");
	json_t *first, *second, *other;
	struct rest_call post = {
		.method = "POST", .path = "/api/v1/orders", .body = body, .idempotency_key = "k", .quiet = true};
	struct order order;
	char why[ORDER_WHY_MAX];

	(void)state;
	assert_int_equal(rest_call(r, &post, &first), -1);
	assert_int_equal(atomic_load(&t.pushed), 1);
	assert_int_equal(t.device_count, 1);
	assert_int_equal(order_decode(t.order.order, t.order.order_len, &order, why), ERR_OK);
	assert_int_equal(order.steps[0].args.verb, VERB_BAN);
	assert_string_equal(order.author, "responder");
	assert_int_equal(key_verify(&t.fleet.order_public[0], t.order.order, t.order.order_len,
				    t.order.signatures[0].bytes, t.order.signatures[0].len),
			 ERR_OK);
	assert_int_equal(rest_call(r, &post, &second), -1);
	assert_int_equal(atomic_load(&t.pushed), 1);
	assert_string_equal(text_of(first, "id"), text_of(second, "id"));
	json_object_set_new(body, "verb", json_string("unban"));
	json_object_set_new(body, "params", json_pack("{s:s}", "addr", "203.0.113.9"));
	assert_int_equal(rest_call(r, &post, &other), 7);
	assert_string_equal(code_of(other), "already_used");
	json_decref(first);
	json_decref(second);
	json_decref(other);
	json_decref(body);
	rest_close(r);
}

static bool count_order(void *arg, const struct registry_order *o)
{
	(void)o;
	(*(unsigned *)arg)++;
	return true;
}

static json_int_t targets_in(json_t *order, const char *state)
{
	return json_integer_value(json_object_get(json_object_get(order, "summary"), state));
}

/* edge-2 is away; edge-0 has done it already. */
static void cancelled_order_goes_to_nobody_who_has_not_got_it(void **state)
{
	struct rest *r = connect_as("responder");
	json_t *made = call(r, "POST", "/api/v1/orders",
			    "{\"verb\":\"ban\",\"params\":{\"addr\":\"203.0.113.9\"},"
			    "\"devices\":[\"edge-0\",\"edge-2\"]}");
	struct registry_device d;
	unsigned waiting = 0;
	char path[128];
	json_t *answer;

	(void)state;
	snprintf(path, sizeof(path), "/api/v1/orders/%s/cancel", text_of(made, "id"));
	answer = call(r, "POST", path, NULL);
	assert_int_equal(targets_in(answer, "cancelled"), 1);
	assert_int_equal(targets_in(answer, "done"), 1);
	json_decref(answer);
	expect_code(r, "POST", path, NULL, "already_sent");
	assert_int_equal(registry_device_find(t.store, "edge-2", &d), ERR_OK);
	assert_int_equal(registry_target_waiting(t.store, d.id, 0, count_order, &waiting), ERR_OK);
	assert_int_equal(waiting, 0);
	answer = call(r, "GET", "/api/v1/orders", NULL);
	assert_int_equal(targets_in(json_array_get(json_object_get(answer, "items"), 0), "cancelled"), 1);
	json_decref(answer);
	json_decref(made);
	rest_close(r);
}

static void long_idempotency_keys_that_end_differently_are_two(void **state)
{
	struct rest *r = connect_as("responder");
	json_t *body = json_pack("{s:s, s:{s:s, s:i}, s:[s]}", "verb", "ban", "params", "addr", "203.0.113.9",
				 "duration_s", 3600, "devices", "edge-0");
	char key[400] = "";
	struct rest_call post = {
		.method = "POST", .path = "/api/v1/orders", .body = body, .idempotency_key = key, .quiet = true};
	json_t *first, *second;

	(void)state;
	memset(key, 'k', sizeof(key) - 1);
	key[sizeof(key) - 1] = '\0';
	assert_int_equal(rest_call(r, &post, &first), -1);
	key[sizeof(key) - 2] = 'l';
	assert_int_equal(rest_call(r, &post, &second), -1);
	assert_int_equal(atomic_load(&t.pushed), 2);
	assert_string_not_equal(text_of(first, "id"), text_of(second, "id"));
	json_decref(first);
	json_decref(second);
	json_decref(body);
	rest_close(r);
}

static char seen_events[4096];

static bool note_event(void *context, const char *event, const char *id, const char *data)
{
	json_error_t error;
	json_t *item = json_loads(data, 0, &error);
	size_t used = strlen(seen_events);

	(void)context;
	(void)id;
	snprintf(seen_events + used, sizeof(seen_events) - used, "%s:%s%s ", event, text_of(item, "device_name"),
		 text_of(item, "state"));
	if (strcmp(event, "receipt") == 0) {
		assert_int_equal(json_integer_value(json_object_get(json_object_get(item, "steps_us"), "verified")),
				 1000);
		assert_string_equal(text_of(item, "sealed"), "c2VhbGVkIGJ5dGVz");
	}
	json_decref(item);
	return true;
}

static void stream_of_an_order_tells_each_change_once_and_ends(void **state)
{
	struct rest *r = connect_as("responder");
	json_t *made =
		call(r, "POST", "/api/v1/orders",
		     "{\"verb\":\"ban\",\"params\":{\"addr\":\"203.0.113.9\"},\"devices\":[\"edge-0\",\"edge-3\"]}");
	char path[128];

	(void)state;
	seen_events[0] = 0;
	snprintf(path, sizeof(path), "/api/v1/orders/%s/stream", text_of(made, "id"));
	struct rest_follow f = {.path = path, .timeout_ms = 5000, .each = note_event};

	assert_int_equal(rest_follow(r, &f), -1);
	assert_false(f.cut);
	assert_string_equal(seen_events, "target:edge-0done target:edge-3refused receipt:edge-3 receipt:edge-0 done: ");
	json_decref(made);
	rest_close(r);
}

static void connection_goes_on_behind_a_stream(void **state)
{
	struct rest *r = connect_as("responder");
	char path[128];

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		json_t *made =
			call(r, "POST", "/api/v1/orders",
			     "{\"verb\":\"ban\",\"params\":{\"addr\":\"203.0.113.9\"},\"devices\":[\"edge-0\"]}");

		seen_events[0] = 0;
		snprintf(path, sizeof(path), "/api/v1/orders/%s/stream", text_of(made, "id"));
		struct rest_follow f = {.path = path, .timeout_ms = 5000, .each = note_event};

		assert_int_equal(rest_follow(r, &f), -1);
		assert_string_equal(seen_events, "target:edge-0done receipt:edge-0 done: ");
		json_decref(made);
	}
	expect_code(r, "GET", "/api/v1/devices", NULL, "none");
	rest_close(r);
}

static void stream_of_an_order_waits_for_who_is_away(void **state)
{
	struct rest *r = connect_as("responder");
	json_t *made =
		call(r, "POST", "/api/v1/orders",
		     "{\"verb\":\"ban\",\"params\":{\"addr\":\"203.0.113.9\"},\"devices\":[\"edge-0\",\"edge-2\"],"
		     "\"expires_in_s\":1}");
	char path[128];

	(void)state;
	seen_events[0] = 0;
	snprintf(path, sizeof(path), "/api/v1/orders/%s/stream", text_of(made, "id"));
	struct rest_follow f = {.path = path, .timeout_ms = 300, .each = note_event};

	assert_int_equal(rest_follow(r, &f), 6);
	assert_string_equal(seen_events, "target:edge-0done target:edge-2pending receipt:edge-0 ");
	rest_close(r);
	r = connect_as("responder");
	seen_events[0] = 0;
	f.timeout_ms = 10000;
	assert_int_equal(rest_follow(r, &f), -1);
	assert_non_null(strstr(seen_events, "target:edge-2expired "));
	json_decref(made);
	rest_close(r);
}

struct follower {
	struct rest *pusher;
	char ids[8][64];
	unsigned starts, events, stop_at;
};

static bool on_event(void *context, const char *event, const char *id, const char *data)
{
	struct follower *f = context;
	json_t *answer;

	if (strcmp(event, "start") == 0 && f->starts++ == 0 && f->pusher) {
		answer = call(f->pusher, "POST", "/api/v1/orders",
			      "{\"verb\":\"logout\",\"params\":{\"account\":\"a\"},\"devices\":[\"edge-0\"]}");
		assert_string_equal(code_of(answer), "none");
		json_decref(answer);
	}
	if (strcmp(event, "event") == 0) {
		assert_non_null(strstr(data, "\"user\":\"pushed\""));
		snprintf(f->ids[f->events++ % 8], sizeof(f->ids[0]), "%s", id);
	}
	return f->events < f->stop_at;
}

static void events_are_followed_and_taken_up_where_they_broke(void **state)
{
	struct follower f = {.pusher = connect_as("responder"), .stop_at = 3};
	struct rest *r = connect_as("viewer");
	struct rest_follow follow = {
		.path = "/api/v1/events/stream", .timeout_ms = 5000, .each = on_event, .context = &f};

	(void)state;
	t.batch_with_push = 100;
	assert_int_equal(rest_follow(r, &follow), -1);
	assert_int_equal(f.events, 3);
	rest_close(r);
	rest_close(f.pusher);
	char last[64];

	memcpy(last, f.ids[0], sizeof(last));
	f = (struct follower){.stop_at = 2};
	follow.last_id = last;
	r = connect_as("viewer");
	assert_int_equal(rest_follow(r, &follow), -1);
	assert_int_equal(f.events, 2);
	assert_string_not_equal(f.ids[0], last);
	rest_close(r);
	follow.last_id = "nonsense";
	r = connect_as("viewer");
	assert_int_equal(rest_follow(r, &follow), 2);
	rest_close(r);
}

struct incident_reader {
	struct rest *pusher;
	unsigned starts, resets, incidents, stop_at;
	int64_t count; /* of the last one told */
};

static bool on_incident(void *context, const char *event, const char *id, const char *data)
{
	struct incident_reader *f = context;
	json_error_t error;
	json_t *incident = json_loads(data, 0, &error);

	(void)id;
	if (strcmp(event, "start") == 0 && f->starts++ == 0)
		json_decref(call(f->pusher, "POST", "/api/v1/orders",
				 "{\"verb\":\"logout\",\"params\":{\"account\":\"a\"},\"devices\":[\"edge-0\"]}"));
	f->resets += strcmp(event, "reset") == 0;
	if (strcmp(event, "incident") == 0) {
		f->incidents++;
		f->count = json_integer_value(json_object_get(incident, "count"));
		assert_string_equal(text_of(incident, "device_name"), "edge-0");
		assert_string_equal(text_of(incident, "state"), "open");
	}
	json_decref(incident);
	return f->incidents < f->stop_at && !f->resets;
}

static struct incident_reader follow_incidents(unsigned changes)
{
	struct incident_reader f = {.pusher = connect_as("responder"), .stop_at = 1};
	struct rest *r = connect_as("viewer");
	struct rest_follow follow = {.path = "/api/v1/incidents/stream?device=edge-0",
				     .timeout_ms = 5000,
				     .each = on_incident,
				     .context = &f};

	t.incidents_with_push = changes;
	assert_int_equal(rest_follow(r, &follow), -1);
	assert_int_equal(f.starts, 1);
	rest_close(r);
	rest_close(f.pusher);
	return f;
}

static void incident_that_changes_is_told_as_it_is_then(void **state)
{
	struct incident_reader f = follow_incidents(3);

	(void)state;
	assert_int_equal(f.incidents, 1);
	assert_int_equal(f.count, 10);
}

static void reader_of_incidents_is_told_when_he_was_not_told_of_all(void **state)
{
	struct incident_reader f = follow_incidents(API_NEWS_MAX);

	(void)state;
	assert_int_equal(f.incidents, 0);
	assert_int_equal(f.resets, 1);
}

static void order_signed_by_an_operator_is_checked_and_passed_on_unchanged(void **state)
{
	struct rest *r = connect_as("responder");
	struct order o = {.id = {9}, .created_s = time(NULL), .target_kind = ORDER_GROUP, .step_count = 1};
	uint8_t bytes[ORDER_BYTES_MAX], signature[KEY_SIGNATURE_MAX], id[KEY_ID];
	struct buf b = buf_over(bytes, sizeof(bytes));
	char order64[2048] = "", signature64[256] = "", hex[17];
	size_t len, text_len;

	(void)state;
	o.not_before_s = o.created_s - 10;
	o.not_after_s = o.created_s + 60;
	strcpy(o.author, "responder");
	strcpy(o.group, "odd");
	o.steps[0].args.verb = VERB_LOGOUT;
	strcpy(o.steps[0].args.account, "alice");
	assert_int_equal(order_encode(&b, &o), ERR_OK);
	assert_int_equal(key_sign(&t.order_key, key_random_kernel, bytes, b.len, signature, &len), ERR_OK);
	key_id(&t.fleet.order_public[0], id);
	sodium_bin2hex(hex, sizeof(hex), id, sizeof(id));
	mbedtls_base64_encode((unsigned char *)order64, sizeof(order64), &text_len, bytes, b.len);
	mbedtls_base64_encode((unsigned char *)signature64, sizeof(signature64), &text_len, signature, len);
	json_t *body =
		json_pack("{s:s, s:[{s:s, s:s}]}", "order", order64, "signatures", "key_id", hex, "value", signature64);
	json_t *answer = NULL;
	struct rest_call post = {.method = "POST", .path = "/api/v1/orders", .body = body, .quiet = true};

	assert_int_equal(rest_call(r, &post, &answer), -1);
	assert_int_equal(t.order.order_len, b.len);
	assert_memory_equal(t.order.order, bytes, b.len);
	assert_int_equal(t.device_count, 2);
	json_decref(answer);
	signature64[20] = signature64[20] == 'A' ? 'B' : 'A';
	json_object_set_new(json_array_get(json_object_get(body, "signatures"), 0), "value", json_string(signature64));
	assert_int_equal(rest_call(r, &post, &answer), 2);
	json_decref(answer);
	rest_close(r);
	r = connect_as("admin");
	assert_int_equal(rest_call(r, &post, &answer), 5);
	assert_string_equal(code_of(answer), "author");
	json_decref(answer);
	json_decref(body);
	rest_close(r);
}

/* A batch of edge-3 with three records: a receipt in its place, one without a place, and a signature. */
static void put_chain(void)
{
	static uint8_t bytes[1024], records[3][256], hash[STORE_HASH] = {9};
	Caltrop__V1__Receipt receipt = CALTROP__V1__RECEIPT__INIT;
	Caltrop__V1__ChainPlace place = CALTROP__V1__CHAIN_PLACE__INIT;
	Caltrop__V1__ChainHead head = CALTROP__V1__CHAIN_HEAD__INIT;
	Caltrop__V1__Batch batch = CALTROP__V1__BATCH__INIT;
	Caltrop__V1__Entry entries[3], *list[3];
	struct log_batch b = {.first_seq = 1, .last_seq = 3, .count = 3, .received_us = 1767323045000000};

	receipt.verb = "ban";
	place.seq = 7;
	place.prev_seq = 6;
	head.seq = 7;
	place.prev = head.hash = head.signature = head.key = (ProtobufCBinaryData){STORE_HASH, hash};
	for (unsigned i = 0; i < 3; i++) {
		Caltrop__V1__Record r = CALTROP__V1__RECORD__INIT;

		r.body_case = i == 2 ? CALTROP__V1__RECORD__BODY_CHAIN_HEAD : CALTROP__V1__RECORD__BODY_RECEIPT;
		if (i == 2)
			r.chain_head = &head;
		else
			r.receipt = &receipt;
		r.place = i == 0 ? &place : NULL;
		caltrop__v1__entry__init(&entries[i]);
		entries[i].seq = i + 1;
		entries[i].record = (ProtobufCBinaryData){caltrop__v1__record__pack(&r, records[i]), records[i]};
		list[i] = &entries[i];
	}
	batch.n_entries = 3;
	batch.entries = list;
	memset(b.device, 0x31, STORE_ID);
	b.blob = (struct str){(char *)bytes, caltrop__v1__batch__pack(&batch, bytes)};
	assert_int_equal(log_append(t.store, &b), ERR_OK);
}

static void chain_of_receipts_is_listed_as_it_came(void **state)
{
	static const char *const kinds[] = {"receipt", "receipt", "head"};
	static const int seqs[] = {7, 0, 7};
	static char path[128] = "/api/v1/devices/edge-3/receipts?limit=1";
	struct rest *r;

	(void)state;
	put_chain();
	r = connect_as("viewer");
	expect_code(r, "GET", path, NULL, "forbidden");
	rest_close(r);
	r = connect_as("responder");
	for (unsigned i = 0; i < 3; i++) {
		json_t *page = call(r, "GET", path, NULL), *items = json_object_get(page, "items"),
		       *one = json_array_get(items, 0);

		assert_int_equal(json_array_size(items), 1);
		assert_string_equal(text_of(one, "kind"), kinds[i]);
		assert_int_equal(json_integer_value(json_object_get(one, "seq")), seqs[i]);
		assert_string_equal(text_of(one, "receipt"), i == 2 ? "" : "CgNiYW4=");
		assert_int_equal(strlen(text_of(one, i == 2 ? "hash" : "prev")), i == 1 ? 0 : 44);
		assert_int_equal(json_is_null(json_object_get(page, "next")), i == 2);
		snprintf(path, sizeof(path), "/api/v1/devices/edge-3/receipts?limit=1&after=%s", text_of(page, "next"));
		json_decref(page);
	}
	expect_code(r, "GET", "/api/v1/devices/nope/receipts", NULL, "not_found");
	expect_code(r, "GET", "/api/v1/devices/edge-3/receipts?after=x", NULL, "invalid");
	rest_close(r);
}

static void sealed_secrets_are_for_those_who_act(void **state)
{
	struct rest *r = connect_as("responder");
	json_t *made = call(r, "POST", "/api/v1/orders",
			    "{\"verb\":\"reset\",\"params\":{\"account\":\"alice\"},\"devices\":[\"edge-0\"]}");
	char path[128];

	(void)state;
	snprintf(path, sizeof(path), "/api/v1/orders/%s", text_of(made, "id"));
	json_t *full = call(r, "GET", path, NULL), *one = json_array_get(json_object_get(full, "receipts"), 0);

	assert_string_equal(text_of(one, "sealed"), "c2VhbGVkIGJ5dGVz");
	assert_true(json_is_true(json_object_get(json_object_get(full, "summary"), "complete")));
	rest_close(r);
	json_decref(full);
	r = connect_as("viewer");
	full = call(r, "GET", path, NULL);
	one = json_array_get(json_object_get(full, "receipts"), 0);
	assert_non_null(one);
	assert_null(json_object_get(one, "sealed"));
	json_decref(full);
	json_decref(made);
	rest_close(r);
}

static void audit_log_has_every_call_in_order_and_no_secret(void **state)
{
	struct rest *r = connect_as("admin");
	char *text;
	json_t *list;

	(void)state;
	expect_code(r, "GET", "/api/v1/devices", NULL, "none");
	expect_code(r, "POST", "/api/v1/tokens", "{}", "none");
	expect_code(r, "GET", "/api/v1/devices/none", NULL, "not_found");
	expect_code(r, "GET", "/api/v1/nowhere", NULL, "no_such_path");
	list = call(r, "GET", "/api/v1/audit", NULL);
	static const char *const wanted[] = {"unknown", "device.show", "token.create", "device.list", "session.begin"};

	for (size_t i = 0; i < 5; i++)
		assert_string_equal(text_of(json_array_get(json_object_get(list, "items"), i), "action"), wanted[i]);
	text = json_dumps(list, 0);
	assert_null(strstr(text, USER_PASSWORD));
	assert_null(strstr(text, "ct1."));
	free(text);
	json_decref(list);
	rest_close(r);
}

static void audit_log_is_a_chain_as_the_command_line_checks_it(void **state)
{
	struct rest *r = connect_as("admin");
	struct audit_check c = {.row = 0};
	json_t *list, *row;
	size_t i;

	(void)state;
	expect_code(r, "GET", "/api/v1/devices/n%C3%B6ne%FF%1b%22", NULL, "not_found");
	expect_code(r, "POST", "/api/v1/tokens", "{}", "none");
	expect_code(r, "GET", "/api/v1/audit?order=up", NULL, "invalid");
	list = call(r, "GET", "/api/v1/audit?order=oldest", NULL);
	json_array_foreach(json_object_get(list, "items"), i, row)(void) audit_check_row(&c, row);
	assert_true(audit_check_end(&c));
	assert_int_equal(c.row, 4);
	assert_true(c.has_hash);
	json_decref(list);
	rest_close(r);
}

static void malformed_bodies_are_refused(void **state)
{
	static const char head[] =
		"POST /api/v1/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ";
	static const struct {
		const char *body, *code;
	} cases[] = {
		{"", "bad_json"},
		{"[]", "bad_json"},
		{"{\"user\":1,\"password\":\"x\"}", "invalid"},
		{"{", "bad_json"},
		{"{\"user\":\"a\",\"user\":\"b\",\"password\":\"x\"}", "bad_json"},
		{"{}{}", "bad_json"},
		{"[[[[[[[[[[[[]]]]]]]]]]]]", "too_deep"},
		{"{\"user\":\"\\u0000\",\"password\":\"x\"}", "bad_json"},
		{"{\"user\":\"\xff\",\"password\":\"x\"}", "bad_json"},
		{"{\"user\":\"a\"}", "missing"},
		{"{\"user\":\"a\",\"password\":\"b\",\"totp\":\"1\"}", "unknown_member"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int status, got;
		char text[4096];
		struct https *d = https_open(&t.context, NULL, &status);

		assert_non_null(d);
		snprintf(text, sizeof(text), "%s%zu\r\n\r\n%s", head, strlen(cases[i].body), cases[i].body);
		assert_true(https_write(d, text, strlen(text)));
		got = https_read(d, text, sizeof(text) - 1, clock_mono_ms() + HASH_MS);
		assert_true(got > 0);
		text[got] = 0;
		if (!strstr(text, "\r\n\r\n{"))
			got += https_read(d, text + got, sizeof(text) - 1 - (size_t)got, clock_mono_ms() + HASH_MS);
		text[got] = 0;
		if (!strstr(text, cases[i].code))
			print_error("%s: %s\n", cases[i].body, text);
		assert_non_null(strstr(text, cases[i].code));
		https_close(d);
	}
}

/* Everything the peer says until it ends, from raw bytes sent; any word may wait for a hash on a slow machine. */
static size_t exchange(const char *sent, char *out, size_t cap)
{
	int status, got;
	size_t len = 0;
	struct https *d = https_open(&t.context, NULL, &status);

	assert_non_null(d);
	assert_true(https_write(d, sent, strlen(sent)));
	while (len + 1 < cap && (got = https_read(d, out + len, cap - 1 - len, clock_mono_ms() + HASH_MS)) > 0)
		len += (size_t)got;
	out[len] = 0;
	https_close(d);
	return len;
}

static unsigned count_of(const char *text, const char *what)
{
	unsigned count = 0;

	for (; (text = strstr(text, what)); text += strlen(what))
		count++;
	return count;
}

static void requests_sent_ahead_are_answered_in_order(void **state)
{
	char out[8192];

	(void)state;
	exchange(
		"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
		"POST /api/v1/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 34\r\n\r\n"
		"{\"user\":\"a\",\"password\":\"bbbbbbbb\"}"
		"GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
		"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
		out, sizeof(out));
	assert_int_equal(count_of(out, "HTTP/1.1 "), 3);
	assert_true(strstr(out, "\r\n\r\nok\n") < strstr(out, "401 Unauthorized"));
	assert_true(strstr(out, "401 Unauthorized") < strstr(out, "\r\n\r\nready\n"));
}

/* What /readyz says while the gateway has these errors. */
static void ask_ready(enum err store, enum err views, char *out, size_t cap)
{
	t.figures = (struct api_figures){.store_error = store, .views_error = views};
	exchange("GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", out, cap);
}

/* -- browsers -- */

/* The answer to a call with these further header lines. `body` NULL: none. */
static const char *browse(const char *request, const char *headers, const char *body)
{
	static char out[16384];
	char sent[2048];

	snprintf(sent, sizeof(sent), "%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s", request, headers);
	if (body)
		snprintf(sent + strlen(sent), sizeof(sent) - strlen(sent),
			 "Content-Type: application/json\r\nContent-Length: %zu\r\n", strlen(body));
	snprintf(sent + strlen(sent), sizeof(sent) - strlen(sent), "\r\n%s", body ? body : "");
	exchange(sent, out, sizeof(out));
	return out;
}

#define PAGE "X-Caltrop: 1\r\n"
#define COOKIE "Cookie: theme=dark; __Host-caltrop_session=%s\r\n"
#define CREDENTIALS(name) "{\"name\":\"" name "\",\"password\":\"" USER_PASSWORD "\"}"

/* Log in as a browser does; the Cookie header that it sends from then on. */
static const char *browser_begins(const char *body)
{
	static char header[256];
	const char *out = browse("POST /api/v1/session", PAGE, body), *set = strstr(out, "Set-Cookie: ");
	char token[64];

	assert_non_null(strstr(out, "HTTP/1.1 200 "));
	assert_non_null(set);
	assert_non_null(strstr(set, "; Path=/; Secure; HttpOnly; SameSite=Strict\r\n"));
	assert_null(strstr(out, "\"token\""));
	assert_int_equal(sscanf(set, "Set-Cookie: __Host-caltrop_session=%63[^;]", token), 1);
	assert_int_equal(strlen(token), 43);
	snprintf(header, sizeof(header), COOKIE, token);
	return header;
}

static void expect_answer(const char *out, const char *wanted)
{
	if (!strstr(out, wanted))
		print_error("%s instead of %s\n", out, wanted);
	assert_non_null(strstr(out, wanted));
}

static void figures_tell_the_version_and_how_late_the_views_are(void **state)
{
	struct log_batch deed = {.kind = LOG_DEED, .received_us = 1767323045000000, .blob = STR("later")};
	const char *out = browse("GET /metrics", "", NULL);

	(void)state;
	expect_answer(out, "\ncaltrop_views_behind_milliseconds 0\n");
	expect_answer(out, "\ncaltrop_build_info{version=\"" CALTROP_VERSION "\"} 1\n");
	assert_int_equal(log_append(t.store, &deed), ERR_OK);
	out = browse("GET /metrics", "", NULL);
	expect_answer(out, "\ncaltrop_views_behind_milliseconds ");
	assert_null(strstr(out, "\ncaltrop_views_behind_milliseconds 0\n"));
}

static void browser_has_its_session_as_a_cookie(void **state)
{
	char cookie[256], both[512];

	(void)state;
	snprintf(cookie, sizeof(cookie), "%s", browser_begins(CREDENTIALS("admin")));
	expect_answer(browse("GET /api/v1/session", cookie, NULL), "\"user\":\"admin\"");
	expect_answer(browse("GET /api/v1/sessions", cookie, NULL), "\"kind\":\"browser\",\"present\":true");
	snprintf(both, sizeof(both), "%s" PAGE, cookie);
	expect_answer(browse("POST /api/v1/devices/edge-4/approve", both, NULL), "HTTP/1.1 200 ");
	expect_answer(browse("DELETE /api/v1/session", cookie, NULL), "\"cross_site\"");
	expect_answer(browse("DELETE /api/v1/session", both, NULL), "__Host-caltrop_session=; ");
	expect_answer(browse("GET /api/v1/session", cookie, NULL), "\"session_expired\"");
	expect_answer(browse("POST /api/v1/session", PAGE, CREDENTIALS("nobody")), "\"login_failed\"");
	expect_answer(browse("POST /api/v1/session", PAGE, "{\"user\":\"admin\",\"password\":\"x\"}"),
		      "\"unknown_member\"");
}

static void other_sites_make_a_browser_do_nothing(void **state)
{
	static const char *const from[] = {"", "X-Caltrop: 0\r\n", PAGE "Sec-Fetch-Site: cross-site\r\n",
					   PAGE "Sec-Fetch-Site: same-site\r\n", PAGE "Sec-Fetch-Site: none\r\n"};
	struct registry_device d;
	char cookie[256], both[512];

	(void)state;
	snprintf(cookie, sizeof(cookie), "%s", browser_begins(CREDENTIALS("admin")));
	for (size_t i = 0; i < sizeof(from) / sizeof(from[0]); i++) {
		snprintf(both, sizeof(both), "%s%s", cookie, from[i]);
		expect_answer(browse("POST /api/v1/devices/edge-4/approve", both, NULL), "\"cross_site\"");
		expect_answer(browse("POST /api/v1/session", from[i], CREDENTIALS("admin")), "\"cross_site\"");
	}
	snprintf(both, sizeof(both), "%sSec-Fetch-Site: cross-site\r\n", cookie);
	expect_answer(browse("GET /api/v1/devices", both, NULL), "\"cross_site\"");
	assert_int_equal(registry_device_find(t.store, "edge-4", &d), ERR_OK);
	assert_int_equal(d.state, DEVICE_PENDING);
	snprintf(both, sizeof(both), "%sSec-Fetch-Site: none\r\n", cookie);
	expect_answer(browse("GET /api/v1/devices", both, NULL), "HTTP/1.1 200 ");
	snprintf(both, sizeof(both), "%s" PAGE "Sec-Fetch-Site: same-origin\r\n", cookie);
	expect_answer(browse("POST /api/v1/devices/edge-4/approve", both, NULL), "HTTP/1.1 200 ");
}

/* A session whose token is "tttt..." and which was used that long ago. */
static void put_session(uint8_t kind, int64_t unused_us)
{
	struct person_session x = {.user = "admin", .kind = kind};

	x.used_us = clock_wall_us() - unused_us;
	x.created_us = x.used_us - HOUR_US;
	x.expires_us = clock_wall_us() + HOUR_US;
	key_sha256("tttttttttttttttt", 16, x.token_sha256);
	assert_int_equal(person_session_put(t.store, &x), ERR_OK);
}

/* What a command line got of a browser's session needs no less than that: who has no second factor sets one up. */
static void desk_needs_a_second_factor_as_others_do(void **state)
{
	const char *bearer = "Authorization: Bearer tttttttttttttttt\r\n";

	(void)state;
	put_session(SESSION_DESK_FACTOR, MINUTE_US);
	expect_answer(browse("GET /api/v1/devices", bearer, NULL), "HTTP/1.1 200 ");
	expect_answer(browse("GET /api/v1/sessions", bearer, NULL), "\"kind\":\"desk\"");
	put_session(SESSION_DESK, MINUTE_US);
	expect_answer(browse("GET /api/v1/devices", bearer, NULL), "\"second_factor_setup_required\"");
}

static void unused_session_of_a_browser_ends_and_a_cookie_is_no_token(void **state)
{
	char cookie[256];
	const char *bearer = "Authorization: Bearer tttttttttttttttt\r\n";

	(void)state;
	snprintf(cookie, sizeof(cookie), COOKIE, "tttttttttttttttt");
	put_session(SESSION_PROGRAM, PERSON_IDLE_US);
	expect_answer(browse("GET /api/v1/session", bearer, NULL), "HTTP/1.1 200 ");
	expect_answer(browse("GET /api/v1/session", cookie, NULL), "\"session_expired\"");
	put_session(SESSION_BROWSER, PERSON_IDLE_US);
	expect_answer(browse("GET /api/v1/session", cookie, NULL), "\"session_expired\"");
	put_session(SESSION_BROWSER, PERSON_IDLE_US - 2 * MINUTE_US);
	expect_answer(browse("GET /api/v1/session", bearer, NULL), "\"session_expired\"");
	expect_answer(browse("GET /api/v1/session", cookie, NULL), "HTTP/1.1 200 ");
	struct person_session x;
	uint8_t digest[STORE_HASH];

	key_sha256("tttttttttttttttt", 16, digest);
	assert_int_equal(person_session_get(t.store, digest, &x), ERR_OK);
	assert_true(x.used_us > clock_wall_us() - MINUTE_US);
}

/* -- the second factor -- */

static int set_up_strict(void **state)
{
	factor_required = true;
	set_up(state);
	factor_required = false;
	return 0;
}

/* The operator's row, in which no secret is open, and open them. */
static void read_opened(const char *name, struct person *u)
{
	uint8_t none[PERSON_TOTP_KEPT - PERSON_TOTP] = {0};

	assert_int_equal(person_get(t.store, name, u), ERR_OK);
	assert_true(!person_has_app(u) || memcmp(u->totp + PERSON_TOTP, none, sizeof(none)) != 0);
	assert_int_equal(fleet_seal_open(&t.seal, u, SEAL_IN_FORCE), ERR_OK);
	assert_int_equal(fleet_seal_open(&t.seal, u, SEAL_NEXT), ERR_OK);
}

/* The code that this operator's app shows, so many steps from now. */
static const char *code_of_app(const char *name, int64_t steps)
{
	static char text[8];
	struct person u;

	read_opened(name, &u);
	snprintf(
		text, sizeof(text), "%06u",
		passcode_number(person_has_factor(&u) ? u.totp : u.totp_next, (uint64_t)(clock_wall_s() / 30 + steps)));
	return text;
}

/* What a login with this code answers; "none": a session. `code` NULL: none is sent. */
static void expect_login(struct rest *r, const char *user, const char *code, const char *wanted)
{
	char body[256];

	snprintf(body, sizeof(body), "{\"user\":\"%s\",\"password\":\"" USER_PASSWORD "\"%s%s%s}", user,
		 code ? ",\"code\":\"" : "", code ? code : "", code ? "\"" : "");
	expect_code(r, "POST", "/api/v1/login", body, wanted);
}

static void expect_confirm(struct rest *r, const char *code, const char *wanted)
{
	char body[64];

	snprintf(body, sizeof(body), "{\"code\":\"%s\"}", code);
	expect_code(r, "POST", "/api/v1/factor/confirm", body, wanted);
}

static void who_acts_sets_up_a_second_factor_first(void **state)
{
	struct rest *r = connect_as("responder"), *elsewhere = connect_as("responder"), *viewer = connect_as("viewer");
	json_t *answer;
	struct person u;
	char secret[PASSCODE_SECRET_TEXT];

	(void)state;
	expect_code(viewer, "GET", "/api/v1/devices", NULL, "none");
	expect_code(r, "GET", "/api/v1/devices", NULL, "second_factor_setup_required");
	expect_confirm(r, "123456", "not_found");
	answer = call(r, "POST", "/api/v1/factor", "{}");
	read_opened("responder", &u);
	passcode_secret(u.totp_next, secret);
	assert_string_equal(text_of(answer, "secret"), secret);
	assert_non_null(strstr(text_of(answer, "uri"), secret));
	json_decref(answer);
	expect_confirm(r, "12345", "wrong_code");
	expect_login(r, "responder", NULL, "none");
	expect_confirm(r, code_of_app("responder", 0), "none");
	expect_code(r, "GET", "/api/v1/devices", NULL, "none");
	expect_code(elsewhere, "GET", "/api/v1/me", NULL, "session_expired");
	answer = call(r, "GET", "/api/v1/me", NULL);
	assert_true(json_is_true(json_object_get(answer, "second_factor")));
	assert_false(json_is_true(json_object_get(answer, "must_enrol")));
	assert_int_equal(json_integer_value(json_object_get(answer, "recovery_codes_left")), PERSON_RECOVERY_MAX);
	json_decref(answer);
	rest_close(r);
	rest_close(elsewhere);
	rest_close(viewer);
}

/* The operator has a second factor and this one recovery code. */
static void give_factor(const char *name, uint32_t failures, char recovery[PASSCODE_RECOVERY_TEXT])
{
	static const uint8_t random[PASSCODE_RECOVERY_BYTES] = {7};
	struct person u;

	assert_int_equal(person_get(t.store, name, &u), ERR_OK);
	memset(u.totp, 0, sizeof(u.totp));
	memset(u.totp, 's', PERSON_TOTP);
	fleet_seal_close(&t.seal, &u);
	u.failures = failures;
	passcode_recovery(random, recovery, u.recovery[3]);
	assert_int_equal(person_put(t.store, &u), ERR_OK);
}

static void app_whose_key_is_lost_lets_nobody_in_but_a_recovery_code_does(void **state)
{
	struct rest *r = connect_as("viewer");
	char recovery[PASSCODE_RECOVERY_TEXT];
	struct person u;

	(void)state;
	give_factor("admin", 0, recovery);
	assert_int_equal(person_get(t.store, "admin", &u), ERR_OK);
	u.totp[0] ^= 1; /* another key's */
	assert_int_equal(person_put(t.store, &u), ERR_OK);
	expect_login(r, "admin", "123456", "store");
	expect_login(r, "admin", recovery, "none");
	u.totp[0] ^= 1;
	u.totp[PERSON_TOTP_KEPT - 1] ^= 1;
	assert_int_equal(person_put(t.store, &u), ERR_OK);
	expect_login(r, "admin", "123456", "store");
	rest_close(r);
}

static void login_takes_each_code_once(void **state)
{
	struct rest *r = connect_as("viewer");
	char recovery[PASSCODE_RECOVERY_TEXT], code[8];

	(void)state;
	give_factor("admin", 0, recovery);
	expect_login(r, "admin", NULL, "second_factor_required");
	expect_login(r, "admin", "12345x", "wrong_code");
	snprintf(code, sizeof(code), "%s", code_of_app("admin", 0));
	expect_login(r, "admin", code, "none");
	expect_login(r, "admin", code, "wrong_code");
	expect_login(r, "admin", code_of_app("admin", 1), "none");
	expect_login(r, "admin", recovery, "none");
	expect_login(r, "admin", recovery, "wrong_code");
	/* A wrong password says nothing of the code. */
	expect_code(r, "POST", "/api/v1/login", "{\"user\":\"admin\",\"password\":\"x\",\"code\":\"1\"}",
		    "login_failed");
	rest_close(r);
}

static void wrong_codes_make_their_operator_wait_but_for_recovery_codes(void **state)
{
	struct rest *r = connect_as("viewer");
	char recovery[PASSCODE_RECOVERY_TEXT];

	(void)state;
	give_factor("admin", 20, recovery);
	expect_login(r, "admin", "12345x", "wrong_code");
	expect_login(r, "admin", code_of_app("admin", 0), "too_many_failures");
	expect_login(r, "admin", recovery, "none");
	expect_login(r, "admin", code_of_app("admin", 1), "none");
	rest_close(r);
}

static void factor_in_force_is_replaced_by_its_own_code_only(void **state)
{
	struct rest *r = connect_as("admin");
	char recovery[PASSCODE_RECOVERY_TEXT], body[64];
	struct person u;

	(void)state;
	give_factor("admin", 0, recovery);
	expect_code(r, "POST", "/api/v1/factor", "{}", "second_factor_required");
	expect_code(r, "POST", "/api/v1/factor", "{\"code\":\"1\"}", "wrong_code");
	snprintf(body, sizeof(body), "{\"code\":\"%s\"}", code_of_app("admin", 0));
	expect_code(r, "POST", "/api/v1/factor", body, "none");
	expect_login(r, "admin", recovery, "none");
	read_opened("admin", &u);
	snprintf(body, sizeof(body), "%06u", passcode_number(u.totp_next, (uint64_t)clock_wall_s() / 30));
	expect_confirm(r, body, "none");
	expect_login(r, "admin", code_of_app("admin", 1), "none");
	rest_close(r);
}

static void reset_takes_the_second_factor_away(void **state)
{
	struct rest *r = connect_as("admin");
	char recovery[PASSCODE_RECOVERY_TEXT];
	struct person u;

	(void)state;
	give_factor("responder", 20, recovery);
	expect_code(r, "POST", "/api/v1/users/responder/reset", NULL, "none");
	assert_int_equal(person_get(t.store, "responder", &u), ERR_OK);
	assert_false(person_has_factor(&u));
	assert_int_equal(passcode_left(&u), 0);
	rest_close(r);
}

/* -- passkeys -- */

static void encode(char *out, size_t cap, const void *bytes, size_t len)
{
	sodium_bin2base64(out, cap, bytes, len, sodium_base64_VARIANT_ORIGINAL);
}

static void read_challenge(json_t *answer, uint8_t challenge[CHALLENGE_BYTES])
{
	const char *text = text_of(answer, "challenge");
	size_t len = 0;

	assert_int_equal(sodium_base642bin(challenge, CHALLENGE_BYTES, text, strlen(text), NULL, &len, NULL,
					   sodium_base64_VARIANT_ORIGINAL),
			 0);
	assert_int_equal(len, CHALLENGE_BYTES);
	json_decref(answer);
}

/* What the browser sends of a new passkey for this challenge. */
static const char *new_passkey(const struct fob *f, const char *name, const uint8_t challenge[CHALLENGE_BYTES])
{
	static char body[4096];
	char client[FOB_CLIENT_MAX], client64[1024], attestation64[1024];
	uint8_t attestation[FOB_ATTESTATION_MAX];

	fob_client(f, "create", challenge, client);
	encode(client64, sizeof(client64), client, strlen(client));
	encode(attestation64, sizeof(attestation64), attestation, fob_attestation(f, attestation));
	snprintf(body, sizeof(body), "{\"name\":\"%s\",\"client_data\":\"%s\",\"attestation\":\"%s\"}", name, client64,
		 attestation64);
	return body;
}

/* What adding it answers; "none": it was added. */
static void expect_added(struct rest *r, const struct fob *f, const char *wanted)
{
	uint8_t challenge[CHALLENGE_BYTES];

	read_challenge(call(r, "POST", "/api/v1/passkeys/begin", "{}"), challenge);
	expect_code(r, "POST", "/api/v1/passkeys", new_passkey(f, "fob", challenge), wanted);
}

/* What the browser sends to sign in. */
static const char *signed_in(const struct fob *f, const uint8_t challenge[CHALLENGE_BYTES])
{
	static char body[2048];
	char client[FOB_CLIENT_MAX], id64[64], client64[1024], data64[64], sig64[128];
	uint8_t data[FOB_DATA], sig[KEY_SIGNATURE_MAX];

	fob_client(f, "get", challenge, client);
	fob_data(f, f->flags, data);
	encode(id64, sizeof(id64), f->id, sizeof(f->id));
	encode(client64, sizeof(client64), client, strlen(client));
	encode(data64, sizeof(data64), data, sizeof(data));
	encode(sig64, sizeof(sig64), sig, fob_sign(f, data, client, sig));
	snprintf(body, sizeof(body),
		 "{\"id\":\"%s\",\"client_data\":\"%s\",\"authenticator_data\":\"%s\",\"signature\":\"%s\"}", id64,
		 client64, data64, sig64);
	return body;
}

static const char *by_passkey(const char *body)
{
	return browse("POST /api/v1/session/passkey", PAGE, body);
}

/* A sign-in with a challenge of its own. */
static void expect_in(struct rest *r, const struct fob *f, const char *wanted)
{
	uint8_t challenge[CHALLENGE_BYTES];

	read_challenge(call(r, "GET", "/api/v1/session/challenge", NULL), challenge);
	expect_answer(by_passkey(signed_in(f, challenge)), wanted);
}

static void passkey_is_both_factors(void **state)
{
	struct rest *r = connect_as("responder"), *elsewhere = connect_as("responder");
	uint8_t challenge[CHALLENGE_BYTES];
	char recovery[PASSCODE_RECOVERY_TEXT];
	json_t *answer;
	struct fob f;

	(void)state;
	assert_true(fob_make(&f, 1));
	expect_code(r, "GET", "/api/v1/devices", NULL, "second_factor_setup_required");
	expect_in(r, &f, "\"login_failed\"");
	read_challenge(call(r, "POST", "/api/v1/passkeys/begin", "{}"), challenge);
	answer = call(r, "POST", "/api/v1/passkeys", new_passkey(&f, "fob", challenge));
	assert_string_equal(text_of(answer, "name"), "fob");
	assert_int_equal(json_array_size(json_object_get(answer, "recovery_codes")), PERSON_RECOVERY_MAX);
	snprintf(recovery, sizeof(recovery), "%s",
		 json_string_value(json_array_get(json_object_get(answer, "recovery_codes"), 0)));
	json_decref(answer);
	expect_code(r, "GET", "/api/v1/devices", NULL, "none");
	expect_code(elsewhere, "GET", "/api/v1/me", NULL, "session_expired");
	/* Then a password alone lets nobody in, nor does the code of no secret. */
	expect_login(r, "responder", NULL, "second_factor_required");
	expect_login(r, "responder", "328482", "wrong_code");
	expect_login(r, "responder", recovery, "none");
	expect_in(r, &f, "\"user\":\"responder\"");
	expect_in(r, &f, "Set-Cookie: __Host-caltrop_session=");
	rest_close(r);
	rest_close(elsewhere);
}

static void signature_lets_in_once(void **state)
{
	struct rest *r = connect_as("viewer");
	uint8_t challenge[CHALLENGE_BYTES];
	char body[2048];
	struct fob f, other;

	(void)state;
	assert_true(fob_make(&f, 1) && fob_make(&other, 1));
	expect_added(r, &f, "none");
	read_challenge(call(r, "GET", "/api/v1/session/challenge", NULL), challenge);
	snprintf(body, sizeof(body), "%s", signed_in(&f, challenge));
	expect_answer(browse("POST /api/v1/session/passkey", "", body), "\"cross_site\"");
	expect_answer(by_passkey(body), "\"user\":\"viewer\"");
	expect_answer(by_passkey(body), "\"already_used\"");
	/* Another key of the same id; a challenge that was for something else, or made elsewhere. */
	expect_in(r, &other, "\"login_failed\"");
	read_challenge(call(r, "POST", "/api/v1/passkeys/begin", "{}"), challenge);
	expect_answer(by_passkey(signed_in(&f, challenge)), "\"invalid\"");
	memset(challenge, 0, sizeof(challenge));
	expect_answer(by_passkey(signed_in(&f, challenge)), "\"invalid\"");
	rest_close(r);
}

static void copy_of_an_authenticator_is_found_by_its_counter(void **state)
{
	struct rest *r = connect_as("viewer");
	struct fob f, copy;

	(void)state;
	assert_true(fob_make(&f, 1));
	f.counter = 5;
	expect_added(r, &f, "none");
	copy = f;
	f.counter = 7;
	expect_in(r, &f, "\"user\":\"viewer\"");
	copy.counter = 7;
	expect_in(r, &copy, "\"login_failed\"");
	copy.counter = 0;
	expect_in(r, &copy, "\"login_failed\"");
	f.counter = 8;
	expect_in(r, &f, "\"user\":\"viewer\"");
	rest_close(r);
}

static void authenticator_speaks_to_this_service_and_knows_its_owner(void **state)
{
	struct rest *r = connect_as("viewer");
	struct fob f;

	(void)state;
	assert_true(fob_make(&f, 1));
	f.host = "evil.example.net";
	expect_added(r, &f, "forbidden");
	f.host = "fleet.example.net";
	f.flags = AUTHENTICATOR_PRESENT;
	expect_added(r, &f, "invalid");
	f.flags |= AUTHENTICATOR_VERIFIED;
	expect_added(r, &f, "none");
	expect_added(r, &f, "already_used");
	f.flags = AUTHENTICATOR_PRESENT;
	expect_in(r, &f, "\"invalid\"");
	f.flags |= AUTHENTICATOR_VERIFIED;
	f.host = "evil.example.net";
	expect_in(r, &f, "\"forbidden\"");
	rest_close(r);
}

static void challenge_for_a_new_passkey_is_its_operators(void **state)
{
	struct rest *r = connect_as("viewer"), *other = connect_as("admin");
	uint8_t challenge[CHALLENGE_BYTES];
	char body[2048];
	struct fob f, second;

	(void)state;
	assert_true(fob_make(&f, 1) && fob_make(&second, 2));
	read_challenge(call(r, "POST", "/api/v1/passkeys/begin", "{}"), challenge);
	snprintf(body, sizeof(body), "%s", new_passkey(&f, "fob", challenge));
	expect_code(other, "POST", "/api/v1/passkeys", body, "invalid");
	expect_code(r, "POST", "/api/v1/passkeys", body, "none");
	expect_code(r, "POST", "/api/v1/passkeys", new_passkey(&second, "fob", challenge), "already_used");
	rest_close(r);
	rest_close(other);
}

/* The caller's session began that long ago. */
static void age_sessions(const char *user, int64_t us)
{
	struct person_session x = {.kind = SESSION_BROWSER};

	snprintf(x.user, sizeof(x.user), "%s", user);
	x.used_us = clock_wall_us();
	x.created_us = x.used_us - us;
	x.expires_us = x.used_us + HOUR_US;
	key_sha256("tttttttttttttttt", 16, x.token_sha256);
	assert_int_equal(person_session_put(t.store, &x), ERR_OK);
}

static void old_session_alone_changes_no_factor(void **state)
{
	struct rest *r = connect_as("viewer");
	char recovery[PASSCODE_RECOVERY_TEXT], cookie[256], path[64], body[64];
	json_t *answer;
	struct fob f;

	(void)state;
	assert_true(fob_make(&f, 1));
	expect_added(r, &f, "none");
	answer = call(r, "GET", "/api/v1/passkeys", NULL);
	snprintf(path, sizeof(path), "POST /api/v1/passkeys/%s/remove",
		 text_of(json_array_get(json_object_get(answer, "items"), 0), "id"));
	json_decref(answer);
	snprintf(cookie, sizeof(cookie), COOKIE PAGE, "tttttttttttttttt");
	age_sessions("viewer", FACTOR_FRESH_US + SECOND_US);
	expect_answer(browse("POST /api/v1/passkeys/begin", cookie, "{}"), "\"second_factor_required\"");
	expect_answer(browse("POST /api/v1/factor", cookie, "{}"), "\"second_factor_required\"");
	expect_answer(browse(path, cookie, "{}"), "\"second_factor_required\"");
	age_sessions("viewer", FACTOR_FRESH_US - MINUTE_US);
	expect_answer(browse("POST /api/v1/passkeys/begin", cookie, "{}"), "\"challenge\"");
	/* Nobody else's session names it. */
	age_sessions("admin", 0);
	expect_answer(browse(path, cookie, "{}"), "\"not_found\"");
	give_factor("viewer", 0, recovery);
	snprintf(body, sizeof(body), "{\"code\":\"%s\"}", recovery);
	age_sessions("viewer", HOUR_US);
	expect_answer(browse(path, cookie, body), "HTTP/1.1 204 ");
	expect_in(r, &f, "\"login_failed\"");
	expect_code(r, "GET", "/api/v1/me", NULL, "session_expired");
	rest_close(r);
}

static void who_is_shut_out_has_no_way_in_by_passkey(void **state)
{
	struct rest *r = connect_as("viewer"), *admin = connect_as("admin");
	struct fob f;
	struct person u;

	(void)state;
	assert_true(fob_make(&f, 1));
	expect_added(r, &f, "none");
	expect_code(admin, "POST", "/api/v1/users/viewer/disable", NULL, "none");
	expect_in(admin, &f, "\"login_failed\"");
	expect_code(admin, "POST", "/api/v1/users/viewer/reset", NULL, "none");
	assert_int_equal(person_get(t.store, "viewer", &u), ERR_OK);
	assert_false(person_has_factor(&u));
	expect_in(admin, &f, "\"login_failed\"");
	rest_close(r);
	rest_close(admin);
}

static void passkeys_of_one_operator_have_a_limit(void **state)
{
	struct rest *r = connect_as("viewer");
	struct fob f;

	(void)state;
	for (uint8_t i = 0; i <= PERSON_PASSKEYS_MAX; i++) {
		assert_true(fob_make(&f, i));
		expect_added(r, &f, i < PERSON_PASSKEYS_MAX ? "none" : "invalid");
	}
	rest_close(r);
}

/* -- API tokens -- */

/* The Authorization header of a new API token. */
static const char *make_token(struct rest *r, const char *body)
{
	static char header[256];
	json_t *answer = call(r, "POST", "/api/v1/sessions", body);

	assert_int_equal(strlen(text_of(answer, "token")), 43);
	snprintf(header, sizeof(header), "Authorization: Bearer %s\r\n", text_of(answer, "token"));
	json_decref(answer);
	return header;
}

static void api_token_does_what_its_role_and_scope_allow(void **state)
{
	struct rest *r = connect_as("responder");
	const char *token = make_token(r, "{\"name\":\"ci\",\"role\":\"viewer\",\"scope\":\"device.* event.list\"}");

	(void)state;
	expect_answer(browse("GET /api/v1/devices", token, NULL), "HTTP/1.1 200 ");
	expect_answer(browse("GET /api/v1/events", token, NULL), "HTTP/1.1 200 ");
	expect_answer(browse("GET /api/v1/me", token, NULL), "\"role\":\"viewer\"");
	expect_answer(browse("GET /api/v1/incidents", token, NULL),
		      "is for device.* event.list, not for incident.list");
	expect_answer(browse("POST /api/v1/devices/edge-4/approve", token, NULL), "\"forbidden\"");
	token = make_token(r, "{\"name\":\"all\",\"role\":\"responder\"}");
	expect_answer(browse("POST /api/v1/orders", token, "{}"), "\"missing\"");
	json_t *list = call(r, "GET", "/api/v1/sessions", NULL);
	char *text = json_dumps(list, 0);

	assert_non_null(strstr(text, "\"kind\": \"token\", \"name\": \"ci\", \"role\": \"viewer\""));
	assert_null(strstr(text, "\"token\":"));
	free(text);
	json_decref(list);
	rest_close(r);
}

static void api_token_is_no_more_than_its_operator(void **state)
{
	static const struct {
		const char *body, *code;
	} cases[] = {
		{"{\"name\":\"x\",\"role\":\"admin\"}", "forbidden"},
		{"{\"name\":\"x\",\"role\":\"auditor\"}", "forbidden"},
		{"{\"name\":\"x\",\"role\":\"root\"}", "invalid"},
		{"{\"name\":\"../x\",\"role\":\"viewer\"}", "invalid"},
		{"{\"name\":\"x\",\"role\":\"viewer\",\"scope\":\"device.lst\"}", "invalid"},
		{"{\"name\":\"x\",\"role\":\"viewer\",\"scope\":\"*\"}", "invalid"},
		{"{\"name\":\"x\",\"role\":\"viewer\",\"scope\":\"device.list  me\"}", "invalid"},
		{"{\"name\":\"x\",\"role\":\"viewer\",\"ttl_s\":31536001}", "invalid"},
		{"{\"name\":\"x\"}", "missing"},
	};
	struct rest *r = connect_as("responder"), *admin = connect_as("admin");

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect_code(r, "POST", "/api/v1/sessions", cases[i].body, cases[i].code);
	const char *token = make_token(r, "{\"name\":\"x\",\"role\":\"responder\",\"ttl_s\":60}");

	expect_code(admin, "POST", "/api/v1/users/responder/role", "{\"role\":\"viewer\"}", "none");
	expect_answer(browse("GET /api/v1/me", token, NULL), "\"session_expired\"");
	rest_close(r);
	rest_close(admin);
}

/* -- command lines whose operators sign in with a browser -- */

#define DESK_SECRET "0123456789abcdef"
#define DESK_NIL "000000000000000000000000000000000000000000000000000000000000000"

/* The value of a text member in an answer. */
static const char *member(const char *out, const char *name, char value[96])
{
	char front[32];
	const char *at;

	snprintf(front, sizeof(front), "\"%s\":\"", name);
	at = strstr(out, front);
	if (!at)
		print_error("%s has no %s\n", out, name);
	assert_non_null(at);
	snprintf(value, 96, "%.*s", (int)strcspn(at + strlen(front), "\""), at + strlen(front));
	return value;
}

/* A desk begins; its code. */
static const char *desk_begins(char code[96])
{
	uint8_t hash[32];
	char hex[65] = "", body[160];
	struct buf b = buf_over(hex, 64);

	key_sha256(DESK_SECRET, strlen(DESK_SECRET), hash);
	buf_hex(&b, hash, sizeof(hash));
	snprintf(body, sizeof(body), "{\"machine\":\"ada@laptop\",\"proof\":\"%s\"}", hex);
	return member(browse("POST /api/v1/session/desk", "", body), "code", code);
}

static const char *desk_sends(const char *code, const char *secret, const char *number)
{
	char body[200];

	snprintf(body, sizeof(body), "{\"code\":\"%s\",\"secret\":\"%s\",\"number\":\"%s\"}", code, secret, number);
	return browse("POST /api/v1/session/desk/finish", "", body);
}

/* What a page with that cookie asks about a desk: "GET", "POST" to confirm, "DELETE". */
static const char *page_asks(const char *cookie, const char *method, const char *code)
{
	char headers[320], path[128];

	snprintf(headers, sizeof(headers), "%s" PAGE, cookie);
	snprintf(path, sizeof(path), "%s /api/v1/desks/%s%s", method, code, strcmp(method, "POST") ? "" : "/confirm");
	return browse(path, headers, NULL);
}

static void desk_gets_the_session_of_who_confirmed_it(void **state)
{
	char code[96], number[96], token[96], header[160], cookie[256], path[128];
	const char *out;

	(void)state;
	snprintf(cookie, sizeof(cookie), "%s", browser_begins(CREDENTIALS("responder")));
	desk_begins(code);
	out = page_asks(cookie, "GET", code);
	expect_answer(out,
		      "\"machine\":\"ada@laptop\",\"address\":\"127.0.0.1\",\"same_address\":true,\"confirmed\":false");
	expect_answer(desk_sends(code, DESK_SECRET, "000000"), "\"not_approved\"");
	member(page_asks(cookie, "POST", code), "number", number);
	expect_answer(page_asks(cookie, "POST", code), "\"already_used\"");
	out = desk_sends(code, DESK_SECRET, number);
	expect_answer(out, "\"user\":\"responder\"");
	assert_null(strstr(out, "Set-Cookie"));
	snprintf(header, sizeof(header), "Authorization: Bearer %s\r\n", member(out, "token", token));
	expect_answer(browse("GET /api/v1/devices", header, NULL), "HTTP/1.1 200 ");
	expect_answer(browse("GET /api/v1/sessions", header, NULL), "\"kind\":\"desk\"");
	expect_answer(desk_sends(code, DESK_SECRET, number), "\"login_failed\"");
	/* Such a session hands nothing on. */
	desk_begins(code);
	snprintf(path, sizeof(path), "POST /api/v1/desks/%s/confirm", code);
	expect_answer(browse(path, header, NULL), "\"forbidden\"");
	out = page_asks(cookie, "GET", code);
	expect_answer(out, "\"confirmed\":false");
}

static void desk_session_ends_with_that_of_the_browser(void **state)
{
	char code[96], number[96], cookie[256], ends[96], until[96];

	(void)state;
	snprintf(cookie, sizeof(cookie), COOKIE, "tttttttttttttttt");
	age_sessions("responder", 0);
	member(browse("GET /api/v1/session", cookie, NULL), "expires", until);
	desk_begins(code);
	member(page_asks(cookie, "POST", code), "number", number);
	assert_string_equal(member(desk_sends(code, DESK_SECRET, number), "expires", ends), until);
	/* Who signs out takes a confirmation back. */
	desk_begins(code);
	snprintf(cookie, sizeof(cookie), "%s", browser_begins(CREDENTIALS("viewer")));
	member(page_asks(cookie, "POST", code), "number", number);
	strcat(cookie, PAGE);
	expect_answer(browse("DELETE /api/v1/session", cookie, NULL), "HTTP/1.1 204 ");
	expect_answer(desk_sends(code, DESK_SECRET, number), "\"login_failed\"");
	expect_answer(desk_sends(code, DESK_SECRET, number), "No desk waits");
}

static void desk_is_nobodys_without_secret_and_number(void **state)
{
	static const char *const bodies[] = {
		"{}",
		"{\"machine\":\"a\",\"proof\":\"00\"}",
		"{\"machine\":\"a\",\"proof\":\"G" DESK_NIL "\"}",
		"{\"machine\":\"\\u001b[2J\",\"proof\":\"0" DESK_NIL "\"}",
		"{\"machine\":\"\",\"proof\":\"0" DESK_NIL "\"}",
		"{\"machine\":7,\"proof\":\"0" DESK_NIL "\"}",
	};
	char code[96], number[96], cookie[256];

	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
		expect_answer(browse("POST /api/v1/session/desk", "", bodies[i]), "HTTP/1.1 400 ");
	snprintf(cookie, sizeof(cookie), "%s", browser_begins(CREDENTIALS("viewer")));
	desk_begins(code);
	member(page_asks(cookie, "POST", code), "number", number);
	expect_answer(desk_sends(code, "another", number), "not the desk that began");
	expect_answer(desk_sends("BBBB-BBBB", DESK_SECRET, number), "No desk waits");
	expect_answer(desk_sends(code, DESK_SECRET, "1"), "\"wrong_code\"");
	expect_answer(desk_sends(code, DESK_SECRET, "2"), "\"wrong_code\"");
	expect_answer(desk_sends(code, DESK_SECRET, "3"), "wrong too often");
	/* Its address waits then, as after wrong passwords. */
	expect_answer(desk_sends(code, DESK_SECRET, number), "\"too_many_failures\"");
	expect_answer(page_asks(cookie, "GET", code), "\"not_found\"");
}

static void desk_that_was_refused_waits_no_more(void **state)
{
	char code[96], cookie[256];
	struct rest *r = connect_as("auditor");

	(void)state;
	snprintf(cookie, sizeof(cookie), "%s", browser_begins(CREDENTIALS("viewer")));
	desk_begins(code);
	expect_answer(page_asks(cookie, "DELETE", code), "HTTP/1.1 204 ");
	expect_answer(page_asks(cookie, "POST", code), "\"not_found\"");
	desk_begins(code);
	member(page_asks(cookie, "POST", code), "number", (char[96]){0});
	json_t *answer = call(r, "GET", "/api/v1/audit?limit=20", NULL);
	char *text = json_dumps(answer, 0);

	assert_non_null(strstr(text, "desk.refuse"));
	assert_non_null(strstr(text, "desk.confirm"));
	assert_non_null(strstr(text, "ada@laptop at 127.0.0.1, code "));
	free(text);
	json_decref(answer);
	rest_close(r);
}

/* -- every route for everybody -- */

static const char *const route_methods[] = {"", "GET", "HEAD", "POST", "DELETE"};

/* "GET /api/v1/devices/none" */
static void request_of(const struct route *r, char out[128])
{
	struct buf b = buf_over(out, 127);

	buf_printf(&b, "%s ", route_methods[r->method]);
	for (const char *c = r->path; *c; c++)
		*c == '*' ? buf_text(&b, "none") : buf_char(&b, *c);
	out[b.len] = '\0';
}

/* Whether the text is a whole answer, or the beginning of a stream, which has no end. */
static bool is_answer(const char *text, size_t len)
{
	const char *end = strstr(text, "\r\n\r\n"), *length = strstr(text, "Content-Length: ");

	return end && (!length || len >= (size_t)(end + 4 - text) + (size_t)atoi(length + 16));
}

/* The answer to a call over one connection, which is made anew where it has to be. `user` "": nobody. */
static const char *answer_begins(const struct route *r, const char *user, uint8_t kind)
{
	static char out[300000];
	struct person_session x = {.kind = kind, .name = "ci", .role = "admin"};
	char request[128], sent[512];
	int status, got = 1;
	size_t len = 0;

	request_of(r, request);
	snprintf(x.user, sizeof(x.user), "%s", user);
	x.created_us = x.used_us = clock_wall_us();
	x.expires_us = x.created_us + HOUR_US;
	key_sha256("tttttttttttttttt", 16, x.token_sha256);
	assert_int_equal(person_session_put(t.store, &x), ERR_OK);
	snprintf(sent, sizeof(sent), "%s HTTP/1.1\r\nHost: x\r\n%s%s\r\n", request,
		 kind == SESSION_BROWSER ? "Cookie: __Host-caltrop_session=tttttttttttttttt"
		 : user[0]		 ? "Authorization: Bearer tttttttttttttttt"
					 : "Accept: */*",
		 "\r\nContent-Type: application/json\r\nContent-Length: 0\r\n");
	if (!line)
		line = https_open(&t.context, NULL, &status);
	assert_non_null(line);
	assert_true(https_write(line, sent, strlen(sent)));
	for (out[0] = '\0'; got > 0 && !is_answer(out, len); out[len] = '\0') {
		got = https_read(line, out + len, sizeof(out) - 1 - len, clock_mono_ms() + 5000);
		len += got > 0 ? (size_t)got : 0;
	}
	assert_true(is_answer(out, len));
	if (strstr(out, "Transfer-Encoding: chunked") || strstr(out, "Connection: close"))
		end_line();
	return out;
}

static void expect_for(const struct route *r, const char *user, const char *code, bool wanted)
{
	const char *out = answer_begins(r, user, SESSION_PROGRAM);
	char error[96];

	snprintf(error, sizeof(error), "{\"error\":{\"code\":\"%s\"", code);
	bool is_said = strstr(out, error) != NULL;

	if (is_said != wanted)
		print_error("%s %s as '%s': %s\n", route_methods[r->method], r->path, user, out);
	assert_int_equal(is_said, wanted);
}

static void service_that_stops_says_so_and_tells_its_streams(void **state)
{
	static const struct route ready = {.method = METHOD_GET, .path = "/readyz"};
	static const char ask[] = "GET /api/v1/events/stream HTTP/1.1\r\nHost: x\r\n"
				  "Authorization: Bearer tttttttttttttttt\r\n\r\n";
	char out[4096] = "";
	struct https *stream;
	int status, got = 1;
	size_t len = 0;

	(void)state;
	assert_non_null(strstr(answer_begins(&ready, "viewer", SESSION_PROGRAM), "200 OK"));
	stream = https_open(&t.context, NULL, &status);
	assert_non_null(stream);
	assert_true(https_write(stream, ask, strlen(ask)));
	while (got > 0 && !strstr(out, "\r\n\r\n")) {
		got = https_read(stream, out + len, sizeof(out) - 1 - len, clock_mono_ms() + 5000);
		len += got > 0 ? (size_t)got : 0;
		out[len] = '\0';
	}
	assert_non_null(strstr(out, "text/event-stream"));
	api_drain(t.api);
	assert_non_null(strstr(answer_begins(&ready, "viewer", SESSION_PROGRAM), "503 Service Unavailable"));
	/* The idle connection is no reason to wait, and the stream's reader need not have read yet. */
	int64_t begun_ms = clock_mono_ms();

	api_stop(t.api);
	t.api = NULL;
	assert_true(clock_mono_ms() - begun_ms < API_LEAVE_MS);
	for (got = 1; got > 0 && len < sizeof(out) - 1; out[len] = '\0') {
		got = https_read(stream, out + len, sizeof(out) - 1 - len, clock_mono_ms() + 5000);
		len += got > 0 ? (size_t)got : 0;
	}
	assert_int_equal(got, 0);
	assert_non_null(strstr(out, "event: stopping\ndata: {\"reason\":"));
	assert_non_null(strstr(out, "\r\n0\r\n\r\n"));
	https_close(stream);
}

static void every_route_lets_in_its_roles_and_nobody_else(void **state)
{
	static const char *const roles[] = {"viewer", "responder", "admin", "auditor"};

	(void)state;
	for (const struct route *r = api_routes; r->path; r++) {
		bool is_open = (r->flags & (ROUTE_PUBLIC | ROUTE_LOCAL)) != 0;

		expect_for(r, "", "login_required", !is_open);
		if (r->flags & ROUTE_PUBLIC)
			continue;
		for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
			expect_for(r, roles[i], "forbidden", !(r->roles & route_role(roles[i])));
		expect_for(r, "new", "password_change_required", !(r->flags & ROUTE_FIRST));
	}
}

static void what_is_for_people_is_not_for_api_tokens(void **state)
{
	(void)state;
	for (const struct route *r = api_routes; r->path; r++) {
		bool is_said = strstr(answer_begins(r, "admin", SESSION_TOKEN), "not for API tokens") != NULL;

		assert_int_equal(is_said, (r->flags & ROUTE_PERSON) != 0);
		/* Whoever stole a token must not make himself more of them, or another way in. */
		if (strncmp(r->action, "user.", 5) == 0 || strncmp(r->action, "factor.", 7) == 0 ||
		    strncmp(r->action, "passkey.", 8) == 0)
			assert_true(r->method == METHOD_GET || is_said);
	}
}

static void no_route_changes_anything_by_a_cookie_alone(void **state)
{
	(void)state;
	for (const struct route *r = api_routes; r->path; r++) {
		bool reads = r->method == METHOD_GET || (r->flags & ROUTE_PUBLIC);

		if (!reads)
			expect_answer(answer_begins(r, "admin", SESSION_BROWSER), "\"cross_site\"");
	}
}

static void service_is_ready_only_while_it_stores_what_comes(void **state)
{
	char out[8192];

	(void)state;
	ask_ready(ERR_NO_SPACE, ERR_OK, out, sizeof(out));
	assert_non_null(strstr(out, "HTTP/1.1 503 "));
	assert_non_null(strstr(out, "does not take what devices send: no space left"));
	ask_ready(ERR_OK, ERR_CORRUPT, out, sizeof(out));
	assert_non_null(strstr(out, "HTTP/1.1 503 "));
	assert_non_null(strstr(out, "not brought up to date"));
	ask_ready(ERR_OK, ERR_OK, out, sizeof(out));
	assert_non_null(strstr(out, "\r\n\r\nready\n"));
	t.figures.damage = ERR_CORRUPT;
	exchange("GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", out, sizeof(out));
	assert_non_null(strstr(out, "HTTP/1.1 503 "));
	assert_non_null(strstr(out, "A part of the store cannot be read"));
	expect_answer(browse("GET /metrics", "", NULL), "\ncaltrop_store_damaged 1\n");
}

static void connection_ends_behind_a_request_that_is_none(void **state)
{
	char out[8192];

	(void)state;
	exchange("GET / HTTP/1.1\nHost: x\n\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", out, sizeof(out));
	assert_int_equal(count_of(out, "HTTP/1.1 "), 1);
	assert_non_null(strstr(out, "HTTP/1.1 400 "));
	assert_non_null(strstr(out, "Connection: close"));
}

static void changed_certificate_is_used_without_a_restart(void **state)
{
	int status;
	struct context before = t.context;
	struct rest *r = rest_open_context(&before, NULL, &status), *again;

	(void)state;
	assert_non_null(r);
	make_certificate("CN=localhost,O=renewed");
	sleep(3);
	again = rest_open_context(&t.context, NULL, &status);
	assert_non_null(again);
	expect_code(again, "GET", "/api/v1/devices", NULL, "login_required");
	expect_code(r, "GET", "/api/v1/devices", NULL, "login_required");
	rest_close(r);
	rest_close(again);
	FILE *f = fopen(t.cert, "w");

	fputs("nonsense\n", f);
	fclose(f);
	sleep(3);
	again = rest_open_context(&t.context, NULL, &status);
	assert_non_null(again);
	rest_close(again);
}

static void server_with_another_certificate_is_refused(void **state)
{
	struct context c = t.context;
	int status;

	(void)state;
	c.fingerprint[0] = c.fingerprint[0] == '0' ? '1' : '0';
	assert_null(rest_open_context(&c, NULL, &status));
	assert_int_equal(status, 6);
	c.fingerprint[0] = 0;
	assert_null(rest_open_context(&c, NULL, &status));
}

/* So many strangers stay connected, of those that are there. */
static unsigned still_open(struct https **dials, unsigned count)
{
	unsigned open = 0;
	char byte;

	for (unsigned i = 0; i < count; i++)
		open += https_read(dials[i], &byte, 1, clock_mono_ms() + 1) == -2;
	return open;
}

static void crowd_from_one_address_shuts_nobody_out(void **state)
{
	struct https *dials[140];
	struct rest *first = connect_as("viewer"), *late;
	int64_t last_ms;
	int status;

	(void)state;
	for (unsigned i = 0; i < 140; i++) {
		dials[i] = https_open(&t.context, NULL, &status);
		assert_non_null(dials[i]);
		if (i % 10 == 0)
			expect_code(first, "GET", "/api/v1/me", NULL, "none");
	}
	last_ms = clock_mono_ms();
	/* A slow machine may have cut the first ones, since they said nothing for API_CONN_FIRST_MS. */
	assert_in_range(still_open(dials, 140), 1, 128);
	expect_code(first, "GET", "/api/v1/me", NULL, "none");
	late = connect_as("viewer");
	expect_code(late, "GET", "/api/v1/me", NULL, "none");
	if (clock_mono_ms() - last_ms < API_CONN_FIRST_MS / 2)
		assert_int_equal(still_open(&dials[139], 1), 1);
	for (unsigned i = 0; i < 140; i++)
		https_close(dials[i]);
	rest_close(late);
	rest_close(first);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(each_role_may_do_its_part_and_no_more),
		TEST(without_a_token_nothing_is_told),
		TEST(one_time_password_must_be_changed_and_then_works_no_more),
		TEST(guessing_is_slowed_down_for_names_that_are_and_are_not),
		TEST(devices_are_paged_filtered_and_found),
		TEST(a_device_shows_what_its_health_record_tells),
		TEST(approval_and_revocation_reach_the_store_and_the_gateway),
		TEST(deleted_device_is_seen_no_more_and_stays_revoked),
		TEST(roster_is_imported_whole_or_not_at_all),
		TEST(token_for_a_device_ends_when_the_device_is_revoked),
		TEST(devices_are_found_by_their_labels_and_moved),
		TEST(sessions_are_seen_and_ended_by_whom_they_concern),
		TEST(cancelled_order_goes_to_nobody_who_has_not_got_it),
		TEST(output_tells_its_secret_once),
		TEST(wrong_outputs_are_refused),
		TEST(factories_are_cas_and_have_a_card),
		TEST(join_tokens_are_shown_once),
		TEST(token_for_a_device_names_it),
		TEST(events_are_listed_newest_first_and_every_one_once),
		TEST(event_keeps_its_id_when_others_of_its_batch_go),
		TEST(numbers_and_names_of_a_device_break_no_list),
		TEST(incidents_come_with_their_evidence),
		TEST(what_people_do_to_an_incident_is_logged_and_shown),
		TEST(bad_orders_are_refused_with_a_reason),
		TEST(order_is_signed_stored_and_pushed_once_for_one_key),
		TEST(long_idempotency_keys_that_end_differently_are_two),
		TEST(stream_of_an_order_tells_each_change_once_and_ends),
		TEST(connection_goes_on_behind_a_stream),
		TEST(service_that_stops_says_so_and_tells_its_streams),
		TEST(events_are_followed_and_taken_up_where_they_broke),
		TEST(stream_of_an_order_waits_for_who_is_away),
		TEST(incident_that_changes_is_told_as_it_is_then),
		TEST(reader_of_incidents_is_told_when_he_was_not_told_of_all),
		TEST(order_signed_by_an_operator_is_checked_and_passed_on_unchanged),
		TEST(chain_of_receipts_is_listed_as_it_came),
		TEST(sealed_secrets_are_for_those_who_act),
		TEST(audit_log_has_every_call_in_order_and_no_secret),
		TEST(audit_log_is_a_chain_as_the_command_line_checks_it),
		TEST(malformed_bodies_are_refused),
		cmocka_unit_test_setup_teardown(who_acts_sets_up_a_second_factor_first, set_up_strict, tear_down),
		TEST(app_whose_key_is_lost_lets_nobody_in_but_a_recovery_code_does),
		TEST(login_takes_each_code_once),
		TEST(wrong_codes_make_their_operator_wait_but_for_recovery_codes),
		TEST(factor_in_force_is_replaced_by_its_own_code_only),
		TEST(reset_takes_the_second_factor_away),
		cmocka_unit_test_setup_teardown(passkey_is_both_factors, set_up_strict, tear_down),
		cmocka_unit_test_setup_teardown(desk_needs_a_second_factor_as_others_do, set_up_strict, tear_down),
		TEST(signature_lets_in_once),
		TEST(copy_of_an_authenticator_is_found_by_its_counter),
		TEST(authenticator_speaks_to_this_service_and_knows_its_owner),
		TEST(challenge_for_a_new_passkey_is_its_operators),
		TEST(old_session_alone_changes_no_factor),
		TEST(who_is_shut_out_has_no_way_in_by_passkey),
		TEST(passkeys_of_one_operator_have_a_limit),
		TEST(desk_gets_the_session_of_who_confirmed_it),
		TEST(desk_session_ends_with_that_of_the_browser),
		TEST(desk_is_nobodys_without_secret_and_number),
		TEST(desk_that_was_refused_waits_no_more),
		TEST(every_route_lets_in_its_roles_and_nobody_else),
		TEST(api_token_does_what_its_role_and_scope_allow),
		TEST(api_token_is_no_more_than_its_operator),
		TEST(what_is_for_people_is_not_for_api_tokens),
		TEST(no_route_changes_anything_by_a_cookie_alone),
		TEST(figures_tell_the_version_and_how_late_the_views_are),
		TEST(browser_has_its_session_as_a_cookie),
		TEST(other_sites_make_a_browser_do_nothing),
		TEST(unused_session_of_a_browser_ends_and_a_cookie_is_no_token),
		TEST(service_is_ready_only_while_it_stores_what_comes),
		TEST(requests_sent_ahead_are_answered_in_order),
		TEST(connection_ends_behind_a_request_that_is_none),
		TEST(changed_certificate_is_used_without_a_restart),
		TEST(server_with_another_certificate_is_refused),
		TEST(crowd_from_one_address_shuts_nobody_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
