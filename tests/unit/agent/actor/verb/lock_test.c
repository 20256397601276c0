/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verb lock where its record, its account or its disk is not what it was: what is refused, what is left, and what
 * health says. On files of the test's own; needs no root.
 */
#include "agent/actor/sys/lock.h"

#include "agent/actor/verb/act.h"
#include "agent/actor/verb/action_rows.h"
#include "agent/actor/verb/effect.h"
#include "agent/base/clock.h"
#include "agent/base/require.h"
#include "tests/unit/agent/actor/bare.h"
#include "tests/unit/files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define HASH "$6$a$b"
#define KEYS "home/.ssh/authorized_keys"
#define KEY "ssh-ed25519 AAAA bob@desk\n"
#define LARGE 65536 /* bytes of a file that must not grow */

static const struct action_row *const rows[] = {&lock_row, &unlock_row, NULL};
static union actor_message said;
static uid_t uid;

static void shadow_of_bob(const char *field)
{
	char text[128];

	snprintf(text, sizeof(text), "root:$6$r$r:1::::::\nbob:%s:2::::::\nann:!:2::::::\n", field);
	bare_put(&bare, "shadow", text);
}

static void passwd_of_bob(uid_t number, const char *shell)
{
	char text[512];

	snprintf(text, sizeof(text),
		 "root:x:0:0::/root:/bin/sh\nbob:x:%u:54331::%s/home:%s\nann:x:54332:54332::/none:/bin/sh\n",
		 (unsigned)number, bare.dir, shell);
	bare_put(&bare, "passwd", text);
}

static const char *at(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", bare.dir, name);
	return path;
}

static bool holds(const char *name, const char *part)
{
	return files_has(bare.dir, name, part);
}

static bool is_shut(void)
{
	return holds("shadow", "bob:!" HASH ":") && access(at(KEYS), F_OK) != 0;
}

static bool is_open(void)
{
	return holds("shadow", "bob:" HASH ":") && holds(KEYS, KEY);
}

static int set_up(void **state)
{
	(void)state;
	bare_start(&bare);
	uid = geteuid() ? geteuid() : 54331;
	bare.actor.rows = rows;
	snprintf(bare.actor.settings.shadow, sizeof(bare.actor.settings.shadow), "%s/shadow", bare.dir);
	require(mkdir(at("home"), 0755) == 0 && mkdir(at("home/.ssh"), 0755) == 0);
	bare_put(&bare, KEYS, KEY);
	passwd_of_bob(uid, "/bin/sh");
	shadow_of_bob(HASH);
	return 0;
}

static struct verb_args args_of(uint16_t verb, uint32_t duration_s)
{
	return (struct verb_args){.verb = verb, .account = "bob", .duration_s = duration_s};
}

static const struct actor_receipt *ask(uint16_t verb, uint8_t origin, uint32_t duration_s)
{
	struct act_request request = {.origin = origin, .args = args_of(verb, duration_s)};

	act_begin(&bare.actor, &request);
	for (unsigned i = 0; i < 100 && act_next_us(&bare.actor) != INT64_MAX; i++)
		act_continue(&bare.actor, INT64_MAX);
	return bare_receipt(&bare, &said);
}

static const struct actor_receipt *lock(uint32_t duration_s)
{
	return ask(VERB_LOCK, ORIGIN_ORDER, duration_s);
}

static struct effect *in_force(void)
{
	struct verb_args args = args_of(VERB_LOCK, 0);

	return ledger_find(&bare.actor.ledger, &args);
}

static struct effect_more *record(void)
{
	return ledger_more(&bare.actor.ledger, in_force());
}

static void says(const struct actor_receipt *r, uint8_t result, enum err err, const char *text)
{
	assert_non_null(r);
	assert_string_equal(r->text, text);
	assert_int_equal(r->result, result);
	assert_int_equal(r->err, err);
}

/* -- what is refused -- */

