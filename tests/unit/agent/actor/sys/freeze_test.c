/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Suspension of real processes: trees, races made certain, tracers, and a caller that is killed at every step. A pipe
 * makes the victims start others; what they start, they start before the test goes on.
 */
#include "agent/actor/sys/freeze.h"

#include "agent/actor/sys/procs.h"
#include "agent/base/require.h"
#include "tests/unit/machine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define VICTIMS_MAX 128
#define BOOT 77
#define RUNS "RSD" /* what a thread does that is not stopped */

/* Memory of all processes of the test. */
static struct shared {
	int32_t pids[VICTIMS_MAX]; /* the first is the root */
	volatile unsigned count;
	struct freeze_undo kept; /* as on the disk */
	volatile unsigned keeps;
} * shared;

static int orders[2], answers[2];
static struct freeze_job job;
static struct freeze_undo undo;
static char text[FREEZE_TEXT_MAX];
static pid_t actor;

static _Noreturn void sleep_on(void)
{
	for (;;)
		pause();
}

static pid_t start(void (*work)(void))
{
	pid_t child = fork();

	require(child >= 0);
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		work();
		_exit(0);
	}
	return child;
}

static void start_paused(void)
{
	unsigned at = shared->count;

	require(at < VICTIMS_MAX);
	shared->pids[at] = (int32_t)start(sleep_on);
	shared->count = at + 1;
}

/* For each byte of the pipe: that many children, then an answer. */
static void obey(void)
{
	uint8_t order;

	for (;;) {
		if (read(orders[0], &order, 1) != 1)
			continue;
		for (; order > 0; order--)
			start_paused();
		require(write(answers[1], "", 1) == 1);
	}
}

static void grow(uint8_t children)
{
	char answer;

	require(write(orders[1], &children, 1) == 1);
	require(read(answers[0], &answer, 1) == 1);
}

static enum err keep(void *owner, const struct freeze_undo *now)
{
	(void)owner;
	shared->kept = *now;
	shared->keeps++;
	return ERR_OK;
}

static void root(void)
{
	shared->pids[shared->count++] = (int32_t)start(obey);
	job.pid = shared->pids[0];
}

static int set_up(void **state)
{
	(void)state;
	shared->count = shared->keeps = 0;
	require(pipe(orders) == 0 && pipe(answers) == 0);
	actor = start(sleep_on);
	job = (struct freeze_job){.tree = true, .actor = (int32_t)actor, .boot = BOOT, .keep = keep};
	root();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (unsigned i = 0; i < shared->count; i++)
		kill(shared->pids[i], SIGKILL);
	kill(actor, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0)
		continue;
	for (unsigned i = 0; i < 2; i++) {
		close(orders[i]);
		close(answers[i]);
	}
	return 0;
}

static bool wait_state(int32_t pid, const char *letters)
{
	for (unsigned i = 0; i < 20000; i++) {
		char now = procs_state(pid);

		if (now && strchr(letters, now))
			return true;
		usleep(500);
	}
	return false;
}

/* The wait that is the caller's. */
static enum err apply(void)
{
	enum err err;

	for (unsigned i = 0; i < 20000 && (err = freeze_apply(&job, &undo, text)) == ERR_BUSY; i++)
		usleep(500);
	return err;
}

static void suspend(void)
{
	assert_int_equal(freeze_look(&job, &undo, text), ERR_OK);
	assert_int_equal(apply(), ERR_OK);
	assert_true(freeze_is_held(&job, &undo, text));
}

static bool is(int32_t pid, const char *letters)
{
	char now = procs_state(pid);

	return now && strchr(letters, now);
}

static bool all_are(const char *letters)
{
	for (unsigned i = 0; i < shared->count; i++)
		if (!is(shared->pids[i], letters))
			return false;
	return true;
}

static void freeze_stops_a_tree_and_resume_continues_it(void **state)
{
	(void)state;
	grow(3);
	suspend();
	assert_string_equal(text, "4 processes suspended");
	assert_true(all_are("T"));
	assert_int_equal(freeze_apply(&job, &undo, text), ERR_OK);
	assert_int_equal(freeze_resume(&undo, BOOT, text), ERR_OK);
	assert_string_equal(text, "4 processes resumed");
	assert_true(all_are(RUNS));
	assert_false(freeze_is_held(&job, &undo, text));
	grow(1);
}

