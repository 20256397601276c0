/* SPDX-License-Identifier: Apache-2.0 */
/* Which processes a log-out ends, on a bare actor and processes of a user of the test's own. Skipped without root. */
#include "agent/actor/sys/procs.h"
#include "agent/actor/verb/act.h"
#include "agent/actor/verb/action_rows.h"
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
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define BOB 54341
#define MANY (ACTION_PROCESSES_MAX + 3)

static const struct action_row *const rows[] = {&logout_row, &reset_row, NULL};
static union actor_message said;
static pid_t started[MANY];
static unsigned count;

/* Of that user; with a title it is sleep(1) under that name. */
static pid_t start(uid_t uid, const char *title)
{
	int ready[2];
	char byte;
	pid_t pid;

	require(pipe(ready) == 0 && count < MANY);
	pid = fork();
	require(pid >= 0);
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (setresuid(uid, uid, uid) != 0)
			_exit(1);
		close(ready[0]);
		if (title) {
			(void)fcntl(ready[1], F_SETFD, FD_CLOEXEC);
			execlp("sleep", title, "60", (char *)NULL);
		}
		(void)!write(ready[1], "x", 1);
		for (;;)
			pause();
	}
	close(ready[1]);
	/* Its byte, or the end that comes with exec(3). */
	(void)!read(ready[0], &byte, 1);
	close(ready[0]);
	return started[count++] = pid;
}

static bool runs(pid_t pid)
{
	struct proc_stat stat;

	return procs_stat(pid, &stat) == ERR_OK && !stat.dead;
}

static int set_up(void **state)
{
	(void)state;
	bare_start(&bare);
	bare.actor.rows = rows;
	snprintf(bare.actor.settings.shadow, sizeof(bare.actor.settings.shadow), "%s/shadow", bare.dir);
	bare_put(&bare, "passwd", "root:x:0:0::/root:/bin/sh\nbob:x:54341:54341::/none:/bin/sh\n");
	bare_put(&bare, "shadow", "root:*:1::::::\nbob:$6$a:1::::::\n");
	count = 0;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (unsigned i = 0; i < count; i++) {
		(void)kill(started[i], SIGKILL);
		(void)waitpid(started[i], NULL, 0);
	}
	bare_end(&bare);
	return 0;
}

static void needs_root(void)
{
	if (geteuid() != 0)
		skip();
}

static const struct actor_receipt *log_out(const char *name)
{
	struct act_request request = {.origin = ORIGIN_ORDER, .args = {.verb = VERB_LOGOUT}};

	memcpy(request.args.account, name, strlen(name));
	act_begin(&bare.actor, &request);
	for (unsigned i = 0; i < 2000 && act_next_us(&bare.actor) != INT64_MAX; i++) {
		(void)usleep(1000);
		act_continue(&bare.actor, INT64_MAX);
	}
	return bare_receipt(&bare, &said);
}

static void says(const struct actor_receipt *r, uint8_t result, enum err err, const char *text)
{
	assert_non_null(r);
	assert_string_equal(r->text, text);
	assert_int_equal(r->result, result);
	assert_int_equal(r->err, err);
}

static void account_without_a_session_had_none(void **state)
{
	(void)state;
	needs_root();
	says(log_out("bob"), RECEIPT_ALREADY, ERR_OK, "account bob: had no session");
	assert_int_equal(said.receipt.count, 0);
	assert_int_equal(log_out("nosuch")->result, RECEIPT_FAILED);
	assert_int_equal(said.receipt.err, ERR_NOT_FOUND);
}

static void everything_of_the_user_ends_and_nothing_else(void **state)
{
	pid_t his, other;

	(void)state;
	needs_root();
	his = start(BOB, NULL);
	other = start(BOB + 1, NULL);
	says(log_out("bob"), RECEIPT_DONE, ERR_OK, "account bob: sessions ended, 1 processes, none left");
	assert_int_equal(said.receipt.count, 1);
	assert_false(runs(his));
	assert_true(runs(other));
}

static void sessions_of_sshd_are_known_by_their_titles(void **state)
{
	pid_t monitor, session, anothers, listener;

	(void)state;
	needs_root();
	monitor = start(0, "sshd: bob [priv]");
	session = start(0, "sshd-session: bob@pts/0");
	anothers = start(0, "sshd: bobby [priv]");
	listener = start(0, "sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups");
	assert_int_equal(log_out("bob")->result, RECEIPT_DONE);
	assert_false(runs(monitor) || runs(session));
	assert_true(runs(anothers) && runs(listener));
}

static void more_than_are_watched_over_end_all_the_same(void **state)
{
	(void)state;
	needs_root();
	while (count < MANY)
		(void)start(BOB, NULL);
	assert_int_equal(log_out("bob")->result, RECEIPT_DONE);
	assert_true(said.receipt.count >= MANY);
	assert_int_equal(said.receipt.verified, 1);
	for (unsigned i = 0; i < count; i++)
		assert_false(runs(started[i]));
}

