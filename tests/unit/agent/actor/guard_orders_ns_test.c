/* SPDX-License-Identifier: Apache-2.0 */
/* Orders over the death of a confined actor, and orders that come again; skipped where it is not permitted. */
#include "agent/base/require.h"
#include "tests/unit/agent/actor/guard.h"
#include "tests/unit/files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static struct guard guard;
static struct key_der order_key;
static bool possible;

static bool bob_has(const char *start)
{
	return files_has(guard.dir, "shadow", start);
}

static bool is_open(void)
{
	return bob_has("\nbob:$6$c$d:");
}

static bool is_shut(void)
{
	return bob_has("\nbob:!$6$c$d:");
}

static int set_up(void **state)
{
	(void)state;
	possible = guard_prepare(&guard);
	if (!possible)
		return 0;
	guard_put(&guard, "passwd",
		  "root:x:0:0::/none:/bin/sh\nbob:x:54331:54331::/none:/bin/sh\nann:x:54332:54332::/none:/bin/sh\n");
	guard_put(&guard, "shadow", "root:$6$a$b:1::::::\nbob:$6$c$d:2::::::\nann:$6$e$f:2::::::\n");
	guard_trust(&guard, &order_key);
	guard_start(&guard);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	return guard_tear_down(&guard, NULL);
}

static const struct actor_receipt *order(uint16_t verb, uint32_t duration_s)
{
	struct verb_args args = guard_account(verb, "bob", duration_s);
	struct order o = guard_order_of(&args);

	return guard_order(&guard, &o, &order_key);
}

static void says(const struct actor_receipt *r, uint8_t result, enum err err, const char *text)
{
	assert_non_null(r);
	assert_string_equal(r->text, text);
	assert_int_equal(r->result, result);
	assert_int_equal(r->err, err);
	assert_int_equal(r->verified, result == RECEIPT_DONE || result == RECEIPT_ALREADY);
}

/* Three steps, of which the second waits for who changes accounts. */
static struct order waiting_order(void)
{
	/* Needs no change, so it does not wait. */
	const struct verb_args first = guard_account(VERB_UNLOCK, "ann", 0);
	struct order o = guard_order_of(&first);

	o.step_count = 3;
	o.steps[1].args = guard_account(VERB_RESET, "bob", 0);
	o.steps[2] = (struct order_step){ORDER_IF_DONE, guard_account(VERB_LOGOUT, "bob", 0)};
	return o;
}

/* The receipts of the second and third. */
static void interrupted_follow(uint8_t repeat)
{
	says(&guard.message.receipt, RECEIPT_FAILED, ERR_INTERRUPTED,
	     "could not reset account bob: interrupted: the guard ended while it was under way; it may be done");
	assert_int_equal(guard.message.receipt.step, 2);
	assert_int_equal(guard.message.receipt.outcome, 0);
	assert_int_equal(guard.message.receipt.repeat, repeat);
	assert_true(guard_wait(&guard, ACTOR_RECEIPT));
	says(&guard.message.receipt, RECEIPT_FAILED, ERR_INTERRUPTED,
	     "could not end the sessions of account bob: interrupted: the guard ended before this step");
	assert_int_equal(guard.message.receipt.step, 3);
	assert_int_equal(guard.message.receipt.outcome, RECEIPT_FAILED);
	assert_int_equal(guard.message.receipt.repeat, repeat);
}

static void order_that_the_end_interrupts_is_told_of_and_not_taken_again(void **state)
{
	struct order o = waiting_order();
	char path[128];

	(void)state;
	if (!possible)
		skip();
	guard_put(&guard, "shadow+", "");
	assert_int_equal(guard_order(&guard, &o, &order_key)->result, RECEIPT_ALREADY);
	guard_kill(&guard);
	snprintf(path, sizeof(path), "%s/shadow+", guard.dir);
	require(unlink(path) == 0);
	guard_start(&guard);
	assert_true(guard_wait(&guard, ACTOR_RECEIPT));
	interrupted_follow(0);
	/* The order comes again: all that was said is said again, and nothing is done. */
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(guard_order(&guard, &o, &order_key)->result, RECEIPT_ALREADY);
		assert_int_equal(guard.message.receipt.step, 1);
		assert_int_equal(guard.message.receipt.repeat, 1);
		assert_true(guard_wait(&guard, ACTOR_RECEIPT));
		interrupted_follow(1);
		assert_true(is_open());
		guard_kill(&guard);
		guard_start(&guard);
	}
}

/* Takes the last record off the journal, as a power cut may. */
static void lose_last_record(uint8_t kind)
{
	static char bytes[1 << 16];
	struct journal_record record = {.kind = 0};
	struct str rest;
	size_t last = 0;
	char path[128];
	ssize_t got;
	int fd;

	snprintf(path, sizeof(path), "%s/state/actor/journal", guard.dir);
	fd = open(path, O_RDWR | O_CLOEXEC);
	require(fd >= 0);
	got = read(fd, bytes, sizeof(bytes));
	require(got > 0);
	rest = (struct str){bytes, (size_t)got};
	while (!str_empty(rest)) {
		last = (size_t)(rest.data - bytes);
		require(journal_decode(&rest, &record) == ERR_OK);
	}
	assert_int_equal(record.kind, kind);
	require(ftruncate(fd, (off_t)last) == 0);
	close(fd);
}

static void step_that_the_ledger_shows_is_told_as_done(void **state)
{
	(void)state;
	if (!possible)
		skip();
	assert_int_equal(order(VERB_LOCK, 60)->result, RECEIPT_DONE);
	guard_kill(&guard);
	lose_last_record(JOURNAL_OUTCOME);
	guard_start(&guard);
	assert_true(guard_wait(&guard, ACTOR_RECEIPT));
	says(&guard.message.receipt, RECEIPT_DONE, ERR_OK,
	     "lock of account bob: found in force when the guard had been started anew");
	assert_int_equal(guard.message.receipt.outcome, RECEIPT_DONE);
	assert_true(is_shut());
	/* One that takes back is told as done where there is nothing left to take back. */
	assert_int_equal(order(VERB_UNLOCK, 0)->result, RECEIPT_DONE);
	guard_kill(&guard);
	lose_last_record(JOURNAL_OUTCOME);
	guard_start(&guard);
	assert_true(guard_wait(&guard, ACTOR_RECEIPT));
	says(&guard.message.receipt, RECEIPT_ALREADY, ERR_OK,
	     "unlock of account bob: found carried out when the guard had been started anew");
	assert_true(is_open());
	/* Told once. */
	guard_kill(&guard);
	guard_start(&guard);
	assert_false(guard_wait(&guard, ACTOR_RECEIPT));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(order_that_the_end_interrupts_is_told_of_and_not_taken_again, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(step_that_the_ledger_shows_is_told_as_done, set_up, tear_down),
	};

	guard_maybe_core();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