static void freeze_of_one_process_leaves_its_children(void **state)
{
	(void)state;
	grow(1);
	job.tree = false;
	suspend();
	assert_string_equal(text, "1 process suspended");
	assert_int_equal(procs_state(shared->pids[0]), 'T');
	assert_true(is(shared->pids[1], RUNS));
	assert_int_equal(freeze_resume(&undo, BOOT, text), ERR_OK);
}

static void freeze_leaves_stopped_what_was_stopped_before(void **state)
{
	(void)state;
	grow(2);
	kill(shared->pids[1], SIGSTOP);
	assert_true(wait_state(shared->pids[1], "T"));
	suspend();
	assert_string_equal(text, "2 processes suspended, 1 stopped before");
	assert_int_equal(freeze_resume(&undo, BOOT, text), ERR_OK);
	assert_string_equal(text, "2 processes resumed, 1 stopped as before");
	assert_int_equal(procs_state(shared->pids[1]), 'T');
	job.pid = shared->pids[1];
	assert_int_equal(freeze_look(&job, &undo, text), ERR_EXISTS);
	assert_string_equal(text, "it is stopped already");
}

/* It ran again before we had stopped the rest: from then on its stop is ours, and is recorded so. */
static void freeze_makes_its_own_what_somebody_continued(void **state)
{
	(void)state;
	grow(1);
	kill(shared->pids[1], SIGSTOP);
	assert_true(wait_state(shared->pids[1], "T"));
	assert_int_equal(freeze_look(&job, &undo, text), ERR_OK);
	kill(shared->pids[1], SIGCONT);
	assert_int_equal(apply(), ERR_OK);
	assert_int_equal(shared->keeps, 1);
	assert_int_equal(shared->kept.count, 2);
	assert_false(shared->kept.rows[1].before);
	assert_int_equal(freeze_resume(&shared->kept, BOOT, text), ERR_OK);
	assert_true(all_are(RUNS));
}

static void freeze_refuses_what_is_not_there(void **state)
{
	struct proc_stat stat;

	(void)state;
	assert_int_equal(procs_stat(job.pid, &stat), ERR_OK);
	job.start_ticks = stat.start_ticks + 1;
	assert_int_equal(freeze_look(&job, &undo, text), ERR_NOT_FOUND);
	assert_string_equal(text, "there is no such process");
	job.start_ticks = stat.start_ticks;
	assert_int_equal(freeze_look(&job, &undo, text), ERR_OK);
	kill(job.pid, SIGKILL);
	while (procs_stat(job.pid, &stat) == ERR_OK && !stat.dead)
		sched_yield();
	assert_int_equal(freeze_look(&job, &undo, text), ERR_NOT_FOUND);
	assert_string_equal(text, "it has ended and is a zombie");
	waitpid(job.pid, NULL, 0);
	assert_int_equal(freeze_look(&job, &undo, text), ERR_NOT_FOUND);
	job.pid = 1 << 22;
	assert_int_equal(freeze_look(&job, &undo, text), ERR_NOT_FOUND);
	job.pid = -1;
	assert_int_equal(freeze_look(&job, &undo, text), ERR_NOT_FOUND);
}

static void refused(const char *why)
{
	assert_int_equal(freeze_look(&job, &undo, text), ERR_PROTECTED);
	assert_string_equal(text, why);
	assert_true(all_are(RUNS));
}

static void freeze_spares_init_the_guard_and_what_it_runs_below(void **state)
{
	char why[FREEZE_TEXT_MAX];

	(void)state;
	grow(2);
	job.core = shared->pids[2];
	snprintf(why, sizeof(why), "process %d of its tree: it is the guard itself", shared->pids[2]);
	refused(why);
	job.core = 0;
	job.actor = shared->pids[2];
	refused("the guard runs below it");
	job.tree = false;
	refused("the guard runs below it");
	job.pid = (int32_t)getpid();
	refused("the guard runs below it");
	job.pid = shared->pids[2];
	refused("it is the guard itself");
	job.actor = shared->pids[0];
	refused("it is the guard itself");
	job.pid = 1;
	refused("pid 1 is the init system");
}

static void freeze_refuses_a_tree_that_no_record_holds(void **state)
{
	(void)state;
	grow(FREEZE_MAX);
	assert_int_equal(freeze_look(&job, &undo, text), ERR_FULL);
	assert_string_equal(text, "its tree has more than 62 processes");
	assert_true(all_are(RUNS));
	job.tree = false;
	suspend();
	assert_int_equal(freeze_resume(&undo, BOOT, text), ERR_OK);
}