/* A guard that runs under an account that somebody logs out does not end itself. */
static void core_of_the_same_user_is_spared(void **state)
{
	pid_t core, his;

	(void)state;
	needs_root();
	core = start(BOB, NULL);
	his = start(BOB, NULL);
	bare.actor.child.pid = core;
	bare.actor.child.uid = BOB;
	assert_int_equal(log_out("bob")->result, RECEIPT_DONE);
	assert_true(runs(core));
	assert_false(runs(his));
	says(log_out("bob"), RECEIPT_ALREADY, ERR_OK, "account bob: had no session");
	bare.actor.child.pid = 0;
}

/* Whoever broke in writes his key again and again, as fast as the file vanishes. */
static pid_t start_writer(void)
{
	char dir[128], file[160];
	int ready[2];
	char byte;
	pid_t pid;

	snprintf(dir, sizeof(dir), "%s/home", bare.dir);
	require(chmod(bare.dir, 0711) == 0 && mkdir(dir, 0755) == 0 && chown(dir, BOB, BOB) == 0);
	snprintf(dir, sizeof(dir), "%s/home/.ssh", bare.dir);
	require(mkdir(dir, 0755) == 0 && chown(dir, BOB, BOB) == 0);
	snprintf(file, sizeof(file), "%s/authorized_keys", dir);
	require(pipe(ready) == 0);
	pid = fork();
	require(pid >= 0);
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (setresuid(BOB, BOB, BOB) != 0)
			_exit(1);
		for (unsigned i = 0;; i++) {
			int fd = open(file, O_WRONLY | O_CREAT, 0600);

			(void)!write(fd, "ssh-ed25519 AAAA thief\n", 23);
			(void)close(fd);
			if (i == 0)
				(void)!write(ready[1], "x", 1);
		}
	}
	close(ready[1]);
	require(read(ready[0], &byte, 1) == 1);
	close(ready[0]);
	return started[count++] = pid;
}

static bool has_keys(void)
{
	return files_has(bare.dir, "home/.ssh/authorized_keys", "thief");
}

static void let_reset(void)
{
	char text[256];

	snprintf(text, sizeof(text), "root:x:0:0::/root:/bin/sh\nbob:x:54341:54341::%s/home:/bin/sh\n", bare.dir);
	bare_put(&bare, "passwd", text);
	bare_put(&bare, "shadow", "root:$6$r$r:1::::::\nbob:$6$a$a:1::::::\n");
	memcpy(bare.actor.secrets.ready[0].hash, "$6$n$n", sizeof("$6$n$n"));
	memcpy(bare.actor.secrets.ready[0].secret, "correct", sizeof("correct"));
	bare.actor.secrets.ready[0].sealed_len = 4;
	bare.actor.secrets.count = 1;
	bare_act(&bare, &(struct verb_args){.verb = VERB_RESET, .account = "bob"});
}

static void keys_that_were_put_back_behind_a_reset_are_set_aside(void **state)
{
	(void)state;
	needs_root();
	(void)start_writer();
	let_reset();
	while (!has_keys())
		(void)usleep(100);
	bare_act(&bare, &(struct verb_args){.verb = VERB_LOGOUT, .account = "bob"});
	for (unsigned i = 0; i < 2000 && act_next_us(&bare.actor) != INT64_MAX; i++) {
		(void)usleep(1000);
		act_continue(&bare.actor, INT64_MAX);
	}
	assert_false(has_keys());
	/* Whichever of the two was sure first. */
	for (unsigned i = 0; i < 2; i++) {
		const struct actor_receipt *r = bare_receipt(&bare, &said);

		assert_non_null(r);
		if (r->args.verb == VERB_RESET)
			says(r, RECEIPT_DONE, ERR_OK,
			     "account bob: new password, sealed to the escrow key; SSH keys set aside");
		else
			says(r, RECEIPT_DONE, ERR_OK,
			     "account bob: sessions ended, 1 processes, none left; SSH keys of after its reset set "
			     "aside");
	}
}

static void keys_stay_where_nobody_reset(void **state)
{
	(void)state;
	needs_root();
	(void)start_writer();
	says(log_out("bob"), RECEIPT_DONE, ERR_OK, "account bob: sessions ended, 1 processes, none left");
	assert_true(has_keys());
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(account_without_a_session_had_none),
		TEST(everything_of_the_user_ends_and_nothing_else),
		TEST(sessions_of_sshd_are_known_by_their_titles),
		TEST(more_than_are_watched_over_end_all_the_same),
		TEST(core_of_the_same_user_is_spared),
		TEST(keys_that_were_put_back_behind_a_reset_are_set_aside),
		TEST(keys_stay_where_nobody_reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
