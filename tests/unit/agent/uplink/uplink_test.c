/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/uplink/backoff.h"
#include "agent/uplink/uplink.h"
#include "proto/frame.h"

#include "caltrop/v1/link.pb-c.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

typedef Caltrop__V1__ToDevice to_device;
typedef Caltrop__V1__ToServer to_server;

/* A disk that takes nothing: the spool keeps its records in memory, which is all these tests need. */
static enum err no_write(void *context, const char *name, const void *data, size_t len)
{
	(void)context, (void)name, (void)data, (void)len;
	return ERR_READ_ONLY;
}

static enum err no_read(void *context, const char *name, uint64_t offset, void *out, size_t cap, size_t *got)
{
	(void)context, (void)name, (void)offset, (void)out, (void)cap;
	*got = 0;
	return ERR_NOT_FOUND;
}

static enum err no_remove(void *context, const char *name)
{
	(void)context, (void)name;
	return ERR_READ_ONLY;
}

static enum err no_cut(void *context, const char *name, uint64_t size)
{
	(void)context, (void)name, (void)size;
	return ERR_READ_ONLY;
}

static void no_sync(void *context, const char *name, uint64_t token)
{
	(void)context, (void)name, (void)token;
}

static enum err no_list(void *context, void (*found)(void *arg, const char *name, uint64_t size), void *arg)
{
	(void)context, (void)found, (void)arg;
	return ERR_OK;
}

static const struct spool_disk disk = {.append = no_write,
				       .read = no_read,
				       .remove = no_remove,
				       .cut = no_cut,
				       .replace = no_write,
				       .sync = no_sync,
				       .list = no_list};
static const char *const features[] = {"ban", NULL};
static const struct uplink_about about = {
	.version = "caltrop 0", .hostname = "h", .kernel = "k", .arch = "a", .features = features};
static const uint8_t id[16] = {7};

static struct spool *spool;
static struct uplink *u;
static struct now now;
static to_server *sent[64];
static unsigned sent_count;
static unsigned actions[16];
static char closed[160];
static struct actor_order order;
static struct actor_act act;

static int setup(void **state)
{
	static const struct spool_limits limits = {.segment_bytes = 4096, .segments_max = 4, .sync_delay_us = 1};

	(void)state;
	now = (struct now){.mono_us = 1000 * SECOND_US, .wall_us = 2000000000 * SECOND_US};
	spool = spool_init(malloc(spool_size(&limits)), &limits, &disk, id);
	u = uplink_init(malloc(uplink_size()), spool, &about, (struct hash_key){1, 2});
	sent_count = 0;
	memset(actions, 0, sizeof(actions));
	closed[0] = 0;
	return 0;
}

static void forget_sent(void)
{
	while (sent_count)
		caltrop__v1__to_server__free_unpacked(sent[--sent_count], NULL);
}

static int teardown(void **state)
{
	(void)state;
	forget_sent();
	free(u);
	free(spool);
	return 0;
}

static void unpack(struct str bytes)
{
	struct str frame;

	while (bytes.len) {
		assert_int_equal(frame_take(&bytes, &frame), ERR_OK);
		sent[sent_count] = caltrop__v1__to_server__unpack(NULL, frame.len, (const uint8_t *)frame.data);
		assert_non_null(sent[sent_count]);
		sent_count++;
	}
}

static void drain(void)
{
	struct uplink_effect effect;

	while (uplink_take(u, &effect)) {
		actions[effect.action]++;
		if (effect.action == UPLINK_SEND)
			unpack(effect.bytes);
		if (effect.action == UPLINK_CLOSE)
			snprintf(closed, sizeof(closed), "%s", effect.text);
		if (effect.action == UPLINK_ORDER)
			order = *effect.order;
		if (effect.action == UPLINK_IMMUNITY)
			act = *effect.act;
	}
}

static void say(const to_device *message)
{
	uint8_t bytes[20000];
	size_t len = caltrop__v1__to_device__get_packed_size(message);

	assert_true(len + FRAME_HEADER <= sizeof(bytes));
	frame_header(bytes, len);
	caltrop__v1__to_device__pack(message, bytes + FRAME_HEADER);
	uplink_feed(u, (struct str){(char *)bytes, len + FRAME_HEADER}, now);
	drain();
}

