/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verbs of processes on a bare actor, whatever call fails: what is said to be ended or suspended is, what is not
 * said to be stands in the ledger, and nobody else is touched. In a process namespace of its own; skipped without root.
 */
#include "agent/actor/sys/procs.h"

#include "agent/actor/verb/act.h"
#include "agent/actor/verb/action_rows.h"
#include "agent/base/require.h"
#include "tests/unit/agent/actor/bare.h"
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
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define BOB 54331
#define ANN 54332

static const struct action_row *const rows[] = {&kill_row, &logout_row, &suspend_row, &resume_row, NULL};
static union actor_message said;
static pid_t first, second, other; /* bob's, bob's and ann's */

static pid_t start(uid_t uid)
{
	int ready[2];
	char byte;
	pid_t pid;

	require(pipe(ready) == 0);
	pid = fork();
	require(pid >= 0);
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (setresuid(uid, uid, uid) != 0 || write(ready[1], "x", 1) != 1)
			_exit(1);
		close(ready[0]);
		close(ready[1]);
		for (;;)
			pause();
	}
	require(read(ready[0], &byte, 1) == 1);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

static void stop(pid_t *pid)
{
	if (*pid > 0) {
		(void)kill(*pid, SIGKILL);
		(void)waitpid(*pid, NULL, 0);
	}
	*pid = 0;
}

static bool runs(pid_t pid)
{
	struct proc_stat stat;

	return procs_stat(pid, &stat) == ERR_OK && !stat.dead;
}

static int set_up(void **state)
{
	(void)state;
	if (apart_possible)
		other = start(ANN);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	stop(&other);
	return 0;
}

static void open_actor(void)
{
	struct actor *a = &bare.actor;

	bare_start(&bare);
	a->rows = rows;
	snprintf(a->settings.shadow, sizeof(a->settings.shadow), "%s/shadow", bare.dir);
	bare_put(&bare, "passwd", "root:x:0:0::/root:/bin/sh\nbob:x:54331:54331::/none:/bin/sh\n");
	bare_put(&bare, "shadow", "root:*:1::::::\nbob:$6$a:1::::::\n");
}

/* NULL: it has not come to an end. */
static const struct actor_receipt *act(const struct verb_args *args)
{
	const struct actor_receipt *r;

	bare_act(&bare, args);
	for (unsigned i = 0; i < 50 && act_next_us(&bare.actor) != INT64_MAX; i++) {
		faults_hold();
		(void)usleep(1000);
		faults_begin();
		act_continue(&bare.actor, INT64_MAX);
	}
	faults_hold();
	r = bare_receipt(&bare, &said);
	faults_begin();
	return r;
}

static bool is_done(uint16_t verb, pid_t pid)
{
	struct verb_args args = {.verb = verb, .pid = pid, .duration_s = verb == VERB_SUSPEND ? 60 : 0};
	const struct actor_receipt *r;

	if (verb == VERB_LOGOUT)
		memcpy(args.account, "bob", 4);
	r = act(&args);
	return r && r->verified && (r->result == RECEIPT_DONE || r->result == RECEIPT_ALREADY);
}

static bool in_force(pid_t pid)
{
	struct verb_args args = {.verb = VERB_SUSPEND, .pid = pid};

	return ledger_find(&bare.actor.ledger, &args) != NULL;
}

/* -- whatever call fails -- */

enum { SUSPENDED = 1, RESUMED = 2, KILLED = 4, LOGGED_OUT = 8 };

static void start_both(void *context)
{
	(void)context;
	/* What the work before left behind is this process's, and would be looked at each time. */
	while (waitpid(-1, NULL, WNOHANG) > 0)
		continue;
	first = start(BOB);
	second = start(BOB);
}

static int suspend_and_resume(void *context)
{
	int done = 0;

	(void)context;
	faults_hold();
	open_actor();
	faults_begin();
	done |= is_done(VERB_SUSPEND, first) ? SUSPENDED : 0;
	faults_hold();
	require(!(done & SUSPENDED) || procs_state(first) == 'T');
	require(procs_state(first) != 'T' || in_force(first));
	faults_begin();
	done |= is_done(VERB_RESUME, first) ? RESUMED : 0;
	faults_hold();
	require(!(done & RESUMED) || procs_state(first) != 'T');
	require(procs_state(first) != 'T' || in_force(first));
	bare_end(&bare);
	return done;
}

static int kill_and_log_out(void *context)
{
	int done = 0;

	(void)context;
	faults_hold();
	open_actor();
	faults_begin();
	done |= is_done(VERB_KILL, first) ? KILLED : 0;
	faults_hold();
	require(!(done & KILLED) || !runs(first));
	require(runs(second));
	faults_begin();
	done |= is_done(VERB_LOGOUT, 0) ? LOGGED_OUT : 0;
	faults_hold();
	require(!(done & LOGGED_OUT) || (!runs(first) && !runs(second)));
	bare_end(&bare);
	return done;
}

static void nobody_else_is_touched(void *context, const struct faults_run *run)
{
	assert_true(runs(other));
	assert_int_not_equal(procs_state(other), 'T');
	stop(&first);
	stop(&second);
	if (run->call < 0)
		assert_int_equal(run->result, *(int *)context);
}

static void what_is_said_to_be_suspended_is_whatever_call_fails(void **state)
{
	int all = SUSPENDED | RESUMED;
	const struct faults f = {EIO, start_both, suspend_and_resume, nobody_else_is_touched, &all};

	(void)state;
	if (!apart_possible || !faults_possible())
		skip();
	assert_true(faults_some(&f) > 30);
}

/* As on a kernel that has no such call, for which there is another way. */
static void what_is_said_to_be_ended_is_whatever_call_fails(void **state)
{
	int all = KILLED | LOGGED_OUT;
	const struct faults f = {ENOSYS, start_both, kill_and_log_out, nobody_else_is_touched, &all};

	(void)state;
	if (!apart_possible || !faults_possible())
		skip();
	assert_true(faults_some(&f) > 30);
}

static int run(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_said_to_be_suspended_is_whatever_call_fails, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_said_to_be_ended_is_whatever_call_fails, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	apart_run(run);
}
