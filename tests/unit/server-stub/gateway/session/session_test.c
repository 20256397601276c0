/* SPDX-License-Identifier: Apache-2.0 */
/* Frames are made and read with the generated code, so that session's own reading and writing is checked against it. */
#include "server-stub/gateway/session/session.h"

#include "caltrop/v1/link.pb-c.h"
#include "proto/frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct now t0 = {1000 * SECOND_US, INT64_C(1700000000) * SECOND_US};
static const uint8_t device_id[STORE_ID] = {0xd0, 1};
static uint8_t spool_id[16] = {0x5b, 2};

struct link {
	struct session_scratch *scratch;
	struct session *session;
	uint8_t bytes[256 * 1024]; /* from the device */
	size_t len;
};

static int set_up(void **state)
{
	struct link *l = calloc(1, sizeof(*l));

	l->scratch = session_scratch_init(malloc(session_scratch_size()));
	l->session = session_init(malloc(session_size()), l->scratch, device_id);
	*state = l;
	return 0;
}

static int tear_down(void **state)
{
	struct link *l = *state;

	session_end(l->session);
	free(l->session);
	free(l->scratch);
	free(l);
	return 0;
}

static void say(struct link *l, const Caltrop__V1__ToServer *message)
{
	size_t len = caltrop__v1__to_server__get_packed_size(message);

	assert_true(l->len + FRAME_HEADER + len <= sizeof(l->bytes));
	frame_header(l->bytes + l->len, len);
	caltrop__v1__to_server__pack(message, l->bytes + l->len + FRAME_HEADER);
	l->len += FRAME_HEADER + len;
}

static void say_hello(struct link *l)
{
	Caltrop__V1__ToServer message = CALTROP__V1__TO_SERVER__INIT;
	Caltrop__V1__Hello hello = CALTROP__V1__HELLO__INIT;
	char *features[] = {(char *)(uintptr_t) "ban", (char *)(uintptr_t) "two words",
			    (char *)(uintptr_t) "source-audit"};

	hello.spool_id = (ProtobufCBinaryData){sizeof(spool_id), spool_id};
	hello.oldest_seq = 3;
	hello.next_seq = 9;
	hello.version = (char *)(uintptr_t) "caltrop 0.1.0";
	hello.hostname = (char *)(uintptr_t) "cam-\x01";
	hello.wall_us = -5;
	hello.kernel = (char *)(uintptr_t) "Linux";
	hello.arch = (char *)(uintptr_t) "armv7l";
	hello.features = features;
	hello.n_features = 3;
	message.body_case = CALTROP__V1__TO_SERVER__BODY_HELLO;
	message.hello = &hello;
	say(l, &message);
}

/* `count` entries of `bytes` bytes from `seq` on. */
static void say_batch(struct link *l, uint64_t seq, unsigned count, size_t bytes)
{
	Caltrop__V1__ToServer message = CALTROP__V1__TO_SERVER__INIT;
	Caltrop__V1__Batch batch = CALTROP__V1__BATCH__INIT;
	Caltrop__V1__Entry entries[64];
	Caltrop__V1__Entry *list[64];
	static uint8_t zeros[60000];

	for (unsigned i = 0; i < count; i++) {
		caltrop__v1__entry__init(&entries[i]);
		entries[i].seq = seq + i;
		entries[i].record = (ProtobufCBinaryData){bytes, zeros};
		list[i] = &entries[i];
	}
	batch.spool_id = (ProtobufCBinaryData){sizeof(spool_id), spool_id};
	batch.n_entries = count;
	batch.entries = list;
	message.body_case = CALTROP__V1__TO_SERVER__BODY_BATCH;
	message.batch = &batch;
	say(l, &message);
}

static void say_ping(struct link *l, uint64_t nonce)
{
	Caltrop__V1__ToServer message = CALTROP__V1__TO_SERVER__INIT;
	Caltrop__V1__Ping ping = CALTROP__V1__PING__INIT;

	ping.nonce = nonce;
	message.body_case = CALTROP__V1__TO_SERVER__BODY_PING;
	message.ping = &ping;
	say(l, &message);
}

static void feed_all(struct link *l)
{
	session_feed(l->session, (struct str){(char *)l->bytes, l->len}, t0);
	l->len = 0;
}

static struct session_effect expect(struct link *l, enum session_action action)
{
	struct session_effect effect = {.action = 0};

