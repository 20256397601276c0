/* SPDX-License-Identifier: Apache-2.0 */
/* Locks as a confined actor brings them about, keeps them and takes them back; skipped where it is not permitted. */
#include "agent/base/require.h"
#include "tests/unit/agent/actor/guard_killed.h"
#include "tests/unit/files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define KEY "ssh-ed25519 AAAA bob@desk\n"
#define KEYS "home/.ssh/authorized_keys"
#define HASH "$6$c$d"
#define OTHERS "root:$6$a$b:1::::::\n# a comment\n\nsvc:!:3::::::\n"
#define REST ":2::::::\nann:$6$e$f:2::::::"

static struct guard guard;
static struct key_der order_key;
static bool possible;

static void shadow_of_bob(const char *field)
{
	char text[512];

	snprintf(text, sizeof(text), OTHERS "bob:%s" REST, field);
	guard_put(&guard, "shadow", text);
}

static bool holds(const char *name, const char *bytes)
{
	return files_is(guard.dir, name, bytes);
}

/* All of the file, with that field for bob. */
static bool shadow_is(const char *field)
{
	char text[512];

	snprintf(text, sizeof(text), OTHERS "bob:%s" REST, field);
	return holds("shadow", text);
}

static bool is_open(void)
{
	return shadow_is(HASH) && holds(KEYS, KEY);
}

static bool is_shut(void)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/" KEYS, guard.dir);
	return shadow_is("!" HASH) && access(path, F_OK) != 0;
}

static void put_accounts(void)
{
	char text[512], path[128];

	snprintf(text, sizeof(text),
		 "root:x:0:0::%s/root:/bin/sh\nbob:x:54331:54331::%s/home:/bin/sh\nann:x:54332:54332::/none:/bin/sh\n"
		 "svc:x:54333:54333::/none:/usr/sbin/nologin\n",
		 guard.dir, guard.dir);
	guard_put(&guard, "passwd", text);
	shadow_of_bob(HASH);
	snprintf(path, sizeof(path), "%s/home", guard.dir);
	(void)mkdir(path, 0755);
	snprintf(path, sizeof(path), "%s/home/.ssh", guard.dir);
	(void)mkdir(path, 0755);
	guard_put(&guard, KEYS, KEY);
}

static int prepare(void **state)
{
	(void)state;
	possible = guard_prepare(&guard);
	if (possible) {
		put_accounts();
		guard_trust(&guard, &order_key);
	}
	return 0;
}

static int set_up(void **state)
{
	(void)prepare(state);
	if (possible)
		guard_start(&guard);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	return guard_tear_down(&guard, NULL);
}

/* NULL: the guard was gone before it answered. */
static const struct actor_receipt *order(const struct verb_args *args)
{
	struct order o = guard_order_of(args);

	return guard_order(&guard, &o, &order_key);
}

static const struct actor_receipt *order_lock(const char *name, uint32_t duration_s)
{
	struct verb_args args = guard_account(VERB_LOCK, name, duration_s);

	return order(&args);
}

static const struct actor_receipt *order_unlock(const char *name)
{
	struct verb_args args = guard_account(VERB_UNLOCK, name, 0);

	return order(&args);
}

static void says(const struct actor_receipt *r, uint8_t result, enum err err, const char *text)
{
	assert_non_null(r);
	assert_string_equal(r->text, text);
	assert_int_equal(r->result, result);
	assert_int_equal(r->err, err);
	assert_int_equal(r->verified,
			 result == RECEIPT_DONE || result == RECEIPT_ALREADY || result == RECEIPT_RESTORED);
}

