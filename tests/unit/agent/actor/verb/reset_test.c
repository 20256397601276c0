/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verb reset on files of the test's own: what it refuses, and that whatever call fails the old password is in
 * force, or the new one is kept where root finds it. Needs no root.
 */
#include "agent/actor/verb/act.h"
#include "agent/actor/verb/action_rows.h"
#include "agent/base/require.h"
#include "agent/common/password.h"
#include "tests/unit/agent/actor/bare.h"
#include "tests/unit/faults.h"
#include "tests/unit/files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define OLD "$6$old$hash"
#define NEW "$6$new$hash"
#define GIVEN "$6$saltsalt$hRM5XZ86KXEw9UOmjigeVqFgULtFB2sgpC9lXQDfMib3Zgw7mEiUvBJI2EplzfAqxL5Vvwp2scFtv/uamSo5z0"
#define SECRET "correct-horse"
#define KEYS "home/.ssh/authorized_keys"
#define KEY "ssh-ed25519 AAAA bob@desk\n"

static const struct action_row *const rows[] = {&reset_row, NULL};
static union actor_message said;

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

static void passwd_of_bob(const char *field)
{
	char text[512];

	snprintf(text, sizeof(text), "root:x:0:0::/root:/bin/sh\nbob:%s:%u:54331::%s/home:/bin/sh\n", field,
		 (unsigned)(geteuid() ? geteuid() : 54331), bare.dir);
	bare_put(&bare, "passwd", text);
}

static void begin(void)
{
	struct actor *a = &bare.actor;

	bare_start(&bare);
	a->rows = rows;
	snprintf(a->settings.shadow, sizeof(a->settings.shadow), "%s/shadow", bare.dir);
	require(mkdir(at("home"), 0755) == 0 && mkdir(at("home/.ssh"), 0755) == 0);
	bare_put(&bare, KEYS, KEY);
	passwd_of_bob("x");
	bare_put(&bare, "shadow", "root:$6$r$r:1::::::\nbob:" OLD ":2::::::\n");
	memcpy(a->secrets.ready[0].hash, NEW, sizeof(NEW));
	memcpy(a->secrets.ready[0].secret, SECRET, sizeof(SECRET));
	a->secrets.count = 1;
	budget_init(&a->budgets[ACTION_RESETS], 10, HOUR_US, 0);
}

static int set_up(void **state)
{
	(void)state;
	begin();
	return 0;
}

static void reset(bool last_way)
{
	struct act_request request = {
		.origin = ORIGIN_ORDER,
		.args = {.verb = VERB_RESET, .account = "bob", .last_way = last_way},
	};

	act_begin(&bare.actor, &request);
}

/* As root at the device; NULL: he has written down nothing. */
static void give(const char *wish)
{
	struct act_request request = {.origin = ORIGIN_LOCAL, .args = {.verb = VERB_RESET, .account = "bob"}};

	if (wish)
		bare_put(&bare, "actor/" PASSWORD_FILE_ASKED, wish);
	act_begin(&bare.actor, &request);
}

static void says(uint8_t result, enum err err, const char *text)
{
	const struct actor_receipt *r = bare_receipt(&bare, &said);

	assert_non_null(r);
	if (!strstr(r->text, text))
		fail_msg("\"%s\" does not say \"%s\"", r->text, text);
	assert_int_equal(r->result, result);
	assert_int_equal(r->err, err);
}

/* Whether the new password stands in a file of root's. */
static bool is_kept(void)
{
	DIR *dir = opendir(at("actor/secrets"));
	const struct dirent *entry;
	bool kept = false;
	char name[320];

	while (dir && (entry = readdir(dir)) != NULL) {
		snprintf(name, sizeof(name), "actor/secrets/%.255s", entry->d_name);
		kept = kept || (strncmp(entry->d_name, "bob-", 4) == 0 && holds(name, SECRET "\n"));
	}
	if (dir)
		closedir(dir);
	return kept;
}