static void freeze_resumes_a_tree_that_outgrew_its_record(void **state)
{
	(void)state;
	assert_int_equal(freeze_look(&job, &undo, text), ERR_OK);
	grow(FREEZE_MAX);
	assert_int_equal(apply(), ERR_FULL);
	assert_string_equal(text, "its tree has more than 62 processes");
	assert_int_equal(shared->keeps, 0);
	assert_true(all_are(RUNS));
}

static enum err keep_and_look(void *owner, const struct freeze_undo *now)
{
	assert_int_equal(now->count, 3);
	assert_true(is(shared->pids[1], RUNS));
	assert_true(is(shared->pids[2], RUNS));
	return keep(owner, now);
}

static enum err keep_nothing(void *owner, const struct freeze_undo *now)
{
	(void)owner;
	(void)now;
	return ERR_NO_SPACE;
}

static void freeze_records_what_was_started_before_it_stops_it(void **state)
{
	(void)state;
	job.keep = keep_and_look;
	assert_int_equal(freeze_look(&job, &undo, text), ERR_OK);
	assert_int_equal(undo.count, 1);
	grow(2);
	assert_int_equal(apply(), ERR_OK);
	assert_int_equal(shared->keeps, 1);
	assert_true(all_are("T"));
	assert_int_equal(freeze_resume(&undo, BOOT, text), ERR_OK);
	assert_true(all_are(RUNS));
}

static void freeze_gives_up_when_the_record_cannot_be_written(void **state)
{
	(void)state;
	job.keep = keep_nothing;
	assert_int_equal(freeze_look(&job, &undo, text), ERR_OK);
	grow(1);
	assert_int_equal(apply(), ERR_NO_SPACE);
	assert_string_equal(text, "what its tree started could not be recorded: no space left");
	assert_true(all_are(RUNS));
}

/* Forks without end until it is stopped: the record grows, or the tree is refused; nothing is left over. */
static void freeze_holds_or_refuses_what_keeps_forking(void **state)
{
	enum err err;

	(void)state;
	for (unsigned round = 0; round < 20; round++) {
		uint8_t one = 1;

		for (unsigned i = 0; i < 4; i++)
			require(write(orders[1], &one, 1) == 1);
		err = freeze_look(&job, &undo, text);
		if (err == ERR_OK)
			err = apply();
		if (err == ERR_OK) {
			assert_true(freeze_is_held(&job, &undo, text));
			assert_true(all_are("T"));
			assert_int_equal(freeze_resume(&undo, BOOT, text), ERR_OK);
		}
		assert_true(err == ERR_OK || err == ERR_FULL);
		assert_true(all_are(RUNS));
		for (unsigned i = 0; i < 4; i++)
			require(read(answers[0], &one, 1) == 1);
	}
}

static void freeze_says_what_somebody_continued_or_ended(void **state)
{
	char expected[FREEZE_TEXT_MAX];

	(void)state;
	if (!machine_runs_us())
		skip();
	grow(3);
	suspend();
	kill(shared->pids[1], SIGCONT);
	assert_true(wait_state(shared->pids[1], RUNS));
	assert_false(freeze_is_held(&job, &undo, text));
	snprintf(expected, sizeof(expected), "process %d (freeze_test) is not stopped", shared->pids[1]);
	assert_string_equal(text, expected);
	kill(shared->pids[2], SIGKILL);
	assert_true(wait_state(shared->pids[1], RUNS));
	while (!procs_gone(shared->pids[2], 0, -1))
		sched_yield();
	assert_int_equal(freeze_resume(&undo, BOOT, text), ERR_OK);
	assert_string_equal(text, "2 processes resumed, 1 not stopped any more, 1 ended");
}

static void freeze_resume_leaves_the_next_owner_of_a_number_alone(void **state)
{
	(void)state;
	suspend();
	undo.rows[0].start_ticks++;
	assert_int_equal(freeze_resume(&undo, BOOT, text), ERR_OK);
	assert_string_equal(text, "0 processes resumed, 1 ended");
	assert_int_equal(procs_state(job.pid), 'T');
	assert_int_equal(freeze_apply(&job, &undo, text), ERR_NOT_FOUND);
	undo.rows[0].start_ticks--;
	assert_int_equal(freeze_resume(&undo, BOOT + 1, text), ERR_NOT_FOUND);
	assert_int_equal(procs_state(job.pid), 'T');
	job.boot++;
	assert_false(freeze_is_held(&job, &undo, text));
	assert_int_equal(freeze_apply(&job, &undo, text), ERR_NOT_FOUND);
	assert_int_equal(freeze_resume(&undo, BOOT, text), ERR_OK);
}