static void welcome(uint64_t committed, uint32_t window)
{
	Caltrop__V1__Welcome body = CALTROP__V1__WELCOME__INIT;
	to_device message = CALTROP__V1__TO_DEVICE__INIT;

	body.committed_seq = committed;
	body.window_bytes = window;
	body.keepalive_s = 30;
	body.wall_us = now.wall_us;
	message.body_case = CALTROP__V1__TO_DEVICE__BODY_WELCOME;
	message.welcome = &body;
	say(&message);
}

static void ack(uint64_t committed)
{
	Caltrop__V1__Ack body = CALTROP__V1__ACK__INIT;
	to_device message = CALTROP__V1__TO_DEVICE__INIT;

	body.committed_seq = committed;
	message.body_case = CALTROP__V1__TO_DEVICE__BODY_ACK;
	message.ack = &body;
	say(&message);
}

static void connect_up(void)
{
	uplink_start(u, now);
	drain();
	assert_int_equal(actions[UPLINK_CONNECT], 1);
	uplink_connected(u, now);
	drain();
}

static void put(unsigned count, size_t len)
{
	static char text[8192];

	memset(text, 'r', sizeof(text));
	for (unsigned i = 0; i < count; i++)
		assert_int_equal(spool_append(spool, 1, (struct str){text, len}, now), ERR_OK);
	uplink_wake(u, now);
	drain();
}

static unsigned entries(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < sent_count; i++) {
		if (sent[i]->body_case == CALTROP__V1__TO_SERVER__BODY_BATCH)
			n += (unsigned)sent[i]->batch->n_entries;
	}
	return n;
}

static void session_begins_with_hello_and_sends_what_waits(void **state)
{
	(void)state;
	put(3, 10);
	connect_up();
	assert_int_equal(sent_count, 1);
	assert_int_equal(sent[0]->body_case, CALTROP__V1__TO_SERVER__BODY_HELLO);
	assert_int_equal(sent[0]->hello->next_seq, 4);
	assert_int_equal(sent[0]->hello->n_features, 1);
	assert_memory_equal(sent[0]->hello->spool_id.data, id, 16);
	welcome(0, 0);
	assert_int_equal(sent_count, 2);
	assert_int_equal(sent[1]->body_case, CALTROP__V1__TO_SERVER__BODY_BATCH);
	assert_int_equal(sent[1]->batch->n_entries, 3);
	assert_int_equal(sent[1]->batch->entries[2]->seq, 3);
	assert_int_equal(sent[1]->batch->entries[2]->record.len, 10);
	assert_memory_equal(sent[1]->batch->spool_id.data, id, 16);
}

static void sending_resumes_behind_what_the_service_has(void **state)
{
	(void)state;
	put(5, 10);
	connect_up();
	welcome(0, 0);
	assert_int_equal(entries(), 5);
	uplink_disconnected(u, "link cut", now);
	drain();
	forget_sent();
	now.mono_us = uplink_deadline(u);
	uplink_tick(u, now);
	drain();
	uplink_connected(u, now);
	welcome(3, 0);
	assert_int_equal(entries(), 2);
	assert_int_equal(sent[1]->batch->entries[0]->seq, 4);
}

static void window_bounds_what_is_in_flight(void **state)
{
	(void)state;
	put(20, 1000);
	connect_up();
	welcome(0, 10000);
	assert_true(entries() <= 10);
	assert_true(entries() >= 8);
	unsigned before = entries();

	ack(before);
	assert_true(entries() > before);
}

static void record_larger_than_the_window_still_goes(void **state)
{
	(void)state;
	put(2, 8000);
	connect_up();
	welcome(0, 1);
	assert_int_equal(entries(), 1);
	ack(1);
	assert_int_equal(entries(), 2);
}

static void transport_backlog_stops_production(void **state)
{
	(void)state;
	connect_up();
	welcome(0, 0);
	uplink_pending(u, UPLINK_PENDING_MAX + 1);
	put(1, 10);
	assert_int_equal(entries(), 0);
	uplink_pending(u, 0);
	drain();
	assert_int_equal(entries(), 1);
}