static void lock_shuts_an_account_and_unlock_opens_it(void **state)
{
	(void)state;
	if (!possible)
		skip();
	says(order_lock("bob", 3600), RECEIPT_DONE, ERR_OK,
	     "account bob: locked for 1 h: password locked, SSH keys set aside");
	assert_true(guard.message.receipt.journaled_us > 0);
	assert_true(guard.message.receipt.expires_wall_us > 0);
	assert_true(is_shut());
	says(order_unlock("bob"), RECEIPT_DONE, ERR_OK, "account bob: unlocked; password as it was; SSH keys put back");
	assert_true(is_open());
	says(order_unlock("bob"), RECEIPT_ALREADY, ERR_OK, "account bob: there was nothing to take back");
}

static void lock_ends_by_itself(void **state)
{
	(void)state;
	if (!possible)
		skip();
	assert_int_equal(order_lock("bob", 1)->result, RECEIPT_DONE);
	assert_true(is_shut());
	assert_true(guard_wait(&guard, ACTOR_RECEIPT));
	assert_int_equal(guard.message.receipt.result, RECEIPT_REVERTED);
	assert_string_equal(guard.message.receipt.text, "lock of account bob ended: its time is over; password as it "
							"was; SSH keys put back");
	assert_true(is_open());
}

static void lock_outlives_the_guard_and_is_made_true_again(void **state)
{
	(void)state;
	if (!possible)
		skip();
	assert_int_equal(order_lock("bob", VERB_FOREVER)->result, RECEIPT_DONE);
	assert_string_equal(guard.message.receipt.text,
			    "account bob: locked without end: password locked, SSH keys set aside");
	assert_int_equal(guard.message.receipt.expires_wall_us, 0);
	guard_kill(&guard);
	assert_true(is_shut());
	guard_start(&guard);
	assert_true(is_shut());
	guard_kill(&guard);
	/* Somebody opens it meanwhile, with another password. */
	shadow_of_bob("$6$x$y");
	guard_start(&guard);
	assert_true(guard_wait(&guard, ACTOR_RECEIPT));
	assert_int_equal(guard.message.receipt.result, RECEIPT_RESTORED);
	assert_true(shadow_is("!$6$x$y"));
	assert_int_equal(order_unlock("bob")->result, RECEIPT_DONE);
	assert_true(shadow_is("$6$x$y"));
	assert_true(holds(KEYS, KEY));
}

static void lock_that_ended_while_the_guard_was_away_is_taken_back(void **state)
{
	(void)state;
	if (!possible)
		skip();
	assert_int_equal(order_lock("bob", 1)->result, RECEIPT_DONE);
	guard_kill(&guard);
	sleep(2);
	assert_true(is_shut());
	guard_start(&guard);
	assert_true(guard_wait(&guard, ACTOR_RECEIPT));
	assert_int_equal(guard.message.receipt.result, RECEIPT_REVERTED);
	assert_true(is_open());
}

static void lock_is_made_longer_never_shorter(void **state)
{
	int64_t expires_us;

	(void)state;
	if (!possible)
		skip();
	assert_int_equal(order_lock("bob", 7200)->result, RECEIPT_DONE);
	expires_us = guard.message.receipt.expires_wall_us;
	says(order_lock("bob", 60), RECEIPT_ALREADY, ERR_OK, "account bob: was locked already, and for longer");
	assert_true(guard.message.receipt.expires_wall_us > expires_us - 2 * SECOND_US);
	says(order_lock("bob", VERB_FOREVER), RECEIPT_DONE, ERR_OK,
	     "account bob: locked without end: password locked, SSH keys set aside");
	assert_int_equal(order_unlock("bob")->result, RECEIPT_DONE);
	assert_true(is_open());
	assert_int_equal(order_lock("svc", 60)->result, RECEIPT_ALREADY);
	assert_string_equal(guard.message.receipt.text,
			    "account svc: was locked already, not by the guard: it stays so");
}

