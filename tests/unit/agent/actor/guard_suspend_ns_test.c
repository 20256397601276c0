/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Suspensions by a confined actor of real processes: from the order to the end, over the actor's death and over all
 * that happens to the processes meanwhile. Skipped where such an actor is not permitted.
 */
#include "agent/actor/sys/procs.h"
#include "agent/base/require.h"
#include "tests/unit/agent/actor/guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CHILDREN 3
#define TREE (CHILDREN + 1)

static struct guard guard;
static struct key_der order_key;
static bool possible;

/* The victim and its children, as the victim writes them down. */
static struct {
	volatile int32_t pids[TREE];
	volatile unsigned turns; /* of a victim that starts others all the time */
} * tree;

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

static void have_children(void)
{
	for (unsigned i = 1; i < TREE; i++)
		tree->pids[i] = (int32_t)start(sleep_on);
	sleep_on();
}

static void start_others_all_the_time(void)
{
	for (;;) {
		pid_t child = fork();

		if (child == 0)
			_exit(0);
		(void)waitpid(child, NULL, 0);
		tree->turns++;
	}
}

static bool wait_state(int32_t pid, const char *letters)
{
	for (unsigned ms = 0; ms < 5000; ms++) {
		char state = procs_state(pid);

		if (state && strchr(letters, state))
			return true;
		(void)usleep(1000);
	}
	return false;
}

static void wait_dead(int32_t pid)
{
	struct proc_stat stat;

	while (procs_stat(pid, &stat) == ERR_OK && !stat.dead)
		(void)usleep(1000);
}

static int32_t victim(void (*work)(void))
{
	tree->pids[0] = (int32_t)start(work);
	while (work == have_children && tree->pids[CHILDREN] == 0)
		(void)usleep(1000);
	return tree->pids[0];
}

static bool all_are(const char *letters)
{
	for (unsigned i = 0; i < TREE; i++)
		if (!wait_state(tree->pids[i], letters))
			return false;
	return true;
}

static int prepare(void **state)
{
	(void)state;
	memset(tree, 0, sizeof(*tree));
	possible = guard_prepare(&guard);
	if (possible)
		guard_trust(&guard, &order_key);
	return 0;
}

static int set_up(void **state)
{
	if (prepare(state) == 0 && possible)
		guard_start(&guard);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (unsigned i = 0; i < TREE; i++)
		if (tree->pids[i] > 0)
			kill(tree->pids[i], SIGKILL);
	if (!possible)
		return 0;
	guard_end(&guard);
	while (waitpid(-1, NULL, 0) > 0)
		continue;
	return 0;
}

static struct actor_receipt order(struct verb_args args)
{
	struct order o = guard_order_of(&args);
	const struct actor_receipt *r = guard_order(&guard, &o, &order_key);

	assert_non_null(r);
	return *r;
}

static struct actor_receipt suspend(int32_t pid)
{
	return order((struct verb_args){.verb = VERB_SUSPEND, .pid = pid, .tree = 1});
}

static struct actor_receipt resume(int32_t pid)
{
	return order((struct verb_args){.verb = VERB_RESUME, .pid = pid});
}

/* The text is "... process PID" and `rest`. */
static void says(const struct actor_receipt *r, uint8_t result, int32_t pid, const char *rest)
{
	char text[MESSAGE_TEXT_MAX];

	snprintf(text, sizeof(text), "process %d%s", (int)pid, rest);
	if (!strstr(r->text, text))
		fail_msg("\"%s\" is not in \"%s\"", text, r->text);
	assert_int_equal(r->result, result);
}

static void next_says(uint8_t result, int32_t pid, const char *rest)
{
	for (unsigned looks = 0; looks < 5; looks++)
		if (guard_wait(&guard, ACTOR_RECEIPT)) {
			says(&guard.message.receipt, result, pid, rest);
			return;
		}
	fail_msg("no receipt says: %s", rest);
}

static uint64_t start_of(int32_t pid)
{
	struct proc_stat stat;

	assert_int_equal(procs_stat(pid, &stat), ERR_OK);
	return stat.start_ticks;
}