	assert_true(session_take(l->session, &effect));
	if (effect.action == SESSION_CLOSE && action != SESSION_CLOSE)
		fail_msg("closed: %s", effect.text);
	assert_int_equal(effect.action, action);
	return effect;
}

static void expect_nothing(struct link *l)
{
	struct session_effect effect;

	assert_false(session_take(l->session, &effect));
}

static void expect_close(struct link *l, const char *text)
{
	assert_string_equal(expect(l, SESSION_CLOSE).text, text);
	expect_nothing(l);
}

static Caltrop__V1__ToDevice *expect_frame(struct link *l)
{
	struct session_effect effect = expect(l, SESSION_SEND);
	struct str frame;
	Caltrop__V1__ToDevice *message;

	assert_int_equal(frame_take(&effect.bytes, &frame), ERR_OK);
	assert_int_equal(effect.bytes.len, 0);
	message = caltrop__v1__to_device__unpack(NULL, frame.len, (const uint8_t *)frame.data);
	assert_non_null(message);
	return message;
}

static void done(Caltrop__V1__ToDevice *message)
{
	caltrop__v1__to_device__free_unpacked(message, NULL);
}

static void come_up(struct link *l)
{
	say_hello(l);
	feed_all(l);
	expect(l, SESSION_HELLO);
	session_welcome(l->session, 0, t0);
	expect(l, SESSION_SEND);
	expect_nothing(l);
}

static void hello_is_answered_with_welcome(void **state)
{
	struct link *l = *state;
	struct session_effect effect;
	Caltrop__V1__ToDevice *message;

	say_hello(l);
	feed_all(l);
	effect = expect(l, SESSION_HELLO);
	assert_memory_equal(effect.hello.spool_id, spool_id, 16);
	assert_int_equal(effect.hello.oldest_seq, 3);
	assert_int_equal(effect.hello.next_seq, 9);
	assert_string_equal(effect.hello.version, "caltrop 0.1.0");
	assert_string_equal(effect.hello.hostname, "cam-?");
	assert_string_equal(effect.hello.kernel, "Linux");
	assert_string_equal(effect.hello.features, "ban source-audit");
	assert_string_equal(effect.hello.arch, "armv7l");
	assert_int_equal(effect.hello.wall_us, -5);
	expect_nothing(l);
	session_welcome(l->session, 77, t0);
	message = expect_frame(l);
	assert_int_equal(message->body_case, CALTROP__V1__TO_DEVICE__BODY_WELCOME);
	assert_int_equal(message->welcome->committed_seq, 77);
	assert_int_equal(message->welcome->window_bytes, SESSION_WINDOW_BYTES);
	assert_int_equal(message->welcome->keepalive_s, SESSION_KEEPALIVE_S);
	assert_int_equal(message->welcome->batch_bytes_max, SESSION_BATCH_BYTES);
	assert_true(message->welcome->wall_us == t0.wall_us);
	done(message);
	expect_nothing(l);
}

static void batch_is_acknowledged_once_committed(void **state)
{
	struct link *l = *state;
	struct session_effect effect;
	Caltrop__V1__ToDevice *message;

	come_up(l);
	say_batch(l, 5, 3, 40);
	say_batch(l, 8, 2, 40);
	feed_all(l);
	effect = expect(l, SESSION_BATCH);
	assert_int_equal(effect.batch.first_seq, 5);
	assert_int_equal(effect.batch.last_seq, 7);
	assert_int_equal(effect.batch.count, 3);
	assert_memory_equal(effect.batch.device, device_id, STORE_ID);
	assert_memory_equal(effect.batch.spool, spool_id, STORE_ID);
	assert_true(effect.batch.received_us == t0.wall_us);
	effect = expect(l, SESSION_BATCH);
	assert_int_equal(effect.batch.last_seq, 9);
	expect_nothing(l);
	session_committed(l->session, 7, t0);
	session_committed(l->session, 9, t0);
	message = expect_frame(l);
	assert_int_equal(message->body_case, CALTROP__V1__TO_DEVICE__BODY_ACK);
	assert_int_equal(message->ack->committed_seq, 9);
	done(message);
	expect_nothing(l);
}

