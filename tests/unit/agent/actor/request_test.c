/* SPDX-License-Identifier: Apache-2.0 */
/* What a core may say: every message is checked again, and a full socket loses no answer. Needs no root. */
#include "agent/actor/request.h"

#include "agent/common/core_fds.h"
#include "tests/unit/agent/actor/bare.h"
#include "tests/unit/agent/actor/guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static union actor_message said;

static struct actor_header header_of(uint16_t type, size_t len)
{
	return (struct actor_header){MESSAGE_VERSION, type, (uint32_t)len, 8};
}

static struct actor_act act_of(uint16_t verb)
{
	struct actor_act m;

	memset(&m, 0, sizeof(m));
	m.header = header_of(ACTOR_ACT, sizeof(m));
	m.origin = ORIGIN_LOCAL;
	m.args.verb = verb;
	return m;
}

static void assert_breach(const void *message, size_t len)
{
	assert_int_equal(request_handle(&bare.actor, message, len), ERR_PROTOCOL);
	assert_false(bare_next(&bare, &said));
}

static void messages_of_another_shape_are_a_breach_of_protocol(void **state)
{
	struct actor_act m = act_of(VERB_BAN);

	(void)state;
	assert_breach(&m, sizeof(m.header) - 1);
	assert_breach(&m, sizeof(m) - 1);
	m.header.version++;
	assert_breach(&m, sizeof(m));
	m = act_of(VERB_BAN);
	m.header.length--;
	assert_breach(&m, sizeof(m));
	/* Of the right form, but no core's to say. */
	for (uint16_t type = 0; type < 64; type++) {
		static union {
			struct actor_header header;
			char bytes[16384];
		} any;
		size_t len = message_length(type);

		if (type < ACTOR_RECEIPT && len > 0)
			continue;
		memset(&any, 0, sizeof(any));
		any.header = header_of(type, len);
		assert_breach(&any, len ? len : sizeof(any.header));
	}
}

static void requests_of_nobody_are_a_breach_of_protocol(void **state)
{
	struct actor_act m = act_of(VERB_BAN);

	(void)state;
	m.origin = ORIGIN_ORDER;
	assert_breach(&m, sizeof(m));
	m = act_of(VERB_BAN);
	m.observe = 2;
	assert_breach(&m, sizeof(m));
	m = act_of(VERB_BAN);
	memset(m.rule, 'r', sizeof(m.rule));
	assert_breach(&m, sizeof(m));
	m = act_of(VERB_RESET);
	memset(m.args.account, 'a', sizeof(m.args.account));
	assert_breach(&m, sizeof(m));
}

static void orders_and_bundles_that_overrun_are_a_breach_of_protocol(void **state)
{
	static struct actor_order order;
	static struct actor_trust trust;

	(void)state;
	order.header = header_of(ACTOR_ORDER, sizeof(order));
	order.order_len = MESSAGE_ORDER_MAX + 1;
	assert_breach(&order, sizeof(order));
	order.order_len = 0;
	order.signature_count = MESSAGE_SIGNATURES_MAX + 1;
	assert_breach(&order, sizeof(order));
	order.signature_count = 1;
	order.signatures[0].len = MESSAGE_SIGNATURE_MAX + 1;
	assert_breach(&order, sizeof(order));
	trust.header = header_of(ACTOR_TRUST, sizeof(trust));
	trust.len = sizeof(trust.bytes) + 1;
	assert_breach(&trust, sizeof(trust));
}

static void requests_without_sense_are_refused_with_the_reason(void **state)
{
	struct actor_act m = act_of(VERB_RESET);

	(void)state;
	assert_int_equal(request_handle(&bare.actor, &m, sizeof(m)), ERR_OK);
	assert_true(bare_next(&bare, &said));
	assert_int_equal(said.header.type, ACTOR_RECEIPT);
	assert_int_equal(said.receipt.header.request_id, 8);
	assert_int_equal(said.receipt.result, RECEIPT_REFUSED);
	assert_non_null(strstr(said.receipt.text, "reset needs one of account, name"));
}