/* Whether the old line can be put back. */
static bool is_recorded(void)
{
	return holds("actor/journal", "bob:" OLD ":2::::::");
}

static void reset_keeps_the_secret_and_the_old_line(void **state)
{
	(void)state;
	reset(false);
	says(RECEIPT_DONE, ERR_OK, "account bob: new password, in actor/secrets/bob-");
	assert_non_null(strstr(said.receipt.text, "; SSH keys set aside"));
	assert_int_equal(said.receipt.verified, 1);
	assert_true(holds("shadow", "bob:" NEW ":2::::::"));
	assert_true(is_kept() && is_recorded());
	assert_int_not_equal(access(at(KEYS), F_OK), 0);
}

static void password_that_is_in_passwd_is_changed_there(void **state)
{
	(void)state;
	passwd_of_bob(OLD);
	reset(false);
	says(RECEIPT_DONE, ERR_OK, "new password");
	assert_true(holds("passwd", "bob:" NEW ":"));
	assert_true(holds("shadow", "bob:" OLD ":"));
}

static void account_without_a_password_gets_none(void **state)
{
	(void)state;
	bare_put(&bare, "shadow", "root:$6$r$r:1::::::\nbob:*:2::::::\n");
	reset(false);
	says(RECEIPT_DONE, ERR_OK, "account bob: has no password that lets in, left so; SSH keys set aside");
	assert_true(holds("shadow", "bob:*:2"));
	reset(false);
	says(RECEIPT_ALREADY, ERR_OK, "account bob: has no password that lets in, left so");
	assert_false(is_kept());
}

static void last_way_in_needs_an_order_that_says_so(void **state)
{
	(void)state;
	bare_put(&bare, "shadow", "root:*:1::::::\nbob:" OLD ":2::::::\n");
	reset(false);
	says(RECEIPT_REFUSED, ERR_PROTECTED, "it is the last way in for an administrator; last_way=yes resets it");
	assert_true(holds("shadow", "bob:" OLD ":"));
	reset(true);
	says(RECEIPT_DONE, ERR_OK, "new password");
}

static void line_that_could_not_be_put_back_is_left_alone(void **state)
{
	char text[2 * JOURNAL_TEXT_MAX];
	int len = snprintf(text, sizeof(text), "root:$6$r$r:1::::::\nbob:" OLD ":2::::::");

	(void)state;
	memset(text + len, '9', JOURNAL_TEXT_MAX);
	memcpy(text + len + JOURNAL_TEXT_MAX, "\n", 2);
	bare_put(&bare, "shadow", text);
	reset(false);
	says(RECEIPT_REFUSED, ERR_TOO_LONG, "bytes, at most 768 can be put back");
	assert_true(holds("shadow", "bob:" OLD ":"));
	assert_int_equal(access(at(KEYS), F_OK), 0);
}

static void nothing_changes_without_an_undo_record(void **state)
{
	(void)state;
	bare.actor.journal.bytes = JOURNAL_BYTES_MAX;
	reset(false);
	says(RECEIPT_FAILED, ERR_FULL, "the undo record could not be written: limit reached");
	assert_true(holds("shadow", "bob:" OLD ":"));
	assert_int_equal(access(at(KEYS), F_OK), 0);
	assert_false(is_kept());
}

static void nothing_changes_where_the_secret_cannot_be_kept(void **state)
{
	(void)state;
	bare_put(&bare, "actor/secrets", "no directory");
	reset(false);
	assert_int_equal(bare_receipt(&bare, &said)->result, RECEIPT_FAILED);
	assert_true(holds("shadow", "bob:" OLD ":"));
}

static void another_program_at_the_files_is_waited_for(void **state)
{
	(void)state;
	bare_put(&bare, "shadow+", "");
	reset(false);
	assert_null(bare_receipt(&bare, &said));
	require(unlink(at("shadow+")) == 0);
	act_continue(&bare.actor, INT64_MAX);
	says(RECEIPT_DONE, ERR_OK, "new password");
}