static void frames_may_come_in_any_pieces(void **state)
{
	struct link *l = *state;

	for (size_t piece = 1; piece < 200; piece = piece * 3 / 2 + 1) {
		uint8_t all[8192];
		unsigned batches = 0;
		size_t len;

		session_end(l->session);
		session_init(l->session, l->scratch, device_id);
		come_up(l);
		for (unsigned i = 0; i < 5; i++)
			say_batch(l, 1 + i, 1, 100 * i);
		len = l->len;
		memcpy(all, l->bytes, len);
		l->len = 0;
		for (size_t at = 0; at < len; at += piece) {
			struct session_effect effect;
			char *copy = malloc(piece);
			size_t part = len - at < piece ? len - at : piece;

			/* A buffer of its own: reading past a piece is seen by the sanitizer. */
			memcpy(copy, all + at, part);
			session_feed(l->session, (struct str){copy, part}, t0);
			while (session_take(l->session, &effect)) {
				assert_int_equal(effect.action, SESSION_BATCH);
				assert_int_equal(effect.batch.first_seq, ++batches);
			}
			free(copy);
		}
		assert_int_equal(batches, 5);
	}
}

static void ping_is_answered_with_its_nonce(void **state)
{
	struct link *l = *state;

	come_up(l);
	say_ping(l, 1);
	say_ping(l, UINT64_MAX);
	feed_all(l);
	for (unsigned i = 0; i < 2; i++) {
		Caltrop__V1__ToDevice *message = expect_frame(l);

		assert_int_equal(message->body_case, CALTROP__V1__TO_DEVICE__BODY_PONG);
		assert_true(message->pong->nonce == (i ? UINT64_MAX : 1));
		done(message);
	}
	expect_nothing(l);
}

static void order_goes_down_and_is_seen(void **state)
{
	struct link *l = *state;
	struct registry_order order = {.order_len = 300, .signature_count = 3};
	Caltrop__V1__ToServer say_seen = CALTROP__V1__TO_SERVER__INIT;
	Caltrop__V1__OrderSeen seen = CALTROP__V1__ORDER_SEEN__INIT;
	Caltrop__V1__ToDevice *message;

	memset(order.order, 'o', 300);
	memset(order.signatures, 's', sizeof(order.signatures));
	order.signatures[0].len = order.signatures[1].len = 70;
	order.signatures[2].len = 72;
	assert_int_equal(session_order(l->session, &order, t0), ERR_NOT_YET);
	come_up(l);
	assert_int_equal(session_order(l->session, &order, t0), ERR_OK);
	message = expect_frame(l);
	assert_int_equal(message->body_case, CALTROP__V1__TO_DEVICE__BODY_ORDER);
	assert_int_equal(message->order->order.len, 300);
	assert_int_equal(message->order->n_signatures, 3);
	assert_int_equal(message->order->signatures[0]->key_id.len, KEY_ID);
	assert_int_equal(message->order->signatures[2]->value.len, 72);
	done(message);
	expect_nothing(l);
	seen.order_id = (ProtobufCBinaryData){STORE_ID, spool_id};
	say_seen.body_case = CALTROP__V1__TO_SERVER__BODY_ORDER_SEEN;
	say_seen.order_seen = &seen;
	say(l, &say_seen);
	feed_all(l);
	assert_memory_equal(expect(l, SESSION_SEEN).order_id, spool_id, STORE_ID);
}

static void too_many_orders_at_once_are_told_apart(void **state)
{
	struct link *l = *state;
	struct registry_order order = {.order_len = STORE_ORDER_MAX};
	struct session_effect effect;
	struct str frame;
	unsigned sent = 0, got = 0;

	come_up(l);
	while (session_order(l->session, &order, t0) == ERR_OK)
		sent++;
	assert_true(sent > 10);
	assert_int_equal(session_order(l->session, &order, t0), ERR_FULL);
	effect = expect(l, SESSION_SEND);
	while (frame_take(&effect.bytes, &frame) == ERR_OK)
		got++;
	assert_int_equal(got, sent);
	assert_int_equal(effect.bytes.len, 0);
	assert_int_equal(session_order(l->session, &order, t0), ERR_OK);
	done(expect_frame(l));
}