static void rules_lock_nobody_whom_nothing_lets_in(void **state)
{
	(void)state;
	passwd_of_bob(uid, "/usr/sbin/nologin");
	says(ask(VERB_LOCK, ORIGIN_RULE, 60), RECEIPT_REFUSED, ERR_PROTECTED,
	     "refused to lock account bob: it is no account to log in with: its shell lets nobody in");
	memcpy(bare.actor.settings.protect[0], "bob", 4);
	bare.actor.settings.protect_count = 1;
	passwd_of_bob(uid, "/bin/sh");
	says(ask(VERB_LOCK, ORIGIN_RULE, 60), RECEIPT_REFUSED, ERR_PROTECTED,
	     "refused to lock account bob: the account is in [response] protect");
	assert_true(is_open());
}

static void account_files_that_cannot_be_read_are_said(void **state)
{
	(void)state;
	passwd_of_bob(uid, "/bin/sh");
	require(unlink(at("passwd")) == 0 && mkdir(at("passwd"), 0755) == 0);
	assert_int_equal(lock(60)->result, RECEIPT_FAILED);
	require(rmdir(at("passwd")) == 0);
	bare_put(&bare, "passwd", "bob:x:no number:1::/:/bin/sh\n");
	says(lock(60), RECEIPT_FAILED, ERR_CORRUPT, "could not lock account bob: damaged data");
	passwd_of_bob(uid, "/bin/sh");
	bare_put(&bare, "shadow", "root:$6$r$r:1::::::\n");
	assert_int_equal(lock(60)->err, ERR_NOT_FOUND);
	assert_non_null(strstr(said.receipt.text, "so its password cannot be locked"));
	assert_null(in_force());
}

static void lock_without_a_journal_changes_nothing(void **state)
{
	uint32_t bytes = bare.actor.journal.bytes;

	(void)state;
	bare.actor.journal.bytes = JOURNAL_BYTES_MAX;
	says(lock(60), RECEIPT_FAILED, ERR_FULL,
	     "could not lock account bob: the undo record could not be written: limit reached");
	assert_true(is_open());
	bare.actor.journal.bytes = bytes;
	/* It takes records again. */
	assert_int_equal(lock(60)->result, RECEIPT_DONE);
	assert_int_equal(ask(VERB_UNLOCK, ORIGIN_ORDER, 0)->result, RECEIPT_DONE);
	journal_close(&bare.actor.journal);
	says(lock(60), RECEIPT_FAILED, ERR_IO, "could not lock account bob: no undo journal: input/output error");
	assert_true(is_open());
	assert_null(in_force());
}

/* -- a disk that does not take the change -- */

/* From here on no file may grow beyond LARGE bytes: the journal still may, shadow is larger. */
static void fill_the_disk(void)
{
	static char text[2 * LARGE];
	const struct rlimit limit = {LARGE, RLIM_INFINITY};
	int len = snprintf(text, sizeof(text), "root:$6$r$r:1::::::\nbob:%s:2::::::\n",
			   holds("shadow", "bob:!") ? "!" HASH : HASH);

	memset(text + len, '#', sizeof(text) - (size_t)len - 1);
	bare_put(&bare, "shadow", text);
	(void)signal(SIGXFSZ, SIG_IGN);
	require(setrlimit(RLIMIT_FSIZE, &limit) == 0);
}

static void empty_the_disk(void)
{
	const struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};

	require(setrlimit(RLIMIT_FSIZE, &limit) == 0);
}

static void lock_that_fails_in_the_middle_is_taken_back(void **state)
{
	const struct actor_receipt *r;

	(void)state;
	fill_the_disk();
	r = lock(60);
	empty_the_disk();
	assert_non_null(r);
	assert_int_equal(r->result, RECEIPT_FAILED);
	assert_true(is_open());
	assert_null(in_force());
}

