/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verb suspend on a bare actor and processes of the test's own, where its record, its time or its process is not
 * what it was. Needs no root.
 */
#include "agent/actor/verb/suspension.h"

#include "agent/actor/sys/procs.h"
#include "agent/actor/verb/act.h"
#include "agent/actor/verb/action_rows.h"
#include "agent/actor/verb/effect.h"
#include "agent/base/clock.h"
#include "agent/base/require.h"
#include "tests/unit/agent/actor/bare.h"

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

static const struct action_row *const rows[] = {&suspend_row, &resume_row, NULL};
static union actor_message said;
static pid_t victim, parent;

static _Noreturn void pause_for_good(void)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		pause();
}

/* What an actor has started itself it does not suspend, so the victim is another's. */
static void start_victim(void)
{
	int ends[2];

	require(pipe(ends) == 0);
	parent = fork();
	require(parent >= 0);
	if (parent == 0) {
		victim = fork();
		if (victim == 0)
			pause_for_good();
		(void)!write(ends[1], &victim, sizeof(victim));
		(void)waitpid(victim, NULL, 0);
		pause_for_good();
	}
	require(read(ends[0], &victim, sizeof(victim)) == sizeof(victim) && victim > 0);
	close(ends[0]);
	close(ends[1]);
}

static int set_up(void **state)
{
	(void)state;
	bare_start(&bare);
	bare.actor.rows = rows;
	start_victim();
	return 0;
}

static void end_victim(void)
{
	struct proc_stat stat;

	(void)kill(victim, SIGKILL);
	for (unsigned ms = 0; ms < 2000 && procs_stat(victim, &stat) == ERR_OK; ms++)
		(void)usleep(1000);
}

static int tear_down(void **state)
{
	(void)state;
	end_victim();
	(void)kill(parent, SIGKILL);
	(void)waitpid(parent, NULL, 0);
	bare_end(&bare);
	return 0;
}

static const struct actor_receipt *act(const struct verb_args *args)
{
	bare_act(&bare, args);
	for (unsigned i = 0; i < 1000 && act_next_us(&bare.actor) != INT64_MAX; i++) {
		(void)usleep(1000);
		act_continue(&bare.actor, INT64_MAX);
	}
	return bare_receipt(&bare, &said);
}

static const struct actor_receipt *suspend(uint32_t duration_s)
{
	return act(&(struct verb_args){.verb = VERB_SUSPEND, .pid = victim, .duration_s = duration_s});
}

static const struct actor_receipt *resume(void)
{
	return act(&(struct verb_args){.verb = VERB_RESUME, .pid = victim});
}

static struct effect *in_force(void)
{
	struct verb_args args = {.verb = VERB_SUSPEND, .pid = victim};

	return ledger_find(&bare.actor.ledger, &args);
}

static bool is_stopped(void)
{
	return procs_state(victim) == 'T';
}

/* A signal reaches a process a moment after it was sent. */
static bool runs_again(void)
{
	for (unsigned ms = 0; ms < 2000 && is_stopped(); ms++)
		(void)usleep(1000);
	return !is_stopped();
}

static int64_t left_us(void)
{
	return ledger_more(&bare.actor.ledger, in_force())->end_us - clock_mono_us();
}

static void suspension_is_made_longer_never_shorter(void **state)
{
	(void)state;
	assert_int_equal(suspend(600)->result, RECEIPT_DONE);
	assert_true(is_stopped());
	assert_int_equal(suspend(60)->result, RECEIPT_ALREADY);
	assert_true(said.receipt.expires_wall_us > clock_wall_us() + 590 * SECOND_US);
	assert_true(left_us() > 590 * SECOND_US);
	assert_int_equal(suspend(7200)->result, RECEIPT_DONE);
	assert_true(left_us() > 7100 * SECOND_US);
	assert_int_equal(suspend(VERB_FOREVER)->result, RECEIPT_DONE);
	assert_int_equal(suspend(60)->result, RECEIPT_ALREADY);
	assert_true(said.receipt.expires_wall_us == 0);
	assert_int_equal(suspend(VERB_FOREVER)->result, RECEIPT_ALREADY);
	assert_int_equal(resume()->result, RECEIPT_DONE);
	assert_true(runs_again());
}

static void suspension_gets_a_tree_without_becoming_shorter(void **state)
{
	struct verb_args tree = {.verb = VERB_SUSPEND, .pid = victim, .duration_s = 60, .tree = 1};

	(void)state;
	assert_int_equal(suspend(600)->result, RECEIPT_DONE);
	assert_int_equal(act(&tree)->result, RECEIPT_DONE);
	assert_int_equal(ledger_more(&bare.actor.ledger, in_force())->args.tree, 1);
	assert_true(left_us() > 590 * SECOND_US);
	/* It has one now. */
	assert_int_equal(act(&tree)->result, RECEIPT_ALREADY);
}