static void renewal_is_asked_once_and_answered(void **state)
{
	struct link *l = *state;
	Caltrop__V1__ToServer say_renew = CALTROP__V1__TO_SERVER__INIT;
	Caltrop__V1__RenewRequest renew = CALTROP__V1__RENEW_REQUEST__INIT;
	Caltrop__V1__ToDevice *message;
	uint8_t csr[300] = {7};

	come_up(l);
	renew.csr = (ProtobufCBinaryData){sizeof(csr), csr};
	say_renew.body_case = CALTROP__V1__TO_SERVER__BODY_RENEW;
	say_renew.renew = &renew;
	say(l, &say_renew);
	say(l, &say_renew);
	feed_all(l);
	assert_int_equal(expect(l, SESSION_RENEW).bytes.len, sizeof(csr));
	expect_nothing(l);
	session_renewed(l->session, STR("cert"), STR("ca"), STR(""), NULL);
	message = expect_frame(l);
	assert_int_equal(message->body_case, CALTROP__V1__TO_DEVICE__BODY_RENEWED);
	assert_int_equal(message->renewed->certificate.len, 4);
	assert_int_equal(message->renewed->n_chain, 1);
	assert_string_equal(message->renewed->error, "");
	done(message);
}

static void ban_of_the_group_is_sent_behind_the_welcome(void **state)
{
	const struct addr net = {6, 64, {0x20, 0x01, 0x0d, 0xb8}};
	struct link *l = *state;
	Caltrop__V1__ToDevice *message;

	assert_int_equal(session_immunity(l->session, &net, 60), ERR_NOT_YET);
	come_up(l);
	assert_int_equal(session_immunity(l->session, &net, 60), ERR_OK);
	message = expect_frame(l);
	assert_int_equal(message->body_case, CALTROP__V1__TO_DEVICE__BODY_IMMUNITY);
	assert_string_equal(message->immunity->addr, "2001:db8::/64");
	assert_int_equal(message->immunity->duration_s, 60);
	done(message);
}

static void goodbye_is_said_before_closing(void **state)
{
	struct link *l = *state;
	Caltrop__V1__ToDevice *message;

	come_up(l);
	session_goodbye(l->session, "revoked", true);
	message = expect_frame(l);
	assert_int_equal(message->body_case, CALTROP__V1__TO_DEVICE__BODY_GOODBYE);
	assert_true(message->goodbye->revoked);
	assert_string_equal(message->goodbye->reason, "revoked");
	done(message);
	expect_close(l, "revoked");
	say_ping(l, 1);
	feed_all(l);
	expect_nothing(l);
}

static void silence_ends_the_session(void **state)
{
	struct link *l = *state;
	struct now late = {t0.mono_us + SESSION_SILENCE_S * SECOND_US, t0.wall_us};

	assert_true(session_deadline(l->session) == INT64_MAX);
	come_up(l);
	assert_true(session_deadline(l->session) == late.mono_us);
	late.mono_us--;
	session_tick(l->session, late);
	expect_nothing(l);
	late.mono_us++;
	session_tick(l->session, late);
	expect_close(l, "no sign of life");
}

static void order_of_messages_is_kept(void **state)
{
	struct link *l = *state;

	say_ping(l, 1);
	feed_all(l);
	expect_close(l, "the first message is no hello");
	session_init(l->session, l->scratch, device_id);
	say_hello(l);
	say_hello(l);
	feed_all(l);
	expect(l, SESSION_HELLO);
	expect_close(l, "a second hello");
	session_init(l->session, l->scratch, device_id);
	say_hello(l);
	say_batch(l, 1, 1, 1);
	feed_all(l);
	expect(l, SESSION_HELLO);
	expect_close(l, "a batch before the welcome");
}

static void bad_frames_close_the_link(void **state)
{
	static const struct {
		const char *text;
		struct str bytes;
	} cases[] = {
		{"a frame is longer than its limit", {"\x00\x01\x00\x01", 4}},
		{"a frame is empty", {"\x00\x00\x00\x00", 4}},
		{"a frame does not parse", {"\x00\x00\x00\x01\x0a", 5}},
		{"a frame does not parse", {"\x00\x00\x00\x04\x2a\x00\x2a\x00", 8}}, /* two bodies */
		{"a batch does not parse", {"\x00\x00\x00\x02\x12\x00", 6}},
		{"a ping does not parse", {"\x00\x00\x00\x03\x2a\x01\x08", 7}},
		{"a message about an order does not parse", {"\x00\x00\x00\x02\x1a\x00", 6}},
		{"a request for renewal does not parse", {"\x00\x00\x00\x02\x22\x00", 6}},
		{"an enrolment on the wrong protocol", {"\x00\x00\x00\x02\x32\x00", 6}},
	};
	struct link *l = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		session_init(l->session, l->scratch, device_id);
		come_up(l);
		session_feed(l->session, cases[i].bytes, t0);
		expect_close(l, cases[i].text);
	}
}

