/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Receipts between the chain's file and a core that is slow, gone or new: each comes once and in order, and what is
 * signed speaks for what was sent. Needs no root.
 */
#include "agent/actor/verb/proof.h"

#include "agent/actor/verb/act.h"
#include "agent/base/clock.h"
#include "agent/base/require.h"
#include "tests/unit/agent/actor/bare.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#define PATIENCE_MS 5000
#define LATER_US (60 * SECOND_US)

static union actor_message said;

static int set_up(void **state)
{
	(void)state;
	bare_start(&bare);
	mandate_refresh(&bare.actor.mandate, bare.actor.trust_path);
	proof_open(&bare.actor);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	close(bare.actor.proof.chain.fd);
	bare_end(&bare);
	return 0;
}

static void send_one(uint32_t count)
{
	struct actor_receipt r = {
		.header.request_id = 7, .origin = ORIGIN_LOCAL, .result = RECEIPT_DONE, .count = count};

	act_send(&bare.actor, &r);
}

/* The next receipt's number, 0: there is none now. */
static uint32_t next(void)
{
	return bare_receipt(&bare, &said) ? said.receipt.count : 0;
}

/* Until the socket takes no more and half of the outbox waits. */
static unsigned block(void)
{
	unsigned sent = 0;

	while (bare.actor.outbox_count < ACTOR_OUTBOX_MAX / 2)
		send_one(++sent);
	return sent;
}

static void receipts_of_a_slow_core_wait_in_the_file_and_come_in_order(void **state)
{
	struct actor *a = &bare.actor;
	unsigned sent = block(), got = 0;

	(void)state;
	for (unsigned i = 0; i < 5; i++)
		send_one(++sent);
	assert_int_equal(a->outbox_count, ACTOR_OUTBOX_MAX / 2);
	assert_true(a->proof.sent < a->proof.chain.number);
	/* Nothing to wake up for before the core reads. */
	assert_true(proof_next_us(a) == INT64_MAX);
	proof_continue(a, clock_mono_us() + LATER_US);
	assert_int_equal(a->worker.signing, 0);
	for (unsigned i = 0; i < 2 * sent && got < sent; i++) {
		uint32_t number = next();

		if (number == 0) {
			assert_true(proof_next_us(a) == INT64_MIN);
			proof_continue(a, clock_mono_us());
			continue;
		}
		assert_int_equal(number, ++got);
		assert_int_equal(said.header.request_id, 7);
	}
	assert_int_equal(got, sent);
	assert_int_equal(a->outbox_dropped, 0);
}

static void next_core_gets_what_the_last_had_not_recorded(void **state)
{
	struct actor *a = &bare.actor;
	uint64_t second;

	(void)state;
	send_one(1);
	send_one(2);
	assert_int_equal(next(), 1);
	assert_int_equal(next(), 2);
	second = said.receipt.place.seq;
	send_one(3);
	assert_int_equal(proof_recorded(a, second), ERR_OK);
	assert_int_equal(proof_recorded(a, second + 1000000000), ERR_PROTOCOL);
	actor_core_gone(a, proof_core_gone(a));
	while (next() != 0)
		continue;
	proof_continue(a, clock_mono_us());
	assert_int_equal(next(), 3);
	/* That core did not ask for it. */
	assert_int_equal(said.header.request_id, 0);
	assert_int_equal(next(), 0);
}

static void receipt_whose_record_is_damaged_is_lost_alone(void **state)
{
	struct actor *a = &bare.actor;
	off_t place = CHAIN_FILE_FIRST + 2 * CHAIN_FILE_SLOT + 100;

	(void)state;
	for (uint32_t i = 1; i <= 3; i++)
		send_one(i);
	while (next() != 0)
		continue;
	require(pwrite(a->proof.chain.fd, "damage", 6, place) == 6);
	assert_true(proof_core_gone(a));
	proof_continue(a, clock_mono_us());
	assert_int_equal(next(), 1);
	assert_int_equal(next(), 3);
	assert_int_equal(next(), 0);
}

static bool take_result(struct worker_result *result)
{
	struct pollfd p = {bare.actor.worker.results, POLLIN, 0};

	return poll(&p, 1, PATIENCE_MS) == 1 && worker_take(&bare.actor.worker, result);
}

static void head_is_signed_once_for_what_was_sent(void **state)
{
	struct actor *a = &bare.actor;
	struct worker_result result;
	struct actor_head head;

	(void)state;
	assert_true(proof_next_us(a) == INT64_MAX);
	send_one(1);
	assert_true(proof_next_us(a) < clock_mono_us() + LATER_US);
	proof_continue(a, clock_mono_us() + LATER_US);
	assert_int_equal(a->worker.signing, 1);
	assert_true(proof_next_us(a) == INT64_MAX);
	assert_true(take_result(&result));
	assert_true(proof_signed(a, &result, &head));
	assert_int_equal(head.header.type, ACTOR_HEAD);
	assert_true(head.seq == a->proof.chain.seq && head.signature_len > 0);
	proof_continue(a, clock_mono_us() + LATER_US);
	assert_int_equal(a->worker.signing, 0);
}

static void head_of_a_core_that_is_gone_is_signed_again_for_the_next(void **state)
{
	struct actor *a = &bare.actor;
	struct worker_result result;
	struct actor_head head;

	(void)state;
	send_one(1);
	proof_continue(a, clock_mono_us() + LATER_US);
	assert_true(take_result(&result));
	assert_true(proof_core_gone(a));
	/* The next core has not got the receipt yet. */
	assert_false(proof_signed(a, &result, &head));
	while (next() != 0)
		continue;
	proof_continue(a, clock_mono_us() + LATER_US);
	assert_int_equal(next(), 1);
	assert_int_equal(a->worker.signing, 1);
	assert_true(take_result(&result));
	assert_true(proof_signed(a, &result, &head));
	/* A signature that failed is none. */
	result.err = ERR_CRYPTO;
	assert_false(proof_signed(a, &result, &head));
}

static void device_that_is_not_enrolled_signs_nothing(void **state)
{
	struct actor *a = &bare.actor;

	(void)state;
	a->mandate.trust_state = ERR_NOT_FOUND;
	send_one(1);
	assert_true(proof_next_us(a) == INT64_MAX);
	proof_continue(a, clock_mono_us() + LATER_US);
	assert_int_equal(a->worker.signing, 0);
	assert_int_equal(next(), 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(receipts_of_a_slow_core_wait_in_the_file_and_come_in_order),
		TEST(next_core_gets_what_the_last_had_not_recorded),
		TEST(receipt_whose_record_is_damaged_is_lost_alone),
		TEST(head_is_signed_once_for_what_was_sent),
		TEST(head_of_a_core_that_is_gone_is_signed_again_for_the_next),
		TEST(device_that_is_not_enrolled_signs_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