static void account_that_is_gone_meanwhile_is_said(void **state)
{
	(void)state;
	bare_put(&bare, "shadow+", "");
	reset(false);
	assert_null(bare_receipt(&bare, &said));
	bare_put(&bare, "passwd", "root:x:0:0::/root:/bin/sh\n");
	act_continue(&bare.actor, INT64_MAX);
	says(RECEIPT_FAILED, ERR_NOT_FOUND, "could not reset account bob");
}

/* -- what root at the device gives -- */

static void hash_that_root_gives_is_put_in_and_keys_stay(void **state)
{
	(void)state;
	give("bob:" GIVEN);
	says(RECEIPT_DONE, ERR_OK, "account bob: the password that root gave");
	assert_int_equal(said.receipt.verified, 1);
	assert_true(holds("shadow", "bob:" GIVEN ":2::::::") && is_recorded());
	assert_int_equal(access(at(KEYS), F_OK), 0);
	assert_false(is_kept());
	assert_int_equal(said.receipt.sealed_len, 0);
	/* Once, whatever a core repeats. */
	assert_int_not_equal(access(at("actor/" PASSWORD_FILE_ASKED), F_OK), 0);
	give(NULL);
	says(RECEIPT_REFUSED, ERR_NOT_FOUND, "root has given none (caltrop local credential set)");
}

static void root_gives_the_last_way_in_another_password(void **state)
{
	(void)state;
	bare_put(&bare, "shadow", "root:*:1::::::\nbob:" OLD ":2::::::\n");
	give("bob:" GIVEN);
	says(RECEIPT_DONE, ERR_OK, "the password that root gave");
}

static void what_is_no_good_hash_or_of_another_is_not_put_in(void **state)
{
	(void)state;
	give("alice:" GIVEN);
	says(RECEIPT_REFUSED, ERR_NOT_FOUND, "root has given none");
	give("bob:");
	says(RECEIPT_REFUSED, ERR_INVALID, "the hash is of none of the methods");
	give("bob:!");
	says(RECEIPT_REFUSED, ERR_INVALID, "the hash is of none of the methods");
	give("bob:" GIVEN ":0::::::\nroot::");
	says(RECEIPT_REFUSED, ERR_INVALID, "the hash is not whole");
	bare_put(&bare, "login.defs", "ENCRYPT_METHOD YESCRYPT\n");
	give("bob:" GIVEN);
	says(RECEIPT_REFUSED, ERR_INVALID, "weaker method than ENCRYPT_METHOD");
	assert_true(holds("shadow", "bob:" OLD ":2::::::"));
}

static void account_that_is_shut_is_not_opened(void **state)
{
	(void)state;
	bare_put(&bare, "shadow", "root:$6$r$r:1::::::\nbob:!:2::::::\n");
	give("bob:" GIVEN);
	says(RECEIPT_REFUSED, ERR_PROTECTED, "passwd(1) opens it");
	assert_true(holds("shadow", "bob:!:2"));
}

static void wish_waits_for_another_program_at_the_files(void **state)
{
	(void)state;
	bare_put(&bare, "shadow+", "");
	give("bob:" GIVEN);
	assert_null(bare_receipt(&bare, &said));
	require(unlink(at("shadow+")) == 0);
	act_continue(&bare.actor, INT64_MAX);
	says(RECEIPT_DONE, ERR_OK, "the password that root gave");
}

/* -- what an order gives -- */

static void order(const char *hash, bool last_way)
{
	struct act_request request = {.origin = ORIGIN_ORDER,
				      .args = {.verb = VERB_RESET, .account = "bob", .last_way = last_way}};

	snprintf(request.args.hash, sizeof(request.args.hash), "%s", hash);
	act_begin(&bare.actor, &request);
}

