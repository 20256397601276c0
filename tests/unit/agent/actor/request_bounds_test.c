/* SPDX-License-Identifier: Apache-2.0 */
/* Requests at the bounds of what an actor takes: members out of range, too many orders, a state that shrinks while it
 * is told. Needs no root. */
#include "agent/actor/request.h"

#include "agent/base/require.h"
#include "tests/unit/agent/actor/bare.h"
#include "tests/unit/agent/actor/guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <time.h>

#define BANS 600

static union actor_message said;

static void source_requests_out_of_range_are_a_breach_of_protocol(void **state)
{
	struct actor_source good, m;

	(void)state;
	memset(&good, 0, sizeof(good));
	good.header = (struct actor_header){MESSAGE_VERSION, ACTOR_SOURCE, sizeof(good), 8};
	m = good;
	m.sibling = 2;
	assert_int_equal(request_handle(&bare.actor, &m, sizeof(m)), ERR_PROTOCOL);
	m = good;
	m.next = 2;
	assert_int_equal(request_handle(&bare.actor, &m, sizeof(m)), ERR_PROTOCOL);
	m = good;
	memset(m.name, 'n', sizeof(m.name));
	assert_int_equal(request_handle(&bare.actor, &m, sizeof(m)), ERR_PROTOCOL);
	assert_false(bare_next(&bare, &said));
}

static void owners_are_asked_only_where_the_network_is_watched_and_of_sockets(void **state)
{
	struct actor_owner m = {.header = {MESSAGE_VERSION, ACTOR_OWNER, sizeof(m), 8}, .inode = 1};

	(void)state;
	assert_int_equal(request_handle(&bare.actor, &m, sizeof(m)), ERR_PROTOCOL);
	bare.actor.settings.network = true;
	m.inode = 0;
	assert_int_equal(request_handle(&bare.actor, &m, sizeof(m)), ERR_PROTOCOL);
	assert_false(bare_next(&bare, &said));
	m.inode = 1;
	for (unsigned i = 0; i < OWNERS_MAX; i++)
		assert_int_equal(request_handle(&bare.actor, &m, sizeof(m)), ERR_OK);
	assert_false(bare_next(&bare, &said));
	assert_int_equal(request_handle(&bare.actor, &m, sizeof(m)), ERR_OK);
	assert_true(bare_next(&bare, &said));
	assert_int_equal(said.header.type, ACTOR_OWNER_ANSWER);
	assert_int_equal(said.owner_answer.err, ERR_BUSY);
	owners_forget(&bare.actor.owners);
}

static const struct actor_receipt *order(const struct order *o)
{
	struct actor_order m;

	guard_order_sign(&m, o, &bare.order_key);
	assert_int_equal(request_handle(&bare.actor, &m, sizeof(m)), ERR_OK);
	return bare_receipt(&bare, &said);
}

static struct order unban(void)
{
	struct verb_args args = {.verb = VERB_UNBAN, .addr = {4, 32, {198, 51, 100, 7}}};

	return guard_order_of(&args);
}

static void orders_are_refused_when_none_more_can_be_remembered(void **state)
{
	struct mandate *m = &bare.actor.mandate;
	struct order o = unban();
	const struct actor_receipt *r;

	(void)state;
	for (unsigned i = 0; i < MANDATE_SEEN_MAX; i++) {
		m->seen[i].id[0] = 0xee;
		memcpy(m->seen[i].id + 1, &i, sizeof(i));
		m->seen[i].until_s = time(NULL) + 60;
	}
	m->seen_count = MANDATE_SEEN_MAX;
	r = order(&o);
	assert_non_null(r);
	assert_int_equal(r->result, RECEIPT_REFUSED);
	assert_int_equal(r->err, ERR_FULL);
	assert_non_null(strstr(r->text, "orders are remembered already"));
	/* Those that cannot come again make room. */
	m->seen[7].until_s = time(NULL) - 2 * 86400;
	r = order(&o);
	assert_non_null(r);
	assert_int_not_equal(r->err, ERR_FULL);
}

static void order_that_was_taken_and_of_which_nothing_is_known_is_refused(void **state)
{
	struct order o = unban();
	const struct actor_receipt *r;

	(void)state;
	assert_int_equal(mandate_remember(&bare.actor.mandate, o.id, o.not_after_s, time(NULL)), ERR_OK);
	r = order(&o);
	assert_non_null(r);
	assert_int_equal(r->result, RECEIPT_REFUSED);
	assert_int_equal(r->err, ERR_REPLAYED);
	assert_non_null(strstr(r->text, "the order was taken before"));
}

static struct verb_args ban_of(unsigned i)
{
	return (struct verb_args){.verb = VERB_BAN, .addr = {4, 32, {198, 18, (uint8_t)(i >> 8), (uint8_t)i}}};
}

static void effects_that_end_while_they_are_told_are_told_of_no_more(void **state)
{
	struct actor_header ready = {MESSAGE_VERSION, ACTOR_READY, sizeof(ready), 8};
	struct ledger *l = &bare.actor.ledger;
	unsigned told = 0, synced = 0, left;

	(void)state;
	for (unsigned i = 0; i < BANS; i++) {
		struct verb_args args = ban_of(i);

		assert_non_null(ledger_put(l, &args));
	}
	assert_int_equal(request_handle(&bare.actor, &ready, sizeof(ready)), ERR_OK);
	left = bare.actor.effects_to_send;
	assert_true(left > 10);
	/* All but a few of those that are still to be told. */
	while (l->count > 5)
		ledger_remove(l, &l->rows[l->count - 1]);
	for (unsigned i = 0; i < 4 * BANS && bare_next(&bare, &said); i++) {
		told += said.header.type == ACTOR_EFFECT;
		synced += said.header.type == ACTOR_SYNCED;
		request_continue(&bare.actor);
	}
	assert_int_equal(told, BANS - left + 5);
	assert_int_equal(synced, 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, bare_set_up, bare_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(source_requests_out_of_range_are_a_breach_of_protocol),
		TEST(owners_are_asked_only_where_the_network_is_watched_and_of_sockets),
		TEST(orders_are_refused_when_none_more_can_be_remembered),
		TEST(order_that_was_taken_and_of_which_nothing_is_known_is_refused),
		TEST(effects_that_end_while_they_are_told_are_told_of_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