static void tree_is_suspended_proved_and_resumed(void **state)
{
	struct actor_receipt r;
	int32_t pid;

	(void)state;
	if (!possible)
		skip();
	pid = victim(have_children);
	r = suspend(pid);
	says(&r, RECEIPT_DONE, pid, ": 4 processes suspended; read back");
	assert_int_equal(r.verified, 1);
	assert_int_equal(r.count, TREE);
	assert_int_not_equal(r.journaled_us, 0);
	assert_int_equal(r.args.start_ticks, start_of(pid));
	assert_in_range(r.expires_wall_us / 1000000 - time(NULL), 3590, 3600);
	assert_true(all_are("T"));
	r = resume(pid);
	says(&r, RECEIPT_DONE, pid, ": resumed; 4 processes resumed");
	assert_int_equal(r.verified, 1);
	assert_true(all_are("S"));
	r = resume(pid);
	says(&r, RECEIPT_ALREADY, pid, ": there was nothing to take back");
}

static void without_tree_it_is_one_process(void **state)
{
	struct actor_receipt r;
	int32_t pid;

	(void)state;
	if (!possible)
		skip();
	pid = victim(have_children);
	r = order((struct verb_args){.verb = VERB_SUSPEND, .pid = pid});
	says(&r, RECEIPT_DONE, pid, ": 1 process suspended; read back");
	assert_int_equal(procs_state(pid), 'T');
	assert_int_equal(procs_state(tree->pids[1]), 'S');
	/* The same once more, and then with all below it. */
	r = order((struct verb_args){.verb = VERB_SUSPEND, .pid = pid});
	says(&r, RECEIPT_ALREADY, pid, ": 1 process suspended; read back");
	r = order((struct verb_args){.verb = VERB_SUSPEND, .pid = pid, .tree = 1, .duration_s = 60});
	says(&r, RECEIPT_DONE, pid, ": 4 processes suspended; read back");
	assert_in_range(r.expires_wall_us / 1000000 - time(NULL), 3500, 3601);
	assert_true(all_are("T"));
	r = resume(pid);
	says(&r, RECEIPT_DONE, pid, ": resumed; 4 processes resumed");
}

static void tree_that_starts_others_all_the_time_stands_still(void **state)
{
	struct actor_receipt r;
	unsigned turns;
	int32_t pid;

	(void)state;
	if (!possible)
		skip();
	pid = victim(start_others_all_the_time);
	r = suspend(pid);
	says(&r, RECEIPT_DONE, pid, ": ");
	assert_int_equal(r.verified, 1);
	turns = tree->turns;
	(void)usleep(50000);
	assert_int_equal(tree->turns, turns);
	r = resume(pid);
	says(&r, RECEIPT_DONE, pid, ": resumed");
	while (tree->turns == turns)
		(void)usleep(1000);
}

static void suspension_ends_with_its_time(void **state)
{
	int32_t pid;

	(void)state;
	if (!possible)
		skip();
	pid = victim(have_children);
	assert_int_equal(order((struct verb_args){.verb = VERB_SUSPEND, .pid = pid, .tree = 1, .duration_s = 1}).result,
			 RECEIPT_DONE);
	next_says(RECEIPT_REVERTED, pid, " ended: its time is over; 4 processes resumed");
	assert_true(all_are("S"));
}

static void lasting_suspension_has_no_end(void **state)
{
	struct actor_receipt r;
	int32_t pid;

	(void)state;
	if (!possible)
		skip();
	pid = victim(have_children);
	r = order((struct verb_args){.verb = VERB_SUSPEND, .pid = pid, .duration_s = VERB_FOREVER});
	says(&r, RECEIPT_DONE, pid, ": 1 process suspended; read back");
	assert_int_equal(r.expires_wall_us, 0);
	guard_kill(&guard);
	guard_start(&guard);
	assert_true(wait_state(pid, "T"));
	r = resume(pid);
	says(&r, RECEIPT_DONE, pid, ": resumed; 1 process resumed");
}

