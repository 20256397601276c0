/* SPDX-License-Identifier: Apache-2.0 */
/* Pens of this machine's kernel: what is in one stands still, is killed as one, or goes back to where it was. */
#include "agent/actor/sys/pen.h"

#include "agent/actor/sys/procs.h"
#include "agent/base/require.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define MANY 80u

static volatile uint32_t *turns; /* what a child counts while it runs */
static pid_t children[MANY];
static unsigned count;
static struct pen pen;

static uint64_t start_of(pid_t pid)
{
	struct proc_stat stat;

	require(procs_stat(pid, &stat) == ERR_OK);
	return stat.start_ticks;
}

static pid_t begin(bool counts)
{
	pid_t pid = fork();

	require(pid >= 0 && count < MANY);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;; poll(NULL, 0, 1))
			*turns += counts;
	}
	children[count++] = pid;
	return pid;
}

static int set_up(void **state)
{
	(void)state;
	turns = mmap(NULL, sizeof(*turns), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	require(turns != MAP_FAILED);
	count = 0;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (unsigned i = 0; i < count; i++) {
		(void)kill(children[i], SIGKILL);
		(void)waitpid(children[i], NULL, 0);
	}
	return munmap((void *)(uintptr_t)turns, sizeof(*turns));
}

static void open_one(void)
{
	if (!pen_is_there()) {
		print_message("no control group that could be written\n");
		skip();
	}
	assert_int_equal(pen_open(&pen), ERR_OK);
}

/* Whether it stands still within a second, or goes on. */
static bool runs(bool wanted)
{
	bool got = !wanted;

	for (unsigned n = 0; n < 200 && got != wanted; n++) {
		uint32_t before = *turns;

		(void)poll(NULL, 0, 20);
		got = *turns != before;
	}
	return got;
}

static void many_stand_still_and_are_killed_as_one(void **state)
{
	(void)state;
	open_one();
	begin(true);
	for (unsigned i = 1; i < MANY; i++)
		begin(false);
	assert_true(runs(true));
	for (unsigned i = 0; i < MANY; i++) {
		assert_false(pen_has(&pen, children[i]));
		assert_int_equal(pen_put(&pen, children[i], start_of(children[i])), ERR_OK);
		assert_true(pen_has(&pen, children[i]));
	}
	assert_false(runs(false));
	assert_false(pen_close(pen.number));
	assert_int_equal(pen_kill(&pen), ERR_OK);
	for (unsigned i = 0; i < MANY; i++) {
		int status;

		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	}
	count = 0;
	assert_true(pen_close(pen.number));
	assert_true(pen_close(pen.number));
}

static void what_is_released_goes_on(void **state)
{
	pid_t pid;

	(void)state;
	open_one();
	pid = begin(true);
	assert_int_equal(pen_put(&pen, pid, start_of(pid)), ERR_OK);
	assert_false(runs(false));
	pen_release(&pen);
	assert_false(pen_has(&pen, pid));
	assert_true(runs(true));
	assert_true(pen_close(pen.number));
}

/* A number that is another process's by now is nobody's to be put anywhere. */
static void who_began_at_another_time_stays_where_he_is(void **state)
{
	pid_t pid;

	(void)state;
	open_one();
	pid = begin(true);
	assert_int_equal(pen_put(&pen, pid, start_of(pid) + 1), ERR_NOT_FOUND);
	assert_false(pen_has(&pen, pid));
	assert_true(runs(true));
	kill(pid, SIGKILL);
	require(waitpid(pid, NULL, 0) == pid);
	count = 0;
	assert_int_equal(pen_put(&pen, pid, 1), ERR_NOT_FOUND);
	assert_true(pen_close(pen.number));
}

static void what_a_guard_left_in_a_pen_is_killed_at_the_next_start(void **state)
{
	struct pen other;
	int status;
	pid_t pid;

	(void)state;
	open_one();
	pid = begin(true);
	assert_int_equal(pen_put(&pen, pid, start_of(pid)), ERR_OK);
	assert_int_equal(pen_open(&other), ERR_OK);
	assert_int_not_equal(other.number, pen.number);
	pen_clear();
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	count = 0;
	assert_true(pen_close(other.number));
	assert_true(pen_close(pen.number));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(many_stand_still_and_are_killed_as_one),
		TEST(what_is_released_goes_on),
		TEST(who_began_at_another_time_stays_where_he_is),
		TEST(what_a_guard_left_in_a_pen_is_killed_at_the_next_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