static void one_in_force_stays_when_it_cannot_be_made_whole(void **state)
{
	(void)state;
	assert_int_equal(lock(60)->result, RECEIPT_DONE);
	/* Somebody opens it, and then nothing can be written. */
	shadow_of_bob(HASH);
	fill_the_disk();
	assert_int_equal(lock(7200)->result, RECEIPT_FAILED);
	assert_non_null(in_force());
	effect_restore(&bare.actor);
	empty_the_disk();
	assert_int_not_equal(bare.actor.health.stuck, ERR_OK);
	effect_restore(&bare.actor);
	assert_int_equal(bare.actor.health.stuck, ERR_OK);
	assert_true(is_shut());
	says(bare_receipt(&bare, &said), RECEIPT_RESTORED, ERR_OK,
	     "account bob: was opened by somebody else; locked again: password locked, SSH keys set aside");
}

static void lock_that_is_open_and_cannot_be_noted_anew_is_in_health(void **state)
{
	(void)state;
	assert_int_equal(lock(60)->result, RECEIPT_DONE);
	shadow_of_bob("$6$new");
	bare.actor.journal.bytes = JOURNAL_BYTES_MAX;
	effect_restore(&bare.actor);
	assert_int_equal(bare.actor.health.stuck, ERR_FULL);
	assert_true(holds("shadow", "bob:$6$new:"));
	bare.actor.journal.bytes = 0;
	effect_restore(&bare.actor);
	assert_int_equal(bare.actor.health.stuck, ERR_OK);
	assert_true(holds("shadow", "bob:!$6$new:"));
}

static void end_waits_while_the_disk_takes_nothing(void **state)
{
	int64_t end_us;

	(void)state;
	assert_int_equal(lock(60)->result, RECEIPT_DONE);
	fill_the_disk();
	end_us = clock_mono_us() + 61 * SECOND_US;
	effect_tick(&bare.actor, end_us);
	empty_the_disk();
	assert_non_null(in_force());
	assert_int_not_equal(bare.actor.health.stuck, ERR_OK);
	effect_tick(&bare.actor, end_us + 6 * SECOND_US);
	assert_null(in_force());
	assert_int_equal(bare.actor.health.stuck, ERR_OK);
	assert_true(is_open());
}

/* -- another account, or another version -- */

static void account_made_anew_is_not_the_one_that_was_locked(void **state)
{
	(void)state;
	assert_int_equal(lock(3600)->result, RECEIPT_DONE);
	passwd_of_bob(uid + 1, "/bin/sh");
	shadow_of_bob(HASH);
	effect_restore(&bare.actor);
	assert_null(in_force());
	assert_int_equal(bare.actor.health.stuck, ERR_OK);
	assert_true(holds("shadow", "bob:" HASH ":"));
}

static void account_made_anew_is_locked_by_a_record_of_its_own(void **state)
{
	(void)state;
	assert_int_equal(lock(3600)->result, RECEIPT_DONE);
	passwd_of_bob(uid + 1, "/bin/sh");
	shadow_of_bob("$6$new");
	/* For a minute, although the one of the account that is gone has an hour. */
	says(lock(60), RECEIPT_DONE, ERR_OK, "account bob: locked for 1 min: password locked, no SSH keys");
	assert_true(record()->end_us <= clock_mono_us() + 60 * SECOND_US);
	assert_int_equal(ask(VERB_UNLOCK, ORIGIN_ORDER, 0)->result, RECEIPT_DONE);
	assert_true(holds("shadow", "bob:$6$new:"));
}

static void account_that_is_gone_ends_its_lock(void **state)
{
	(void)state;
	assert_int_equal(lock(3600)->result, RECEIPT_DONE);
	bare_put(&bare, "passwd", "root:x:0:0::/root:/bin/sh\n");
	effect_restore(&bare.actor);
	assert_null(in_force());
}