/* -- orders -- */

static const struct actor_receipt *order(const struct order *o)
{
	struct actor_order m;

	guard_order_sign(&m, o, &bare.order_key);
	assert_int_equal(request_handle(&bare.actor, &m, sizeof(m)), ERR_OK);
	for (unsigned i = 0; i < 5; i++)
		run_continue(&bare.actor);
	return bare_receipt(&bare, &said);
}

static struct order order_of(uint16_t verb)
{
	struct verb_args args = {.verb = verb};

	if (verb == VERB_UNBAN)
		args.addr = (struct addr){4, 32, {198, 51, 100, 7}};
	return guard_order_of(&args);
}

static void an_order_that_came_before_is_answered_as_it_was(void **state)
{
	struct order o = order_of(VERB_UNBAN);
	const struct actor_receipt *r = order(&o);
	struct actor_receipt first;

	(void)state;
	assert_non_null(r);
	first = *r;
	assert_int_equal(first.repeat, 0);
	r = order(&o);
	assert_non_null(r);
	assert_int_equal(r->repeat, 1);
	assert_int_equal(r->result, first.result);
	assert_int_equal(r->outcome, first.outcome);
	assert_string_equal(r->text, first.text);
}

static void orders_are_refused_when_as_many_are_under_way(void **state)
{
	struct order o = order_of(VERB_UNBAN);
	const struct actor_receipt *r;

	(void)state;
	for (unsigned i = 0; i < RUNS_MAX; i++)
		bare.actor.runs[i] = (struct run){.order = {.step_count = 1}, .waits = true};
	r = order(&o);
	assert_non_null(r);
	assert_int_equal(r->err, ERR_BUSY);
	assert_non_null(strstr(r->text, "4 orders are under way"));
	/* It was not remembered, so it may be sent again. */
	memset(bare.actor.runs, 0, sizeof(bare.actor.runs));
	r = order(&o);
	assert_non_null(r);
	assert_int_not_equal(r->err, ERR_BUSY);
	assert_int_equal(r->repeat, 0);
}

static void orders_without_a_journal_are_refused_unless_they_take_back(void **state)
{
	struct order o = order_of(VERB_RESET);
	const struct actor_receipt *r;

	(void)state;
	memcpy(o.steps[0].args.account, "bob", 4);
	journal_close(&bare.actor.journal);
	r = order(&o);
	assert_non_null(r);
	assert_int_equal(r->result, RECEIPT_REFUSED);
	assert_non_null(strstr(r->text, "the journal cannot remember the order"));
	o = order_of(VERB_UNBAN);
	r = order(&o);
	assert_non_null(r);
	assert_null(strstr(r->text, "the journal cannot remember the order"));
	assert_int_equal(bare.actor.health.journal != ERR_OK, true);
}

static void orders_to_a_device_that_is_not_enrolled_are_refused(void **state)
{
	struct order o = order_of(VERB_UNBAN);
	const struct actor_receipt *r;
	char path[128];

	(void)state;
	bare_put(&bare, "trust/device_id", "no number");
	r = order(&o);
	assert_non_null(r);
	assert_int_equal(r->err, ERR_UNTRUSTED);
	assert_non_null(strstr(r->text, "the trust bundle of this device cannot be read"));
	snprintf(path, sizeof(path), "%s/trust/device_id", bare.dir);
	assert_int_equal(unlink(path), 0);
	r = order(&o);
	assert_non_null(r);
	assert_int_equal(r->err, ERR_UNTRUSTED);
	assert_non_null(strstr(r->text, "not enrolled"));
}

/* -- a core that does not read -- */

static unsigned fill(void)
{
	union actor_message m;
	unsigned sent = 0;

	memset(&m, 0, sizeof(m));
	m.header = header_of(ACTOR_HEALTH, sizeof(m.health));
	while (bare.actor.outbox_count == 0) {
		m.header.request_id = ++sent;
		actor_send(&bare.actor, &m);
	}
	return sent;
}

