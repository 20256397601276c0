/* SPDX-License-Identifier: Apache-2.0 */
/* A real caltropd chains its receipts and signs the chain, with a key that the core's user cannot read. */
#include "agent/base/require.h"
#include "agent/common/receipt.h"
#include "agent/common/receipt_key.h"
#include "tests/unit/agent/actor/guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static struct guard guard;
static struct key_der order_key;
static bool possible;

static int set_up(void **state)
{
	(void)state;
	possible = guard_prepare(&guard);
	if (!possible)
		return 0;
	guard_trust(&guard, &order_key);
	guard_start(&guard);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	if (!possible)
		return 0;
	guard_end(&guard);
	return 0;
}

static struct actor_receipt ban(uint8_t last)
{
	const struct verb_args args = {.verb = VERB_BAN, .duration_s = 60, .addr = {4, 32, {198, 51, 100, last}}};
	const struct actor_receipt *r = guard_act(&guard, &args, ORIGIN_RULE);

	assert_non_null(r);
	return *r;
}

static void hash_of(const struct actor_receipt *r, uint8_t hash[CHAIN_HASH])
{
	uint8_t memory[RECEIPT_BYTES_MAX];
	struct buf b = buf_over(memory, sizeof(memory));

	receipt_put(&b, r);
	assert_false(b.overflow);
	chain_hash(&r->place, buf_str(&b), hash);
}

static void assert_behind(const struct actor_receipt *r, const struct actor_receipt *before)
{
	uint8_t hash[CHAIN_HASH];

	hash_of(before, hash);
	assert_true(r->place.seq == before->place.seq + 1 && r->place.prev_seq == before->place.seq);
	assert_memory_equal(r->place.prev, hash, CHAIN_HASH);
}

/* The signed head of that receipt; signatures of places before it are passed over. */
static void assert_signed(const struct actor_receipt *r)
{
	uint8_t hash[CHAIN_HASH], statement[CHAIN_STATEMENT];
	const struct actor_head *head = &guard.message.head;

	do
		assert_true(guard_wait(&guard, ACTOR_HEAD));
	while (head->seq < r->place.seq);
	hash_of(r, hash);
	chain_statement(r->place.seq, hash, statement);
	assert_int_equal(key_verify(&head->key, statement, sizeof(statement), head->signature, head->signature_len),
			 ERR_OK);
}

static void receipts_follow_one_another_and_the_last_place_is_signed(void **state)
{
	struct actor_receipt first, second, third;

	(void)state;
	if (!possible)
		skip();
	first = ban(1);
	second = ban(2);
	assert_behind(&second, &first);
	assert_signed(&second);
	guard_kill(&guard);
	guard_start(&guard);
	third = ban(3);
	assert_behind(&third, &second);
	assert_signed(&third);
}

/* The next receipt; it answers no request of this core. */
static void assert_again(const struct actor_receipt *r)
{
	assert_true(guard_wait(&guard, ACTOR_RECEIPT));
	assert_int_equal(guard.message.header.request_id, 0);
	guard.message.header.request_id = r->header.request_id;
	assert_memory_equal(&guard.message.receipt, r, sizeof(*r));
}

static void next_core_gets_what_no_core_has_recorded_and_then_its_signature(void **state)
{
	struct actor_receipt first, second, third;

	(void)state;
	if (!possible)
		skip();
	first = ban(1);
	guard.forgetful = true;
	second = ban(2);
	third = ban(3);
	assert_signed(&third);
	assert_int_equal(kill(guard.core, SIGKILL), 0);
	guard_next_core(&guard);
	assert_again(&second);
	assert_again(&third);
	assert_signed(&third);
	assert_true(third.place.prev_seq == second.place.seq && second.place.prev_seq == first.place.seq);
}

static void killed_guard_repeats_them_too(void **state)
{
	struct actor_receipt first, second;

	(void)state;
	if (!possible)
		skip();
	guard.forgetful = true;
	first = ban(1);
	guard_kill(&guard);
	guard_start(&guard);
	assert_again(&first);
	guard.forgetful = false;
	second = ban(2);
	assert_behind(&second, &first);
	assert_signed(&second);
	guard_kill(&guard);
	guard_start(&guard);
	assert_signed(&second);
}