static void password_that_somebody_set_meanwhile_stays(void **state)
{
	(void)state;
	if (!possible)
		skip();
	assert_int_equal(order_lock("bob", 3600)->result, RECEIPT_DONE);
	shadow_of_bob("!$6$x$y");
	says(order_unlock("bob"), RECEIPT_DONE, ERR_OK,
	     "account bob: unlocked; password was changed by somebody else, unlocked; SSH keys put back");
	assert_true(shadow_is("$6$x$y"));
	/* One that opens the account is locked as soon as it is seen, without making the lock shorter. */
	assert_int_equal(order_lock("bob", 3600)->result, RECEIPT_DONE);
	shadow_of_bob("$6$z$z");
	assert_true(guard_wait(&guard, ACTOR_RECEIPT));
	says(&guard.message.receipt, RECEIPT_RESTORED, ERR_OK,
	     "account bob: was opened by somebody else; locked again: password locked, SSH keys set aside");
	assert_true(shadow_is("!$6$z$z"));
	assert_int_equal(order_lock("bob", 60)->result, RECEIPT_ALREADY);
	assert_int_equal(order_unlock("bob")->result, RECEIPT_DONE);
	assert_true(shadow_is("$6$z$z"));
	assert_true(holds(KEYS, KEY));
}

static void last_way_in_needs_an_order_that_says_so(void **state)
{
	struct verb_args args = guard_account(VERB_LOCK, "root", 3600);

	(void)state;
	if (!possible)
		skip();
	says(order(&args), RECEIPT_REFUSED, ERR_PROTECTED,
	     "refused to lock account root: it is the last way in for an administrator; last_way=yes locks it");
	assert_true(is_open());
	args.last_way = 1;
	assert_int_equal(order(&args)->result, RECEIPT_DONE);
	assert_int_equal(order_unlock("root")->result, RECEIPT_DONE);
	assert_true(is_open());
}

/* It would be said to be done, and the old password be back at the lock's end. */
static void locked_account_is_not_reset(void **state)
{
	struct verb_args args = guard_account(VERB_RESET, "bob", 0);

	(void)state;
	if (!possible)
		skip();
	assert_int_equal(order_lock("bob", 60)->result, RECEIPT_DONE);
	says(order(&args), RECEIPT_REFUSED, ERR_PROTECTED,
	     "refused to reset account bob: void while the guard's lock of it is in force; unlock it first");
	assert_true(is_shut());
	assert_int_equal(order_unlock("bob")->result, RECEIPT_DONE);
	assert_true(is_open());
	assert_int_equal(order(&args)->result, RECEIPT_DONE);
	assert_false(is_open());
	assert_int_equal(order_lock("bob", 60)->result, RECEIPT_DONE);
	assert_int_equal(order_unlock("bob")->result, RECEIPT_DONE);
	/* With the new password, and without the keys that the reset took. */
	assert_false(shadow_is(HASH));
	assert_false(holds(KEYS, KEY));
}

static void lock_that_cannot_be_is_refused_by_name(void **state)
{
	char text[160];

	(void)state;
	if (!possible)
		skip();
	snprintf(text, sizeof(text), "could not lock account nosuch: there is no such account in %s/passwd", guard.dir);
	says(order_lock("nosuch", 60), RECEIPT_FAILED, ERR_NOT_FOUND, text);
	/* BusyBox' passwd makes FILE+ while it writes. */
	guard_put(&guard, "shadow+", "");
	assert_int_equal(order_lock("bob", 60)->err, ERR_BUSY);
	assert_int_equal(guard.message.receipt.result, RECEIPT_FAILED);
	assert_non_null(strstr(guard.message.receipt.text, "another program holds the lock of "));
	assert_true(is_open());
	assert_int_equal(order_unlock("bob")->result, RECEIPT_ALREADY);
}

static void unlock_waits_for_who_changes_accounts(void **state)
{
	char path[128];

	(void)state;
	if (!possible)
		skip();
	snprintf(path, sizeof(path), "%s/shadow+", guard.dir);
	assert_int_equal(order_lock("bob", 60)->result, RECEIPT_DONE);
	guard_put(&guard, "shadow+", "");
	assert_int_equal(order_unlock("bob")->err, ERR_BUSY);
	assert_true(is_shut());
	require(unlink(path) == 0);
	assert_int_equal(order_unlock("bob")->result, RECEIPT_DONE);
	assert_true(is_open());
}