static void acknowledgement_of_what_was_never_sent_ends_the_link(void **state)
{
	(void)state;
	connect_up();
	welcome(0, 0);
	put(1, 10);
	ack(5);
	assert_int_equal(actions[UPLINK_CLOSE], 1);
	assert_non_null(strstr(closed, "never sent"));
}

static void numbers_that_others_used_are_given_up(void **state)
{
	(void)state;
	put(3, 10);
	connect_up();
	welcome(1000, 0);
	assert_int_equal(entries(), 3);
	assert_int_equal(sent[1]->batch->entries[0]->seq, 1001);
	ack(1003);
	assert_int_equal(actions[UPLINK_CLOSE], 0);
	put(1, 10);
	assert_int_equal(sent[2]->batch->entries[0]->seq, 1004);
}

static void order_reaches_the_core_whole(void **state)
{
	Caltrop__V1__Order body = CALTROP__V1__ORDER__INIT;
	Caltrop__V1__Signature signature = CALTROP__V1__SIGNATURE__INIT, *signatures[] = {&signature};
	to_device message = CALTROP__V1__TO_DEVICE__INIT;
	uint8_t bytes[100] = "CTO1", key[8] = {1}, value[70] = {2};

	(void)state;
	connect_up();
	welcome(0, 0);
	signature.key_id = (ProtobufCBinaryData){8, key};
	signature.value = (ProtobufCBinaryData){70, value};
	body.order = (ProtobufCBinaryData){100, bytes};
	body.signatures = signatures;
	body.n_signatures = 1;
	message.body_case = CALTROP__V1__TO_DEVICE__BODY_ORDER;
	message.order = &body;
	say(&message);
	assert_int_equal(actions[UPLINK_ORDER], 1);
	assert_int_equal(order.order_len, 100);
	assert_int_equal(order.signature_count, 1);
	assert_int_equal(order.signatures[0].len, 70);
	assert_int_equal(order.received_us, now.mono_us);
	uplink_order_seen(u, bytes + 4, now);
	drain();
	assert_int_equal(sent[sent_count - 1]->body_case, CALTROP__V1__TO_SERVER__BODY_ORDER_SEEN);
	uint8_t long_order[MESSAGE_ORDER_MAX + 1] = {0};

	body.order = (ProtobufCBinaryData){sizeof(long_order), long_order};
	say(&message);
	assert_int_equal(actions[UPLINK_ORDER], 1);
	assert_int_equal(actions[UPLINK_CLOSE], 0);
}

static void offer(const char *addr, uint32_t duration_s)
{
	Caltrop__V1__Immunity body = CALTROP__V1__IMMUNITY__INIT;
	to_device message = CALTROP__V1__TO_DEVICE__INIT;

	body.addr = (char *)(uintptr_t)addr;
	body.duration_s = duration_s;
	message.body_case = CALTROP__V1__TO_DEVICE__BODY_IMMUNITY;
	message.immunity = &body;
	say(&message);
}

static void ban_of_the_group_reaches_the_core_and_what_is_no_address_ends_the_link(void **state)
{
	(void)state;
	if (!IS_ENABLED(CONFIG_IMMUNITY))
		return;
	connect_up();
	welcome(0, 0);
	offer("2001:db8::/64", 60);
	assert_int_equal(actions[UPLINK_IMMUNITY], 1);
	assert_int_equal(act.origin, ORIGIN_IMMUNITY);
	assert_int_equal(act.args.verb, VERB_BAN);
	assert_int_equal(act.args.addr.family, 6);
	assert_int_equal(act.args.addr.prefix, 64);
	assert_int_equal(act.args.duration_s, 60);
	assert_int_equal(actions[UPLINK_CLOSE], 0);
	offer("198.51.100.7/33", 60);
	assert_int_equal(actions[UPLINK_IMMUNITY], 1);
	assert_int_equal(actions[UPLINK_CLOSE], 1);
}