static void actor_that_comes_back_holds_what_it_suspended(void **state)
{
	struct actor_receipt r;
	int32_t pid;

	(void)state;
	if (!possible)
		skip();
	pid = victim(have_children);
	assert_int_equal(suspend(pid).result, RECEIPT_DONE);
	guard_kill(&guard);
	assert_true(all_are("T"));
	require(kill(tree->pids[2], SIGCONT) == 0 && wait_state(tree->pids[2], "S"));
	guard_start(&guard);
	next_says(RECEIPT_RESTORED, pid, " is suspended again: what ran of it is stopped");
	assert_true(all_are("T"));
	r = resume(pid);
	says(&r, RECEIPT_DONE, pid, ": resumed; 4 processes resumed");
	assert_true(all_are("S"));
}

static void what_somebody_continues_is_suspended_again(void **state)
{
	int32_t pid;

	(void)state;
	if (!possible)
		skip();
	pid = victim(have_children);
	assert_int_equal(suspend(pid).result, RECEIPT_DONE);
	require(kill(pid, SIGCONT) == 0 && wait_state(pid, "S"));
	next_says(RECEIPT_RESTORED, pid, " is suspended again: what ran of it is stopped");
	assert_true(all_are("T"));
}

static void what_ends_meanwhile_is_no_mistake(void **state)
{
	struct actor_receipt r;
	int32_t pid;

	(void)state;
	if (!possible)
		skip();
	pid = victim(have_children);
	assert_int_equal(suspend(pid).result, RECEIPT_DONE);
	require(kill(tree->pids[1], SIGKILL) == 0);
	wait_dead(tree->pids[1]);
	r = resume(pid);
	says(&r, RECEIPT_DONE, pid, ": resumed; 3 processes resumed, 1 ended");
	assert_int_equal(suspend(pid).result, RECEIPT_DONE);
	guard_kill(&guard);
	for (unsigned i = 0; i < TREE; i++)
		kill(tree->pids[i], SIGKILL);
	require(waitpid(pid, NULL, 0) == pid);
	guard_start(&guard);
	next_says(RECEIPT_REVERTED, pid, " ended: it has ended");
	r = resume(pid);
	says(&r, RECEIPT_ALREADY, pid, ": there was nothing to take back");
}

/* A process of just this number; false: this kernel does not give it. */
static bool start_as(int32_t pid)
{
	struct clone_args args;
	long child;

	memset(&args, 0, sizeof(args));
	args.exit_signal = SIGCHLD;
	args.set_tid = (uint64_t)(uintptr_t)&pid;
	args.set_tid_size = 1;
	child = syscall(SYS_clone3, &args, sizeof(args));
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		sleep_on();
	}
	return child == pid;
}

static void number_that_is_used_again_is_another_process(void **state)
{
	struct actor_receipt r;
	int32_t pid;

	(void)state;
	if (!possible)
		skip();
	pid = victim(sleep_on);
	r = order((struct verb_args){.verb = VERB_SUSPEND, .pid = pid, .start_ticks = start_of(pid) + 1});
	says(&r, RECEIPT_REFUSED, pid, ": there is no such process");
	assert_int_equal(suspend(pid).result, RECEIPT_DONE);
	require(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid);
	(void)usleep(20000); /* start times are in ticks of 10 ms */
	if (!start_as(pid))
		skip();
	r = order((struct verb_args){.verb = VERB_RESUME, .pid = pid, .start_ticks = start_of(pid)});
	says(&r, RECEIPT_REFUSED, pid, ": the process of that number that is suspended started at another time");
	/* The old one's suspension ends, with a receipt of its own; the new one's begins. */
	r = suspend(pid);
	says(&r, RECEIPT_REVERTED, pid, " ended: all of it has ended");
	next_says(RECEIPT_DONE, pid, ": 1 process suspended; read back");
	assert_int_equal(guard.message.receipt.args.start_ticks, start_of(pid));
	r = resume(pid);
	says(&r, RECEIPT_DONE, pid, ": resumed; 1 process resumed");
	assert_true(wait_state(pid, "S"));
}

static void what_others_stopped_is_left_so(void **state)
{
	struct actor_receipt r;
	int32_t pid;

	(void)state;
	if (!possible)
		skip();
	pid = victim(have_children);
	require(kill(pid, SIGSTOP) == 0 && wait_state(pid, "T"));
	r = order((struct verb_args){.verb = VERB_SUSPEND, .pid = pid});
	says(&r, RECEIPT_ALREADY, pid, " is stopped already, not by this guard, which leaves it so");
	r = suspend(pid);
	says(&r, RECEIPT_DONE, pid, ": 3 processes suspended, 1 stopped before; read back");
	r = resume(pid);
	says(&r, RECEIPT_DONE, pid, ": resumed; 3 processes resumed, 1 stopped as before");
	assert_int_equal(procs_state(pid), 'T');
}