static void messages_of_later_versions_are_passed_over(void **state)
{
	struct link *l = *state;

	come_up(l);
	session_feed(l->session, STR("\x00\x00\x00\x03\x7a\x01x"), t0);
	expect_nothing(l);
	say_ping(l, 3);
	feed_all(l);
	done(expect_frame(l));
}

static void batch_of_another_spool_is_refused(void **state)
{
	struct link *l = *state;

	come_up(l);
	spool_id[0] ^= 1;
	say_batch(l, 1, 1, 1);
	spool_id[0] ^= 1;
	feed_all(l);
	expect_close(l, "a batch of another spool than the hello's");
}

static void sequence_numbers_rise(void **state)
{
	struct link *l = *state;

	come_up(l);
	say_batch(l, 0, 1, 1);
	feed_all(l);
	expect_close(l, "a batch does not parse");
	session_init(l->session, l->scratch, device_id);
	come_up(l);
	say_batch(l, UINT64_MAX - 1, 1, 1);
	feed_all(l);
	expect_close(l, "a batch does not parse");
}

static void window_bounds_what_is_in_flight(void **state)
{
	struct link *l = *state;
	struct session_effect effect;
	uint64_t seq = 0;

	come_up(l);
	/* A device that waits for its acknowledgements may go on forever. */
	for (unsigned round = 0; round < 20; round++) {
		for (unsigned i = 0; i < 16; i++) {
			say_batch(l, ++seq, 1, 15000);
			feed_all(l);
			expect(l, SESSION_BATCH);
		}
		session_committed(l->session, seq - 8, t0);
		expect(l, SESSION_SEND);
		session_committed(l->session, seq, t0);
		expect(l, SESSION_SEND);
		expect_nothing(l);
	}
	for (unsigned i = 0; i < 100; i++) {
		say_batch(l, ++seq, 1, 15000);
		feed_all(l);
		assert_true(session_take(l->session, &effect));
		if (effect.action != SESSION_BATCH)
			break;
	}
	assert_int_equal(effect.action, SESSION_CLOSE);
	assert_string_equal(effect.text, "more in flight than the window allows");
}

static void *no_memory(void *context, size_t len)
{
	(void)context;
	(void)len;
	return NULL;
}

static void link_is_closed_when_there_is_no_memory(void **state)
{
	struct link *l = *state;
	const struct session_pool pool = {NULL, no_memory, NULL};

	session_scratch_pool(l->scratch, &pool);
	say_hello(l);
	session_feed(l->session, (struct str){(char *)l->bytes, l->len - 1}, t0);
	expect_close(l, "no memory for a frame that came in part");
}

static void pool_is_given_back(void **state)
{
	struct link *l = *state;

	for (unsigned i = 0; i < 100; i++) {
		session_init(l->session, l->scratch, device_id);
		l->len = 0;
		say_hello(l);
		session_feed(l->session, (struct str){(char *)l->bytes, l->len - 1}, t0);
		expect_nothing(l);
		session_end(l->session);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(hello_is_answered_with_welcome),
		TEST(batch_is_acknowledged_once_committed),
		TEST(frames_may_come_in_any_pieces),
		TEST(ping_is_answered_with_its_nonce),
		TEST(order_goes_down_and_is_seen),
		TEST(too_many_orders_at_once_are_told_apart),
		TEST(renewal_is_asked_once_and_answered),
		TEST(ban_of_the_group_is_sent_behind_the_welcome),
		TEST(goodbye_is_said_before_closing),
		TEST(silence_ends_the_session),
		TEST(order_of_messages_is_kept),
		TEST(bad_frames_close_the_link),
		TEST(messages_of_later_versions_are_passed_over),
		TEST(batch_of_another_spool_is_refused),
		TEST(sequence_numbers_rise),
		TEST(window_bounds_what_is_in_flight),
		TEST(link_is_closed_when_there_is_no_memory),
		TEST(pool_is_given_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