static void frames_may_come_byte_by_byte(void **state)
{
	Caltrop__V1__Welcome body = CALTROP__V1__WELCOME__INIT;
	to_device message = CALTROP__V1__TO_DEVICE__INIT;
	struct uplink_health health;
	uint8_t bytes[64];

	(void)state;
	connect_up();
	message.body_case = CALTROP__V1__TO_DEVICE__BODY_WELCOME;
	message.welcome = &body;
	body.window_bytes = 100000;
	size_t len = caltrop__v1__to_device__pack(&message, bytes + FRAME_HEADER);

	frame_header(bytes, len);
	for (size_t i = 0; i < len + FRAME_HEADER; i++) {
		uplink_health(u, &health);
		assert_false(health.welcome);
		uplink_feed(u, (struct str){(char *)bytes + i, 1}, now);
		drain();
	}
	uplink_health(u, &health);
	assert_true(health.welcome);
}

static void too_long_a_frame_ends_the_link_at_its_header(void **state)
{
	(void)state;
	connect_up();
	welcome(0, 0);
	uplink_feed(u, (struct str){"\x00\x00\x40\x01", 4}, now);
	drain();
	assert_int_equal(actions[UPLINK_CLOSE], 1);
	assert_non_null(strstr(closed, "too long"));
}

static void bytes_that_are_no_message_end_the_link(void **state)
{
	(void)state;
	connect_up();
	uplink_feed(u, (struct str){"\x00\x00\x00\x03\xff\xff\xff", 7}, now);
	drain();
	assert_int_equal(actions[UPLINK_CLOSE], 1);
}

static void backlog_of_retries_spreads_and_stays_bounded(void **state)
{
	int64_t longest = 0;

	(void)state;
	uplink_start(u, now);
	drain();
	for (unsigned i = 0; i < 40; i++) {
		uplink_disconnected(u, "refused", now);
		int64_t delay = uplink_deadline(u) - now.mono_us;

		assert_true(delay >= 100 * MS_US && delay <= 5 * MINUTE_US);
		if (i == 0)
			assert_true(delay <= 2 * SECOND_US);
		longest = delay > longest ? delay : longest;
		now.mono_us = uplink_deadline(u);
		uplink_tick(u, now);
		drain();
	}
	assert_true(longest > MINUTE_US);
	assert_int_equal(actions[UPLINK_CONNECT], 41);
}

static void idle_link_is_kept_alive_and_silence_ends_it(void **state)
{
	(void)state;
	connect_up();
	welcome(0, 0);
	assert_int_equal(uplink_deadline(u), now.mono_us + 30 * SECOND_US);
	now.mono_us = uplink_deadline(u);
	uplink_tick(u, now);
	drain();
	assert_int_equal(sent[sent_count - 1]->body_case, CALTROP__V1__TO_SERVER__BODY_PING);
	while (actions[UPLINK_CLOSE] == 0) {
		now.mono_us = uplink_deadline(u);
		uplink_tick(u, now);
		drain();
	}
	assert_non_null(strstr(closed, "does not answer"));
}

static void answered_link_stays_up(void **state)
{
	(void)state;
	connect_up();
	welcome(0, 0);
	put(1, 100);
	drain();
	ack(1);
	/* Long after the last acknowledgement nothing but a ping is due. */
	now.mono_us = uplink_deadline(u);
	uplink_tick(u, now);
	drain();
	assert_int_equal(sent[sent_count - 1]->body_case, CALTROP__V1__TO_SERVER__BODY_PING);
	now.mono_us += UPLINK_ANSWER_US - 1;
	uplink_tick(u, now);
	drain();
	assert_int_equal(actions[UPLINK_CLOSE], 0);
}

static void revoked_identity_stops_trying(void **state)
{
	Caltrop__V1__Goodbye body = CALTROP__V1__GOODBYE__INIT;
	to_device message = CALTROP__V1__TO_DEVICE__INIT;

	(void)state;
	connect_up();
	welcome(0, 0);
	body.reason = (char *)(uintptr_t) "revoked by ops";
	body.revoked = true;
	message.body_case = CALTROP__V1__TO_DEVICE__BODY_GOODBYE;
	message.goodbye = &body;
	say(&message);
	assert_int_equal(actions[UPLINK_REVOKED], 1);
	assert_int_equal(actions[UPLINK_CLOSE], 1);
	assert_int_equal(uplink_deadline(u), INT64_MAX);
	uplink_start(u, now);
	drain();
	assert_int_equal(actions[UPLINK_CONNECT], 2);
}