static void what_a_slow_core_cannot_take_comes_later_in_order(void **state)
{
	unsigned sent = fill();

	(void)state;
	for (unsigned i = 1; i <= sent; i++) {
		assert_true(bare_next(&bare, &said));
		assert_int_equal(said.header.request_id, i);
	}
	assert_false(bare_next(&bare, &said));
}

static void what_finds_no_room_is_dropped_and_counted(void **state)
{
	union actor_message m;

	(void)state;
	(void)fill();
	memset(&m, 0, sizeof(m));
	m.header = header_of(ACTOR_HEALTH, sizeof(m.health));
	for (unsigned i = 1; i < ACTOR_OUTBOX_MAX + 3; i++)
		actor_send(&bare.actor, &m);
	assert_int_equal(bare.actor.outbox_count, ACTOR_OUTBOX_MAX);
	assert_int_equal(bare.actor.outbox_dropped, 3);
}

static void a_source_asked_for_by_a_slow_core_is_answered_later(void **state)
{
	struct actor_source m;
	bool answered = false;

	(void)state;
	(void)fill();
	bare.actor.child.fds[CORE_FD_INOTIFY] = inotify_init1(IN_CLOEXEC);
	memset(&m, 0, sizeof(m));
	m.header = header_of(ACTOR_SOURCE, sizeof(m));
	m.index = SETTINGS_FILES_MAX;
	assert_int_equal(request_handle(&bare.actor, &m, sizeof(m)), ERR_OK);
	assert_int_equal(bare.actor.held.header.type, ACTOR_SOURCE);
	/* Still no room. */
	request_continue(&bare.actor);
	assert_int_equal(bare.actor.held.header.type, ACTOR_SOURCE);
	while (bare_next(&bare, &said))
		continue;
	request_continue(&bare.actor);
	assert_int_equal(bare.actor.held.header.type, 0);
	while (recv(bare.core, &said, sizeof(said), MSG_DONTWAIT) > 0)
		answered = answered || said.header.type == ACTOR_SOURCE;
	assert_true(answered);
	close(bare.actor.child.fds[CORE_FD_INOTIFY]);
}

static void effects_in_force_are_told_to_a_core_as_it_takes_them(void **state)
{
	struct actor_header ready = header_of(ACTOR_READY, sizeof(ready));
	unsigned effects = 0, synced = 0;

	(void)state;
	for (unsigned i = 0; i < 600; i++) {
		struct verb_args args = {.verb = VERB_BAN, .addr = {4, 32, {198, 18, (uint8_t)(i >> 8), (uint8_t)i}}};

		assert_non_null(ledger_put(&bare.actor.ledger, &args));
	}
	assert_int_equal(request_handle(&bare.actor, &ready, sizeof(ready)), ERR_OK);
	for (unsigned i = 0; i < 2000; i++) {
		if (!bare_next(&bare, &said))
			break;
		assert_int_equal(synced, 0);
		effects += said.header.type == ACTOR_EFFECT;
		synced += said.header.type == ACTOR_SYNCED;
		request_continue(&bare.actor);
	}
	assert_int_equal(effects, 600);
	assert_int_equal(synced, 1);
}

static void receipts_for_a_core_that_ended_go_to_the_next_one(void **state)
{
	union actor_message m;
	unsigned receipts = 0;

	(void)state;
	(void)fill();
	memset(&m, 0, sizeof(m));
	m.header = header_of(ACTOR_RECEIPT, sizeof(m.receipt));
	for (unsigned i = 0; i < 3; i++)
		actor_send(&bare.actor, &m);
	actor_core_gone(&bare.actor, false);
	assert_int_equal(bare.actor.outbox_count, 3);
	while (bare_next(&bare, &said))
		if (said.header.type == ACTOR_RECEIPT) {
			/* It did not ask for them. */
			assert_int_equal(said.header.request_id, 0);
			receipts++;
		}
	assert_int_equal(receipts, 3);
	(void)fill();
	actor_send(&bare.actor, &m);
	/* The chain's file has them all. */
	actor_core_gone(&bare.actor, true);
	assert_int_equal(bare.actor.outbox_count, 0);
}