/* More than the socket and the outbox take; nothing is read meanwhile. */
static void receipts_wait_for_a_core_that_does_not_read(void **state)
{
	struct actor_act act = {.header = {MESSAGE_VERSION, ACTOR_ACT, sizeof(act), 7},
				.origin = ORIGIN_LOCAL,
				.args = {.verb = VERB_UNBAN, .addr = {4, 32, {198, 51, 100, 1}}}};
	struct actor_receipt last = {.place = {0}};
	unsigned asked = 0;

	(void)state;
	if (!possible)
		skip();
	while (asked < 200 && send(guard.socket, &act, sizeof(act), MSG_DONTWAIT) > 0)
		asked++;
	for (unsigned i = 0; i < asked; i++) {
		assert_true(guard_wait(&guard, ACTOR_RECEIPT));
		if (i > 0)
			assert_behind(&guard.message.receipt, &last);
		last = guard.message.receipt;
	}
	assert_signed(&last);
}

static void core_that_records_what_it_was_not_given_is_ended(void **state)
{
	const struct actor_receipt first = possible ? ban(1) : (struct actor_receipt){.place = {0}};
	const struct actor_recorded m = {{MESSAGE_VERSION, ACTOR_RECORDED, sizeof(m), 0}, first.place.seq + 1};

	(void)state;
	if (!possible)
		skip();
	assert_int_equal(send(guard.socket, &m, sizeof(m), MSG_NOSIGNAL), sizeof(m));
	guard_next_core(&guard);
	(void)ban(2);
}

static void refused_order_ends_with_its_signature(void **state)
{
	struct order o = {.not_before_s = time(NULL) - 5, .not_after_s = time(NULL) + 60, .target_kind = ORDER_ALL};
	const struct actor_receipt *r;
	struct actor_receipt copy;

	(void)state;
	if (!possible)
		skip();
	o.step_count = 1;
	o.steps[0].args = (struct verb_args){.verb = VERB_KILL, .pid = 4194303};
	r = guard_order(&guard, &o, &order_key);
	assert_non_null(r);
	assert_int_equal(r->outcome, RECEIPT_REFUSED);
	copy = *r;
	assert_signed(&copy);
}

static void key_is_for_root_alone_and_stays(void **state)
{
	struct key_der private_key, public_key;
	char path[128];
	struct stat st;
	int dir;

	(void)state;
	if (!possible)
		skip();
	snprintf(path, sizeof(path), "%s/state/actor", guard.dir);
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(dir >= 0 && fstat(dir, &st) == 0 && (st.st_mode & 07777) == 0700 && st.st_uid == 0);
	assert_int_equal(fstatat(dir, RECEIPT_KEY_FILE, &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_true((st.st_mode & 07777) == 0600 && st.st_uid == 0);
	assert_int_equal(receipt_key_open(dir, &private_key, &public_key), ERR_OK);
	(void)ban(1);
	assert_true(guard_wait(&guard, ACTOR_HEAD));
	assert_int_equal(guard.message.head.key.len, public_key.len);
	assert_memory_equal(guard.message.head.key.bytes, public_key.bytes, public_key.len);
	close(dir);
}

/* Before a device joins nobody asks for signatures; then its key is there, and speaks for what was before, too. */
static void key_is_used_from_when_the_device_joins(void **state)
{
	struct key_der private_key, public_key;
	struct actor_receipt r;
	char path[128];
	int dir;

	(void)state;
	possible = guard_prepare(&guard);
	if (!possible)
		skip();
	snprintf(path, sizeof(path), "%s/state", guard.dir);
	assert_int_equal(mkdir(path, 0755), 0);
	snprintf(path, sizeof(path), "%s/state/trust", guard.dir);
	assert_int_equal(mkdir(path, 0755), 0);
	guard_start(&guard);
	r = ban(1);
	assert_true(r.place.seq > 0);
	snprintf(path, sizeof(path), "%s/state/actor", guard.dir);
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(faccessat(dir, RECEIPT_KEY_FILE, F_OK, 0), -1);
	/* As `caltrop enroll` does. */
	assert_int_equal(receipt_key_open(dir, &private_key, &public_key), ERR_OK);
	close(dir);
	guard_trust(&guard, &order_key);
	assert_signed(&r);
	assert_memory_equal(guard.message.head.key.bytes, public_key.bytes, public_key.len);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(receipts_follow_one_another_and_the_last_place_is_signed, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(next_core_gets_what_no_core_has_recorded_and_then_its_signature, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(killed_guard_repeats_them_too, set_up, tear_down),
		cmocka_unit_test_setup_teardown(receipts_wait_for_a_core_that_does_not_read, set_up, tear_down),
		cmocka_unit_test_setup_teardown(core_that_records_what_it_was_not_given_is_ended, set_up, tear_down),
		cmocka_unit_test_setup_teardown(refused_order_ends_with_its_signature, set_up, tear_down),
		cmocka_unit_test_teardown(key_is_used_from_when_the_device_joins, tear_down),
		cmocka_unit_test_setup_teardown(key_is_for_root_alone_and_stays, set_up, tear_down),
	};

	guard_maybe_core();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