static void lock_by_rule(struct settings *s)
{
	s->rules[RULE_BREACH].steps[1] = VERB_LOCK;
	s->locks_per_hour = 1;
}

static void rule_locks_for_a_day_within_its_budget(void **state)
{
	struct verb_args args = guard_account(VERB_LOCK, "root", 0);

	(void)state;
	if (!possible)
		skip();
	guard.adjust = lock_by_rule;
	guard_start(&guard);
	says(guard_act(&guard, &args, ORIGIN_RULE), RECEIPT_REFUSED, ERR_PROTECTED,
	     "refused to lock account root: only an order may do that to root");
	args = guard_account(VERB_LOCK, "bob", 0);
	says(guard_act(&guard, &args, ORIGIN_RULE), RECEIPT_DONE, ERR_OK,
	     "account bob: locked for 24 h: password locked, SSH keys set aside");
	assert_true(is_shut());
	args = guard_account(VERB_LOCK, "ann", 0);
	assert_int_equal(guard_act(&guard, &args, ORIGIN_RULE)->err, ERR_BUDGET);
	args = guard_account(VERB_UNLOCK, "bob", 0);
	assert_int_equal(guard_act(&guard, &args, ORIGIN_RULE)->err, ERR_DENIED);
	assert_int_equal(order_unlock("bob")->result, RECEIPT_DONE);
	assert_true(is_open());
}

static void rule_cannot_lock_the_last_way_in(void **state)
{
	struct verb_args args = guard_account(VERB_LOCK, "bob", 0);

	(void)state;
	if (!possible)
		skip();
	guard.adjust = lock_by_rule;
	guard_put(&guard, "shadow", "root:!:1::::::\nbob:" HASH ":2::::::\nann:!:2::::::\nsvc:!:3::::::\n");
	guard_start(&guard);
	args.last_way = 1;
	says(guard_act(&guard, &args, ORIGIN_RULE), RECEIPT_REFUSED, ERR_PROTECTED,
	     "refused to lock account bob: it is the last way in for an administrator");
}

static bool lock_is(bool in_force)
{
	return in_force ? is_shut() : is_open();
}

static void killed_at_any_moment_it_is_locked_or_not_as_the_ledger_says(void **state)
{
	struct guard_killed what = {.is_as = lock_is, .order_key = &order_key};

	(void)state;
	if (!possible)
		skip();
	what.begin = guard_account(VERB_LOCK, "bob", 3600);
	what.end = guard_account(VERB_UNLOCK, "bob", 0);
	guard_killed(&guard, &what);
}

#define WHOLE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
#define OWN(test) cmocka_unit_test_setup_teardown(test, prepare, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WHOLE(lock_shuts_an_account_and_unlock_opens_it),
		WHOLE(lock_ends_by_itself),
		WHOLE(lock_outlives_the_guard_and_is_made_true_again),
		WHOLE(lock_that_ended_while_the_guard_was_away_is_taken_back),
		WHOLE(lock_is_made_longer_never_shorter),
		WHOLE(password_that_somebody_set_meanwhile_stays),
		WHOLE(last_way_in_needs_an_order_that_says_so),
		WHOLE(locked_account_is_not_reset),
		WHOLE(lock_that_cannot_be_is_refused_by_name),
		WHOLE(unlock_waits_for_who_changes_accounts),
		OWN(rule_locks_for_a_day_within_its_budget),
		OWN(rule_cannot_lock_the_last_way_in),
		WHOLE(killed_at_any_moment_it_is_locked_or_not_as_the_ledger_says),
	};

	guard_maybe_core();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
