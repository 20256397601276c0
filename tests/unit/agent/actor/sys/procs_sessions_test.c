/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which processes are an account's sessions: all of them are found, or the look says that it proves nothing. In a
 * process namespace of its own; skipped without root.
 */
#include "agent/actor/sys/procs.h"

#include "agent/base/require.h"
#include "tests/unit/apart.h"
#include "tests/unit/faults.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define BOB 54351
#define FEW 2
#define MANY 1200 /* more than one read(2) of their numbers */

static const struct procs_query query = {"bob", BOB, 0};
static pid_t monitor, his, other;

static _Noreturn void stay(void)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		pause();
}

/* Of that user. With a title it is sleep(1) under that name, with children that are root's. */
static pid_t start(uid_t uid, const char *title, unsigned children)
{
	int ready[2];
	char byte;
	pid_t pid;

	require(pipe2(ready, O_CLOEXEC) == 0);
	pid = fork();
	require(pid >= 0);
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (unsigned i = 0; i < children; i++)
			if (fork() == 0) {
				close(ready[1]);
				stay();
			}
		if (setresuid(uid, uid, uid) != 0)
			_exit(1);
		if (title)
			execlp("sleep", title, "600", (char *)NULL);
		close(ready[1]);
		stay();
	}
	close(ready[1]);
	(void)!read(ready[0], &byte, 1);
	close(ready[0]);
	return pid;
}

static void stop(pid_t pid)
{
	if (pid <= 0)
		return;
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
}

/* Two of bob's and `children` of root's below one of them; one of another. */
static void begin(unsigned children)
{
	monitor = start(0, "sshd: bob [priv]", children);
	his = start(BOB, NULL, 0);
	other = start(BOB + 1, NULL, 0);
}

static int tear_down(void **state)
{
	(void)state;
	stop(monitor);
	stop(his);
	stop(other);
	monitor = his = other = 0;
	/* Theirs, which are this namespace's now. */
	while (apart_possible && waitpid(-1, NULL, 0) > 0)
		continue;
	return 0;
}

static bool is_among(const struct procs_look *look, pid_t pid)
{
	for (unsigned i = 0; i < look->count; i++)
		if (look->rows[i].pid == pid)
			return true;
	return false;
}

static void everything_below_a_session_is_found_however_much_it_is(void **state)
{
	struct procs_look look;

	(void)state;
	if (!apart_possible)
		skip();
	begin(MANY);
	assert_int_equal(procs_sessions(&query, &look), ERR_OK);
	assert_false(look.moving);
	assert_int_equal(look.count, MANY + 2);
	assert_true(is_among(&look, monitor) && is_among(&look, his));
	assert_false(is_among(&look, other) || is_among(&look, getpid()));
}

/* What the work before left behind is this namespace's, and would be looked at each time. */
static void reap(void *context)
{
	(void)context;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		continue;
}

static int look_once(void *context)
{
	struct procs_look look;

	(void)context;
	if (procs_sessions(&query, &look) != ERR_OK)
		return 0;
	faults_hold();
	require(!is_among(&look, other));
	require(look.moving || look.count == FEW + 2);
	return !look.moving;
}

static void is_proven_without_a_fault(void *context, const struct faults_run *run)
{
	(void)context;
	if (run->call < 0)
		assert_int_equal(run->result, 1);
}

static void look_that_misses_one_proves_nothing(void **state)
{
	static const int errors[] = {EIO, EMFILE};

	(void)state;
	if (!apart_possible || !faults_possible())
		skip();
	begin(FEW);
	for (unsigned i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		const struct faults f = {errors[i], reap, look_once, is_proven_without_a_fault, NULL};

		assert_true(faults_each(&f) > 20);
	}
}

static int run(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(everything_below_a_session_is_found_however_much_it_is, tear_down),
		cmocka_unit_test_teardown(look_that_misses_one_proves_nothing, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	apart_run(run);
}