static void process_that_somebody_stopped_is_left_to_him(void **state)
{
	(void)state;
	require(kill(victim, SIGSTOP) == 0);
	while (!is_stopped())
		(void)usleep(1000);
	assert_int_equal(suspend(60)->result, RECEIPT_ALREADY);
	assert_non_null(strstr(said.receipt.text, "not by this guard, which leaves it so"));
	assert_null(in_force());
	assert_int_equal(resume()->result, RECEIPT_ALREADY);
	assert_true(is_stopped());
}

static void record_that_cannot_be_read_ends_and_says_so(void **state)
{
	(void)state;
	assert_int_equal(suspend(600)->result, RECEIPT_DONE);
	ledger_more(&bare.actor.ledger, in_force())->undo_len = 1;
	assert_int_equal(resume()->result, RECEIPT_DONE);
	assert_non_null(strstr(said.receipt.text, "its record cannot be read, so nothing was resumed"));
	assert_null(in_force());
	assert_true(is_stopped());
}

static void look_at_a_record_that_cannot_be_read_ends_it(void **state)
{
	unsigned missing = 0;

	(void)state;
	assert_int_equal(suspend(600)->result, RECEIPT_DONE);
	ledger_more(&bare.actor.ledger, in_force())->undo_len = 1;
	assert_int_equal(suspension_reconcile(&bare.actor, &missing), ERR_OK);
	assert_int_equal(missing, 1);
	assert_int_equal(bare_receipt(&bare, &said)->result, RECEIPT_REVERTED);
	assert_non_null(strstr(said.receipt.text, "its record cannot be read"));
	assert_null(in_force());
}

static void suspension_of_a_process_that_ended_gives_way_to_another(void **state)
{
	struct verb_args args = {.verb = VERB_SUSPEND, .pid = victim};
	struct effect_more *more;

	(void)state;
	assert_int_equal(suspend(600)->result, RECEIPT_DONE);
	/* As if the number had been another process's, of which nothing is left. */
	more = ledger_more(&bare.actor.ledger, in_force());
	more->args.start_ticks++;
	more->undo_len = 1;
	args.duration_s = 60;
	assert_int_equal(act(&args)->result, RECEIPT_REVERTED);
	assert_non_null(strstr(said.receipt.text, "all of it has ended"));
	assert_int_equal(bare_receipt(&bare, &said)->result, RECEIPT_ALREADY);
	assert_null(in_force());
}

static void what_runs_of_another_of_that_number_is_in_the_way(void **state)
{
	(void)state;
	assert_int_equal(suspend(600)->result, RECEIPT_DONE);
	ledger_more(&bare.actor.ledger, in_force())->args.start_ticks++;
	assert_int_equal(suspend(60)->result, RECEIPT_REFUSED);
	assert_non_null(strstr(said.receipt.text, "is suspended still; resume that first"));
	assert_non_null(in_force());
}

static void suspension_without_a_journal_stops_nothing(void **state)
{
	(void)state;
	bare.actor.journal.bytes = JOURNAL_BYTES_MAX;
	assert_int_equal(suspend(60)->result, RECEIPT_FAILED);
	assert_non_null(strstr(said.receipt.text, "the undo record could not be written"));
	assert_false(is_stopped());
	assert_null(in_force());
}

static void one_whose_time_is_over_is_not_stopped_again(void **state)
{
	struct verb_args other = {.verb = VERB_ISOLATE};
	unsigned missing = 0;

	(void)state;
	assert_int_equal(suspend(600)->result, RECEIPT_DONE);
	assert_non_null(ledger_put(&bare.actor.ledger, &other));
	effect_end_now(&bare.actor, in_force());
	require(kill(victim, SIGCONT) == 0);
	assert_true(runs_again());
	(void)usleep(LEDGER_TICK_US);
	assert_int_equal(suspension_reconcile(&bare.actor, &missing), ERR_OK);
	assert_false(is_stopped());
	assert_int_equal(missing, 0);
}

static void process_that_is_gone_is_neither_suspended_nor_resumed(void **state)
{
	int32_t pid = victim;

	(void)state;
	end_victim();
	assert_int_equal(act(&(struct verb_args){.verb = VERB_SUSPEND, .pid = pid, .duration_s = 60})->err,
			 ERR_NOT_FOUND);
	assert_int_equal(act(&(struct verb_args){.verb = VERB_RESUME, .pid = pid})->result, RECEIPT_ALREADY);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(suspension_is_made_longer_never_shorter),
		TEST(suspension_gets_a_tree_without_becoming_shorter),
		TEST(process_that_somebody_stopped_is_left_to_him),
		TEST(record_that_cannot_be_read_ends_and_says_so),
		TEST(look_at_a_record_that_cannot_be_read_ends_it),
		TEST(suspension_of_a_process_that_ended_gives_way_to_another),
		TEST(what_runs_of_another_of_that_number_is_in_the_way),
		TEST(suspension_without_a_journal_stops_nothing),
		TEST(one_whose_time_is_over_is_not_stopped_again),
		TEST(process_that_is_gone_is_neither_suspended_nor_resumed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
