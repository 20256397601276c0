/* SPDX-License-Identifier: Apache-2.0 */
/* Trees of processes that a confined actor kills by order. Skipped where such an actor is not permitted. */
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

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHILDREN 3
#define TREE (1 + 2 * CHILDREN) /* each child has one, too */

static struct guard guard;
static struct key_der order_key;
static bool possible;

static struct {
	volatile int32_t pids[TREE];
	volatile unsigned turns; /* of one that starts others all the time */
} * tree;

static _Noreturn void sleep_on(void)
{
	for (;;)
		pause();
}

static pid_t start(void (*work)(unsigned), unsigned number)
{
	pid_t child = fork();

	require(child >= 0);
	if (child == 0) {
		work(number);
		_exit(0);
	}
	tree->pids[number] = (int32_t)child;
	return child;
}

static void leaf(unsigned number)
{
	(void)number;
	sleep_on();
}

static void branch(unsigned number)
{
	(void)start(leaf, number + CHILDREN);
	sleep_on();
}

static void root(unsigned number)
{
	for (unsigned i = 1; i <= CHILDREN; i++)
		(void)start(branch, number + i);
	sleep_on();
}

static void start_others_all_the_time(unsigned number)
{
	(void)number;
	for (;;) {
		pid_t child = fork();

		if (child == 0)
			_exit(0);
		(void)waitpid(child, NULL, 0);
		tree->turns++;
	}
}

static bool lives(int32_t pid)
{
	struct proc_stat stat;

	return procs_stat(pid, &stat) == ERR_OK && !stat.dead;
}

static int set_up(void **state)
{
	(void)state;
	memset(tree, 0, sizeof(*tree));
	possible = guard_prepare(&guard);
	if (!possible)
		return 0;
	guard_trust(&guard, &order_key);
	guard_start(&guard);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (unsigned i = 0; i < TREE; i++)
		if (tree->pids[i] > 0)
			kill(tree->pids[i], SIGKILL);
	(void)guard_tear_down(&guard, NULL);
	while (waitpid(-1, NULL, 0) > 0)
		continue;
	return 0;
}

static struct actor_receipt order(int32_t pid, uint8_t whole)
{
	struct verb_args args = {.verb = VERB_KILL, .pid = pid, .tree = whole};
	struct order o = guard_order_of(&args);
	const struct actor_receipt *r = guard_order(&guard, &o, &order_key);

	assert_non_null(r);
	return *r;
}

static int32_t whole_tree(void)
{
	(void)start(root, 0);
	for (unsigned i = 1; i < TREE; i++)
		while (tree->pids[i] == 0)
			(void)usleep(1000);
	return tree->pids[0];
}

static void says(const struct actor_receipt *r, uint8_t result, const char *text)
{
	if (!strstr(r->text, text))
		fail_msg("\"%s\" is not in \"%s\"", text, r->text);
	assert_int_equal(r->result, result);
}

static void tree_is_killed_whole(void **state)
{
	struct actor_receipt r;

	(void)state;
	if (!possible)
		skip();
	r = order(whole_tree(), 1);
	says(&r, RECEIPT_DONE, "and 6 below it killed; all are gone");
	assert_int_equal(r.count, TREE);
	assert_int_equal(r.verified, 1);
	for (unsigned i = 0; i < TREE; i++)
		assert_false(lives(tree->pids[i]));
}

static void without_tree_it_is_one_process(void **state)
{
	struct actor_receipt r;

	(void)state;
	if (!possible)
		skip();
	r = order(whole_tree(), 0);
	says(&r, RECEIPT_DONE, "killed; it is gone");
	assert_int_equal(r.count, 1);
	assert_false(lives(tree->pids[0]));
	for (unsigned i = 1; i < TREE; i++)
		assert_true(lives(tree->pids[i]));
}

static void tree_that_starts_others_all_the_time_is_killed_whole(void **state)
{
	struct actor_receipt r;
	unsigned turns;

	(void)state;
	if (!possible)
		skip();
	(void)start(start_others_all_the_time, 0);
	while (tree->turns == 0)
		(void)usleep(1000);
	r = order(tree->pids[0], 1);
	says(&r, RECEIPT_DONE, "below it killed; all are gone");
	assert_false(lives(tree->pids[0]));
	turns = tree->turns;
	(void)usleep(20000);
	assert_int_equal(tree->turns, turns);
}

static void stopped_tree_is_killed_whole(void **state)
{
	struct actor_receipt r;

	(void)state;
	if (!possible)
		skip();
	(void)whole_tree();
	for (unsigned i = 0; i < TREE; i++)
		require(kill(tree->pids[i], SIGSTOP) == 0 && guard_victim_is(tree->pids[i], true));
	r = order(tree->pids[0], 1);
	says(&r, RECEIPT_DONE, "and 6 below it killed; all are gone");
}

static void tree_with_the_guard_in_it_is_refused_and_goes_on(void **state)
{
	struct actor_receipt r;

	(void)state;
	if (!possible)
		skip();
	r = order((int32_t)getpid(), 1);
	says(&r, RECEIPT_REFUSED, "the guard");
	r = order((int32_t)guard.core, 1);
	says(&r, RECEIPT_REFUSED, "it is the guard itself");
	assert_true(guard_victim_is(guard.core, false));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(tree_is_killed_whole),
		TEST(without_tree_it_is_one_process),
		TEST(tree_that_starts_others_all_the_time_is_killed_whole),
		TEST(stopped_tree_is_killed_whole),
		TEST(tree_with_the_guard_in_it_is_refused_and_goes_on),
	};

	guard_maybe_core();
	tree = mmap(NULL, sizeof(*tree), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	require(tree != MAP_FAILED);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