static void a_core_that_is_gone_takes_nothing(void **state)
{
	int socket = bare.actor.child.socket;
	union actor_message m;

	(void)state;
	memset(&m, 0, sizeof(m));
	m.header = header_of(ACTOR_HEALTH, sizeof(m.health));
	bare.actor.child.socket = -1;
	actor_send(&bare.actor, &m);
	assert_int_equal(bare.actor.outbox_count, 1);
	assert_int_equal(actor_flush(&bare.actor), ERR_CLOSED);
	bare.actor.child.socket = socket;
	assert_true(bare_next(&bare, &said));
}

static void health_is_told_when_it_is_news_to_a_core_that_is_ready(void **state)
{
	struct actor *a = &bare.actor;

	(void)state;
	a->health.journal = ERR_NO_SPACE;
	actor_send_health(a);
	assert_false(bare_next(&bare, &said));
	a->ready = true;
	actor_send_health(a);
	assert_true(bare_next(&bare, &said));
	assert_int_equal(said.health.journal, ERR_NO_SPACE);
	actor_send_health(a);
	assert_false(bare_next(&bare, &said));
	for (unsigned i = 0; i < 8; i++) {
		switch (i) {
		case 0: a->health.accounts = ERR_DENIED; break;
		case 1: a->child.starts = 3; break;
		case 2: a->health.reconciled++; break;
		case 3: a->health.trust = ERR_CORRUPT; break;
		case 4: a->health.stuck = ERR_BUSY; break;
		case 5: a->health.effects_lost++; break;
		case 6: a->health.trust_refused = ERR_UNTRUSTED; break;
		default: snprintf(a->health.trust_why, sizeof(a->health.trust_why), "why");
		}
		actor_send_health(a);
		assert_true(bare_next(&bare, &said));
		assert_false(bare_next(&bare, &said));
	}
}

static void what_is_wrong_with_the_journal_is_in_health(void **state)
{
	struct actor *a = &bare.actor;

	(void)state;
	actor_note_journal(a, ERR_OK);
	assert_int_equal(a->health.journal, ERR_OK);
	a->journal.unknown = 1;
	actor_note_journal(a, ERR_OK);
	assert_int_equal(a->health.journal, ERR_CORRUPT);
	a->journal.reserve = ERR_NO_SPACE;
	actor_note_journal(a, ERR_OK);
	assert_int_equal(a->health.journal, ERR_NO_SPACE);
	a->forgets = true;
	actor_note_journal(a, ERR_OK);
	assert_int_equal(a->health.journal, ERR_READ_ONLY);
	actor_note_journal(a, ERR_IO);
	assert_int_equal(a->health.journal, ERR_IO);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, bare_set_up, bare_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(messages_of_another_shape_are_a_breach_of_protocol),
		TEST(requests_of_nobody_are_a_breach_of_protocol),
		TEST(orders_and_bundles_that_overrun_are_a_breach_of_protocol),
		TEST(requests_without_sense_are_refused_with_the_reason),
		TEST(an_order_that_came_before_is_answered_as_it_was),
		TEST(orders_are_refused_when_as_many_are_under_way),
		TEST(orders_without_a_journal_are_refused_unless_they_take_back),
		TEST(orders_to_a_device_that_is_not_enrolled_are_refused),
		TEST(what_a_slow_core_cannot_take_comes_later_in_order),
		TEST(what_finds_no_room_is_dropped_and_counted),
		TEST(a_source_asked_for_by_a_slow_core_is_answered_later),
		TEST(effects_in_force_are_told_to_a_core_as_it_takes_them),
		TEST(receipts_for_a_core_that_ended_go_to_the_next_one),
		TEST(a_core_that_is_gone_takes_nothing),
		TEST(health_is_told_when_it_is_news_to_a_core_that_is_ready),
		TEST(what_is_wrong_with_the_journal_is_in_health),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
