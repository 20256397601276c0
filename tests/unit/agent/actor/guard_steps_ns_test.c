/* SPDX-License-Identifier: Apache-2.0 */
/* Processes that a rule has killed, and those it must not; skipped where such a guard is not permitted. */
#include "agent/base/clock.h"
#include "agent/base/require.h"
#include "tests/unit/agent/actor/guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static struct guard guard;
static bool possible;

static void add_steps(struct settings *s)
{
	s->rules[RULE_BREACH].steps[0] = VERB_KILL;
	s->rules[RULE_BREACH].steps[1] = VERB_CUT;
	s->rules[RULE_BREACH].steps[2] = VERB_NONE;
}

static int set_up(void **state)
{
	(void)state;
	possible = guard_prepare(&guard);
	guard.adjust = add_steps;
	if (possible)
		guard_start(&guard);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	return guard_tear_down(&guard, NULL);
}

static const struct actor_receipt *kill_of(pid_t pid)
{
	struct verb_args args = {.verb = VERB_KILL, .pid = pid};
	const struct actor_receipt *r = guard_act(&guard, &args, ORIGIN_RULE);

	assert_non_null(r);
	return r;
}

/* Ended by the guard, or by this. */
static void assert_end(pid_t pid, bool ended)
{
	int status;

	assert_int_equal(waitpid(pid, &status, ended ? 0 : WNOHANG), ended ? pid : 0);
	if (!ended)
		require(kill(pid, SIGKILL) == 0 && waitpid(pid, &status, 0) == pid);
}

static void rule_kills_the_process_that_its_event_was_about(void **state)
{
	const struct actor_receipt *r;
	pid_t victim;

	(void)state;
	if (!possible)
		skip();
	victim = guard_victim();
	r = kill_of(victim);
	assert_int_equal(r->result, RECEIPT_DONE);
	assert_true(r->verified);
	assert_end(victim, true);
}

/* The number was another process's when the event was. */
static void process_that_began_behind_the_event_is_spared(void **state)
{
	const struct actor_receipt *r;
	pid_t victim;

	(void)state;
	if (!possible)
		skip();
	guard.cause_us = clock_mono_us() - SECOND_US;
	victim = guard_victim();
	r = kill_of(victim);
	assert_int_equal(r->result, RECEIPT_REFUSED);
	assert_int_equal(r->err, ERR_NOT_FOUND);
	guard.cause_us = 0;
	assert_end(victim, false);
}

/* What calls itself sshd, and is shut as what holds secrets is: then its files in /proc are root's, whosever it is. */
static pid_t called_sshd(uid_t uid)
{
	pid_t pid;
	int ends[2];
	char byte;

	require(pipe(ends) == 0);
	pid = fork();
	require(pid >= 0);
	if (pid == 0) {
		require(uid == 0 || setuid(uid) == 0);
		require(prctl(PR_SET_PDEATHSIG, SIGKILL) == 0);
		require(prctl(PR_SET_NAME, "sshd") == 0 && prctl(PR_SET_DUMPABLE, 0) == 0);
		require(write(ends[1], "x", 1) == 1);
		for (;;)
			pause();
	}
	require(read(ends[0], &byte, 1) == 1);
	close(ends[0]);
	close(ends[1]);
	return pid;
}

static void what_people_log_in_through_is_spared(void **state)
{
	const struct actor_receipt *r;
	pid_t victim;

	(void)state;
	if (!possible)
		skip();
	victim = called_sshd(0);
	r = kill_of(victim);
	assert_int_equal(r->result, RECEIPT_REFUSED);
	assert_int_equal(r->err, ERR_PROTECTED);
	assert_end(victim, false);
}

static void what_only_calls_itself_so_is_killed(void **state)
{
	const struct actor_receipt *r;
	pid_t victim;

	(void)state;
	if (!possible)
		skip();
	victim = called_sshd(4711);
	r = kill_of(victim);
	assert_int_equal(r->result, RECEIPT_DONE);
	assert_end(victim, true);
}

static void rule_asks_for_no_tree_and_cuts_no_operator(void **state)
{
	struct verb_args args = {.verb = VERB_KILL, .pid = getpid(), .tree = 1};
	const struct actor_receipt *r;

	(void)state;
	if (!possible)
		skip();
	r = guard_act(&guard, &args, ORIGIN_RULE);
	assert_true(r && r->result == RECEIPT_REFUSED && r->err == ERR_DENIED);
	args = (struct verb_args){.verb = VERB_CUT, .include_me = 1, .addr = {4, 32, {198, 51, 100, 7}}};
	r = guard_act(&guard, &args, ORIGIN_RULE);
	assert_true(r && r->result == RECEIPT_REFUSED && r->err == ERR_DENIED);
	args = (struct verb_args){.verb = VERB_CUT, .addr = {4, 32, {192, 0, 2, 1}}};
	r = guard_act(&guard, &args, ORIGIN_RULE);
	assert_true(r && r->result == RECEIPT_REFUSED && r->err == ERR_PROTECTED);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(rule_kills_the_process_that_its_event_was_about),
		TEST(process_that_began_behind_the_event_is_spared),
		TEST(what_people_log_in_through_is_spared),
		TEST(what_only_calls_itself_so_is_killed),
		TEST(rule_asks_for_no_tree_and_cuts_no_operator),
	};

	guard_maybe_core();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