static void record_of_another_version_is_neither_kept_up_nor_taken_back(void **state)
{
	(void)state;
	assert_int_equal(lock(60)->result, RECEIPT_DONE);
	record()->undo[0] = 99;
	effect_restore(&bare.actor);
	assert_int_equal(bare.actor.health.stuck, ERR_UNSUPPORTED);
	says(ask(VERB_UNLOCK, ORIGIN_ORDER, 0), RECEIPT_FAILED, ERR_UNSUPPORTED,
	     "could not unlock account bob: the record of its lock is of another version of the guard");
	effect_tick(&bare.actor, clock_mono_us() + 61 * SECOND_US);
	assert_non_null(in_force());
	assert_int_equal(bare.actor.health.stuck, ERR_UNSUPPORTED);
	assert_true(is_shut());
	/* It is shut, so nobody needs a lock of it. */
	says(lock(60), RECEIPT_ALREADY, ERR_OK, "account bob: was locked already, not by the guard: it stays so");
}

/* -- longer, never shorter -- */

static void lock_without_end_stays_so(void **state)
{
	(void)state;
	says(lock(VERB_FOREVER), RECEIPT_DONE, ERR_OK,
	     "account bob: locked without end: password locked, SSH keys set aside");
	says(lock(60), RECEIPT_ALREADY, ERR_OK, "account bob: was locked already, and for longer");
	assert_true(said.receipt.expires_wall_us == 0);
	/* One that somebody opened is shut again, and stays without end. */
	shadow_of_bob(HASH);
	says(lock(60), RECEIPT_DONE, ERR_OK, "account bob: locked without end: password locked, SSH keys set aside");
	assert_true(record()->end_us == INT64_MAX);
	assert_true(is_shut());
}

static void lock_is_made_longer_while_it_holds(void **state)
{
	(void)state;
	assert_int_equal(lock(60)->result, RECEIPT_DONE);
	says(lock(7200), RECEIPT_DONE, ERR_OK, "account bob: locked for 2 h: password locked, SSH keys set aside");
	assert_true(record()->end_us > clock_mono_us() + 7000 * SECOND_US);
	/* Opened meanwhile: shut, for as long as it was to be anyway. */
	shadow_of_bob(HASH);
	assert_int_equal(lock(60)->result, RECEIPT_DONE);
	assert_true(record()->end_us > clock_mono_us() + 7000 * SECOND_US);
	assert_int_equal(ask(VERB_UNLOCK, ORIGIN_ORDER, 0)->result, RECEIPT_DONE);
	assert_true(is_open());
}

static void one_that_has_ended_is_not_shut_again_before_it_is_taken_back(void **state)
{
	(void)state;
	assert_int_equal(lock(60)->result, RECEIPT_DONE);
	effect_end_now(&bare.actor, in_force());
	shadow_of_bob(HASH);
	effect_restore(&bare.actor);
	assert_true(holds("shadow", "bob:" HASH ":"));
	effect_tick(&bare.actor, clock_mono_us() + LEDGER_TICK_US);
	assert_true(is_open());
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, bare_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(rules_lock_nobody_whom_nothing_lets_in),
		TEST(account_files_that_cannot_be_read_are_said),
		TEST(lock_without_a_journal_changes_nothing),
		TEST(lock_that_fails_in_the_middle_is_taken_back),
		TEST(one_in_force_stays_when_it_cannot_be_made_whole),
		TEST(lock_that_is_open_and_cannot_be_noted_anew_is_in_health),
		TEST(end_waits_while_the_disk_takes_nothing),
		TEST(account_made_anew_is_not_the_one_that_was_locked),
		TEST(account_made_anew_is_locked_by_a_record_of_its_own),
		TEST(account_that_is_gone_ends_its_lock),
		TEST(record_of_another_version_is_neither_kept_up_nor_taken_back),
		TEST(lock_without_end_stays_so),
		TEST(lock_is_made_longer_while_it_holds),
		TEST(one_that_has_ended_is_not_shut_again_before_it_is_taken_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