static void *sleep_in_thread(void *unused)
{
	(void)unused;
	sleep_on();
}

static void lose_first_thread(void)
{
	pthread_t thread;

	require(pthread_create(&thread, NULL, sleep_in_thread, NULL) == 0);
	pthread_exit(NULL);
}

/* proc_pid_stat(5) calls it a zombie. */
static void freeze_stops_a_process_whose_first_thread_ended(void **state)
{
	struct proc_stat stat;

	(void)state;
	job.pid = shared->pids[shared->count++] = (int32_t)start(lose_first_thread);
	do
		assert_int_equal(procs_stat(job.pid, &stat), ERR_OK);
	while (stat.state != 'Z');
	suspend();
	assert_int_equal(procs_state(job.pid), 'T');
	assert_int_equal(freeze_resume(&undo, BOOT, text), ERR_OK);
	assert_true(is(job.pid, RUNS));
}

/* The child says its own name: one that outlives its parent has no signal from it, and tear_down() kills it. */
static void wait_in_vfork(void)
{
	if (vfork() == 0) {
		shared->pids[shared->count] = (int32_t)getpid();
		shared->count = shared->count + 1;
		sleep_on();
	}
}

static void freeze_says_that_a_process_waits_in_the_kernel(void **state)
{
	char expected[FREEZE_TEXT_MAX];
	unsigned others = shared->count;

	(void)state;

	job.pid = (int32_t)start(wait_in_vfork);
	while (shared->count == others)
		usleep(500);
	shared->pids[shared->count++] = job.pid;
	for (unsigned i = 0; i < 2000 && procs_state(job.pid) != 'D'; i++)
		usleep(500);
	if (procs_state(job.pid) != 'D')
		skip(); /* An emulator's vfork is a fork. */
	job.tree = false;
	assert_int_equal(freeze_look(&job, &undo, text), ERR_OK);
	assert_int_equal(freeze_apply(&job, &undo, text), ERR_BUSY);
	snprintf(expected, sizeof(expected), "process %d (freeze_test) waits in the kernel, where no signal reaches it",
		 job.pid);
	assert_string_equal(text, expected);
	assert_false(freeze_is_held(&job, &undo, text));
	/* The stop that is pending is taken back as well. */
	assert_int_equal(freeze_resume(&undo, BOOT, text), ERR_OK);
	assert_string_equal(text, "0 processes resumed, 1 not stopped any more");
}

static void freeze_says_who_lets_a_traced_process_run(void **state)
{
	char expected[FREEZE_TEXT_MAX];
	int status;

	(void)state;
	if (ptrace(PTRACE_SEIZE, job.pid, NULL, NULL) != 0)
		skip();
	assert_int_equal(freeze_look(&job, &undo, text), ERR_OK);
	(void)!freeze_apply(&job, &undo, text);
	require(waitpid(job.pid, &status, 0) == job.pid && WIFSTOPPED(status));
	assert_int_equal(freeze_apply(&job, &undo, text), ERR_OK);
	assert_string_equal(text, "1 process suspended, 1 held by a tracer, which can let it run");
	/* The second signal is pending: both are kept from it. */
	require(ptrace(PTRACE_CONT, job.pid, NULL, NULL) == 0);
	require(waitpid(job.pid, &status, 0) == job.pid && WIFSTOPPED(status));
	require(ptrace(PTRACE_CONT, job.pid, NULL, NULL) == 0);
	assert_true(wait_state(job.pid, RUNS));
	assert_false(freeze_is_held(&job, &undo, text));
	snprintf(expected, sizeof(expected), "process %d (freeze_test) runs on under process %d, which traces it",
		 job.pid, (int)getpid());
	assert_string_equal(text, expected);
	assert_int_equal(freeze_resume(&undo, BOOT, text), ERR_OK);
}

static void cut_apply(void)
{
	while (freeze_apply(&job, &undo, text) == ERR_BUSY)
		sched_yield();
}

static void cut_resume(void)
{
	(void)!freeze_resume(&undo, BOOT, text);
}

static bool is_signal_call(pid_t caller)
{
	struct __ptrace_syscall_info info;

	return ptrace(PTRACE_GET_SYSCALL_INFO, caller, sizeof(info), &info) > 0 &&
	       info.op == PTRACE_SYSCALL_INFO_ENTRY &&
	       (info.entry.nr == SYS_pidfd_send_signal || info.entry.nr == SYS_pidfd_open);
}