static void one_who_is_not_known_asks_for_ever(void **state)
{
	Caltrop__V1__Goodbye body = CALTROP__V1__GOODBYE__INIT;
	to_device message = CALTROP__V1__TO_DEVICE__INIT;
	struct uplink_health health;

	(void)state;
	body.reason = (char *)(uintptr_t) "the device is not known here";
	message.body_case = CALTROP__V1__TO_DEVICE__BODY_GOODBYE;
	message.goodbye = &body;
	connect_up();
	for (unsigned i = 0; i < 40; i++) {
		say(&message);
		int64_t delay = uplink_deadline(u) - now.mono_us;

		assert_true(delay >= BACKOFF_MIN_US && delay <= BACKOFF_MAX_US);
		uplink_health(u, &health);
		assert_string_equal(health.last_error, "the device is not known here");
		now.mono_us += delay;
		uplink_tick(u, now);
		uplink_connected(u, now);
		drain();
	}
	assert_int_equal(actions[UPLINK_REVOKED], 0);
	welcome(0, 0);
	uplink_health(u, &health);
	assert_true(health.welcome);
}

static void goodbye_says_when_to_come_back(void **state)
{
	Caltrop__V1__Goodbye body = CALTROP__V1__GOODBYE__INIT;
	to_device message = CALTROP__V1__TO_DEVICE__INIT;

	(void)state;
	connect_up();
	welcome(0, 0);
	body.retry_s = 120;
	message.body_case = CALTROP__V1__TO_DEVICE__BODY_GOODBYE;
	message.goodbye = &body;
	say(&message);
	int64_t delay = uplink_deadline(u) - now.mono_us;

	assert_true(delay >= 120 * SECOND_US && delay <= 151 * SECOND_US);
}

static void certificate_is_renewed_at_two_thirds(void **state)
{
	Caltrop__V1__RenewReply body = CALTROP__V1__RENEW_REPLY__INIT;
	to_device message = CALTROP__V1__TO_DEVICE__INIT;
	int64_t wall_s = now.wall_us / SECOND_US;
	uint8_t certificate[500] = {3};

	(void)state;
	uplink_validity(u, wall_s - 100, wall_s + 200);
	connect_up();
	welcome(0, 0);
	assert_int_equal(actions[UPLINK_MAKE_CSR], 0);
	now.wall_us += 101 * SECOND_US;
	now.mono_us += 29 * SECOND_US;
	uplink_tick(u, now);
	drain();
	assert_int_equal(actions[UPLINK_MAKE_CSR], 1);
	uplink_csr(u, STR("csr"), now);
	drain();
	assert_int_equal(sent[sent_count - 1]->body_case, CALTROP__V1__TO_SERVER__BODY_RENEW);
	body.certificate = (ProtobufCBinaryData){sizeof(certificate), certificate};
	message.body_case = CALTROP__V1__TO_DEVICE__BODY_RENEWED;
	message.renewed = &body;
	say(&message);
	assert_int_equal(actions[UPLINK_CERTIFICATE], 1);
	say(&message);
	assert_int_equal(actions[UPLINK_CERTIFICATE], 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(session_begins_with_hello_and_sends_what_waits),
		TEST(sending_resumes_behind_what_the_service_has),
		TEST(window_bounds_what_is_in_flight),
		TEST(record_larger_than_the_window_still_goes),
		TEST(transport_backlog_stops_production),
		TEST(acknowledgement_of_what_was_never_sent_ends_the_link),
		TEST(numbers_that_others_used_are_given_up),
		TEST(order_reaches_the_core_whole),
		TEST(ban_of_the_group_reaches_the_core_and_what_is_no_address_ends_the_link),
		TEST(frames_may_come_byte_by_byte),
		TEST(too_long_a_frame_ends_the_link_at_its_header),
		TEST(bytes_that_are_no_message_end_the_link),
		TEST(backlog_of_retries_spreads_and_stays_bounded),
		TEST(idle_link_is_kept_alive_and_silence_ends_it),
		TEST(answered_link_stays_up),
		TEST(revoked_identity_stops_trying),
		TEST(one_who_is_not_known_asks_for_ever),
		TEST(goodbye_says_when_to_come_back),
		TEST(certificate_is_renewed_at_two_thirds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