static void another_boot(struct settings *s)
{
	char path[SETTINGS_PATH_MAX + 32];

	snprintf(path, sizeof(path), "%s/../boot_id", s->state_dir);
	require(unshare(CLONE_NEWNS) == 0 && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
	require(mount(path, "/proc/sys/kernel/random/boot_id", NULL, MS_BIND, NULL) == 0);
}

static void after_a_reboot_nothing_is_suspended(void **state)
{
	int32_t pid;

	(void)state;
	if (!possible)
		skip();
	pid = victim(have_children);
	assert_int_equal(suspend(pid).result, RECEIPT_DONE);
	guard_kill(&guard);
	guard_put(&guard, "boot_id", "01234567-89ab-cdef-0123-456789abcdef\n");
	require(kill(pid, SIGCONT) == 0 && wait_state(pid, "S"));
	guard.adjust = another_boot;
	guard_start(&guard);
	next_says(RECEIPT_REVERTED, pid, " ended: the machine was started anew since, so nothing of it is suspended");
	assert_int_equal(procs_state(pid), 'S');
	assert_int_equal(procs_state(tree->pids[1]), 'T');
}

static void what_must_run_is_refused(void **state)
{
	const int32_t pids[] = {(int32_t)guard.pid, (int32_t)guard.core, (int32_t)getpid(), 2, 4194303};
	struct verb_args args = {.verb = VERB_SUSPEND};
	struct actor_receipt r;

	(void)state;
	if (!possible)
		skip();
	for (unsigned i = 0; i < sizeof(pids) / sizeof(pids[0]); i++) {
		r = suspend(pids[i]);
		assert_int_equal(r.result, RECEIPT_REFUSED);
		assert_int_equal(r.args.start_ticks, 0);
		assert_int_not_equal(r.text[0], '\0');
		args.pid = pids[i];
		assert_int_equal(guard_act(&guard, &args, ORIGIN_LOCAL)->err, ERR_DENIED);
		assert_int_equal(guard_act(&guard, &args, ORIGIN_RULE)->err, ERR_DENIED);
	}
	assert_true(wait_state((int32_t)guard.core, "S"));
}

static void no_journal(struct settings *s)
{
	char path[SETTINGS_PATH_MAX + 32];

	snprintf(path, sizeof(path), "%s/actor", s->state_dir);
	(void)mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/actor/journal", s->state_dir);
	require(mkdir(path, 0700) == 0);
}

static void nothing_is_suspended_without_a_journal(void **state)
{
	struct actor_receipt r;
	int32_t pid;

	(void)state;
	if (!possible)
		skip();
	guard.adjust = no_journal;
	guard_start(&guard);
	pid = victim(have_children);
	r = suspend(pid);
	assert_true(r.result == RECEIPT_FAILED || r.result == RECEIPT_REFUSED);
	assert_true(all_are("S"));
}

#define WHOLE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
#define OWN(test) cmocka_unit_test_setup_teardown(test, prepare, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WHOLE(tree_is_suspended_proved_and_resumed),
		WHOLE(without_tree_it_is_one_process),
		WHOLE(tree_that_starts_others_all_the_time_stands_still),
		WHOLE(suspension_ends_with_its_time),
		WHOLE(lasting_suspension_has_no_end),
		WHOLE(actor_that_comes_back_holds_what_it_suspended),
		WHOLE(what_somebody_continues_is_suspended_again),
		WHOLE(what_ends_meanwhile_is_no_mistake),
		WHOLE(number_that_is_used_again_is_another_process),
		WHOLE(what_others_stopped_is_left_so),
		WHOLE(after_a_reboot_nothing_is_suspended),
		WHOLE(what_must_run_is_refused),
		OWN(nothing_is_suspended_without_a_journal),
	};

	guard_maybe_core();
	tree = mmap(NULL, sizeof(*tree), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	require(tree != MAP_FAILED);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