static void hash_that_an_order_gives_is_put_in_and_told_to_nobody(void **state)
{
	(void)state;
	order(GIVEN, false);
	says(RECEIPT_DONE, ERR_OK, "account bob: the password that the order gave; SSH keys set aside");
	assert_true(holds("shadow", "bob:" GIVEN ":2::::::") && is_recorded());
	assert_false(is_kept());
	assert_int_not_equal(access(at(KEYS), F_OK), 0);
	assert_string_equal(said.receipt.args.hash, "given");
}

static void order_gives_no_bad_hash_and_no_last_way_in_away(void **state)
{
	(void)state;
	order("$1$saltsalt$ZEbAYPwHXnVTu/zYc0VUy1", true);
	says(RECEIPT_REFUSED, ERR_INVALID, "the hash is of none of the methods");
	assert_string_equal(said.receipt.args.hash, "given");
	bare_put(&bare, "shadow", "root:*:1::::::\nbob:" OLD ":2::::::\n");
	order(GIVEN, false);
	says(RECEIPT_REFUSED, ERR_PROTECTED, "last_way=yes resets it");
	order(GIVEN, true);
	says(RECEIPT_DONE, ERR_OK, "the password that the order gave");
}

static void nobody_else_gives_a_hash(void **state)
{
	struct act_request request = {.origin = ORIGIN_PLAYBOOK,
				      .args = {.verb = VERB_RESET, .account = "bob", .hash = GIVEN}};

	(void)state;
	act_begin(&bare.actor, &request);
	says(RECEIPT_REFUSED, ERR_PROTECTED, "only an order may give a hash");
	request.origin = ORIGIN_RULE;
	act_begin(&bare.actor, &request);
	says(RECEIPT_REFUSED, ERR_PROTECTED, "only an order may give a hash");
}

/* -- whatever call fails -- */

static int reset_once(void *context)
{
	const struct actor_receipt *r;
	bool done, changed;

	(void)context;
	faults_hold();
	begin();
	faults_begin();
	reset(false);
	act_continue(&bare.actor, INT64_MAX);
	faults_hold();
	r = bare_receipt(&bare, &said);
	changed = holds("shadow", "bob:" NEW ":2::::::");
	require(changed || holds("shadow", "bob:" OLD ":2::::::"));
	/* Nobody has lost his password for good, nor has root lost the old one. */
	require(!changed || (is_kept() && is_recorded()));
	done = r && r->result == RECEIPT_DONE;
	require(!done || changed);
	require(!done || !r->verified || access(at(KEYS), F_OK) != 0);
	bare_end(&bare);
	return done;
}

static void is_done_without_a_fault(void *context, const struct faults_run *run)
{
	(void)context;
	if (run->call < 0)
		assert_int_equal(run->result, 1);
}

static void no_password_is_lost_whatever_call_fails(void **state)
{
	const struct faults f = {EIO, NULL, reset_once, is_done_without_a_fault, NULL};

	(void)state;
	if (!faults_possible())
		skip();
	assert_true(faults_each(&f) > 50);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, bare_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reset_keeps_the_secret_and_the_old_line),
		TEST(password_that_is_in_passwd_is_changed_there),
		TEST(account_without_a_password_gets_none),
		TEST(last_way_in_needs_an_order_that_says_so),
		TEST(line_that_could_not_be_put_back_is_left_alone),
		TEST(nothing_changes_without_an_undo_record),
		TEST(nothing_changes_where_the_secret_cannot_be_kept),
		TEST(another_program_at_the_files_is_waited_for),
		TEST(account_that_is_gone_meanwhile_is_said),
		TEST(hash_that_root_gives_is_put_in_and_keys_stay),
		TEST(root_gives_the_last_way_in_another_password),
		TEST(what_is_no_good_hash_or_of_another_is_not_put_in),
		TEST(account_that_is_shut_is_not_opened),
		TEST(wish_waits_for_another_program_at_the_files),
		TEST(hash_that_an_order_gives_is_put_in_and_told_to_nobody),
		TEST(order_gives_no_bad_hash_and_no_last_way_in_away),
		TEST(nobody_else_gives_a_hash),
		cmocka_unit_test(no_password_is_lost_whatever_call_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