/* Kill the caller before its nth signal or opening of a process. false: it came to its end. */
static bool cut_at(unsigned nth, void (*work)(void))
{
	pid_t caller = fork();
	int status;

	if (caller == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
			_exit(1);
		raise(SIGSTOP);
		work();
		_exit(0);
	}
	require(waitpid(caller, &status, 0) == caller);
	if (!WIFEXITED(status))
		require(ptrace(PTRACE_SETOPTIONS, caller, NULL, PTRACE_O_TRACESYSGOOD) == 0);
	for (unsigned seen = 0; !WIFEXITED(status);) {
		if (is_signal_call(caller) && seen++ == nth) {
			kill(caller, SIGKILL);
			require(waitpid(caller, &status, 0) == caller);
			return true;
		}
		require(ptrace(PTRACE_SYSCALL, caller, NULL, NULL) == 0);
		require(waitpid(caller, &status, 0) == caller);
	}
	return false;
}

/* One that was stopped before, one that is known, and two that are started after the look. */
static void prepare(void)
{
	tear_down(NULL);
	set_up(NULL);
	grow(2);
	kill(shared->pids[1], SIGSTOP);
	assert_true(wait_state(shared->pids[1], "T"));
	assert_int_equal(freeze_look(&job, &shared->kept, text), ERR_OK);
	grow(2);
	undo = shared->kept;
}

static void all_run_but_the_one(void)
{
	assert_int_equal(procs_state(shared->pids[1]), 'T');
	for (unsigned i = 0; i < shared->count; i++)
		assert_true(i == 1 || is(shared->pids[i], RUNS));
}

static void caller_killed_at_any_step_is_taken_back_or_completed(void **state)
{
	unsigned nth = 0;

	(void)state;
	for (prepare(); cut_at(nth, cut_apply); prepare(), nth++) {
		undo = shared->kept;
		if (nth % 2) {
			assert_int_equal(apply(), ERR_OK);
			assert_true(freeze_is_held(&job, &undo, text));
			assert_true(all_are("T"));
		}
		assert_int_equal(freeze_resume(&shared->kept, BOOT, text), ERR_OK);
		all_run_but_the_one();
	}
	if (nth == 0)
		skip(); /* Nothing can be traced here. */
	assert_true(nth >= 8);
	assert_true(all_are("T"));
}

static void caller_killed_at_any_step_of_a_resume_is_completed(void **state)
{
	unsigned nth = 0;
	bool cut;

	(void)state;
	do {
		prepare();
		assert_int_equal(apply(), ERR_OK);
		cut = cut_at(nth++, cut_resume);
		assert_int_equal(freeze_resume(&shared->kept, BOOT, text), ERR_OK);
		all_run_but_the_one();
	} while (cut);
	if (nth == 1)
		skip();
	assert_int_equal(nth, 9);
}

#define WITH_ROOT(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ROOT(freeze_stops_a_tree_and_resume_continues_it),
		WITH_ROOT(freeze_of_one_process_leaves_its_children),
		WITH_ROOT(freeze_leaves_stopped_what_was_stopped_before),
		WITH_ROOT(freeze_makes_its_own_what_somebody_continued),
		WITH_ROOT(freeze_refuses_what_is_not_there),
		WITH_ROOT(freeze_spares_init_the_guard_and_what_it_runs_below),
		WITH_ROOT(freeze_refuses_a_tree_that_no_record_holds),
		WITH_ROOT(freeze_resumes_a_tree_that_outgrew_its_record),
		WITH_ROOT(freeze_records_what_was_started_before_it_stops_it),
		WITH_ROOT(freeze_gives_up_when_the_record_cannot_be_written),
		WITH_ROOT(freeze_holds_or_refuses_what_keeps_forking),
		WITH_ROOT(freeze_says_what_somebody_continued_or_ended),
		WITH_ROOT(freeze_resume_leaves_the_next_owner_of_a_number_alone),
		WITH_ROOT(freeze_stops_a_process_whose_first_thread_ended),
		WITH_ROOT(freeze_says_that_a_process_waits_in_the_kernel),
		WITH_ROOT(freeze_says_who_lets_a_traced_process_run),
		WITH_ROOT(caller_killed_at_any_step_is_taken_back_or_completed),
		WITH_ROOT(caller_killed_at_any_step_of_a_resume_is_completed),
	};

	/* What the victims started becomes the test's when they end, and is waited for. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	require(shared != MAP_FAILED);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
