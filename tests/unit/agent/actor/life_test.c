/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/actor/life.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define HANG_S 90
#define HANG_US (HANG_S * SECOND_US)
#define HOW "was ended by signal 11"

static struct actor actor;

/* A process that only waits is the core. */
static void begin(int64_t now_us)
{
	actor.settings.hang_s = HANG_S;
	actor.ledger.more_count = 0;
	actor.child.started_us = now_us;
	actor.child.pid = fork();
	if (actor.child.pid == 0)
		for (;;)
			pause();
	life_started(now_us);
}

static bool lives(void)
{
	int status;

	return waitpid(actor.child.pid, &status, WNOHANG) == 0;
}

static void end(void)
{
	int status;

	child_end(&actor.child, true);
	(void)waitpid(actor.child.pid, &status, 0);
	actor.child.pid = 0;
}

/* As the loop does it: it is called when it asked to be, or later. Returns when. */
static int64_t pass(void)
{
	int64_t due_us = life_next_us(&actor);

	life_tick(&actor, due_us);
	return due_us;
}

static void core_that_is_silent_is_killed(void **state)
{
	int status;

	(void)state;
	begin(0);
	life_alive(SECOND_US);
	assert_int_equal(pass(), SECOND_US + HANG_US / 3 * 2);
	assert_true(lives());
	assert_int_equal(pass(), SECOND_US + HANG_US);
	/* Once: the loop may come by again before it has heard of the end. */
	assert_true(life_next_us(&actor) > SECOND_US + HANG_US);
	assert_int_equal(waitpid(actor.child.pid, &status, 0), actor.child.pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	actor.child.pid = 0;
	assert_int_equal(life_next_us(&actor), INT64_MAX);
}

static void core_that_says_that_it_is_alive_lives(void **state)
{
	int64_t now_us = 0;

	(void)state;
	begin(now_us);
	for (int i = 0; i < 100; i++) {
		life_alive(now_us);
		now_us = pass();
	}
	assert_true(lives());
	end();
}

static void machine_that_slept_makes_no_core_hang(void **state)
{
	(void)state;
	begin(0);
	life_alive(0);
	life_tick(&actor, 8 * HOUR_US); /* we wake first */
	assert_true(lives());
	life_alive(8 * HOUR_US + HANG_US / 4);
	life_tick(&actor, 8 * HOUR_US + HANG_US / 3);
	assert_true(lives());
	end();
}

static void core_that_starts_has_time(void **state)
{
	(void)state;
	begin(0);
	actor.settings.hang_s = 3;
	assert_true(life_next_us(&actor) > 3 * SECOND_US);
	life_alive(SECOND_US);
	assert_true(life_next_us(&actor) <= 4 * SECOND_US);
	end();
}

/* How many crashes, each `apart_us` after a start, until it is said to be enough; at most 100. */
static unsigned crash(int64_t apart_us)
{
	unsigned count = 1;

	for (actor.child.started_us = 0; count < 100; count++, actor.child.started_us += apart_us)
		if (life_crashed(&actor, HOW, actor.child.started_us + apart_us))
			break;
	return count;
}

static void core_that_crashes_again_and_again_is_given_up(void **state)
{
	(void)state;
	actor.ledger.more_count = 0;
	life_reloading(); /* which counts anew */
	assert_int_equal(crash(SECOND_US), LIFE_CRASHES_MAX);
}

static void crashes_far_apart_are_none_in_a_row(void **state)
{
	(void)state;
	actor.ledger.more_count = 0;
	assert_int_equal(crash(2 * MINUTE_US), 100);
}

static void effects_that_have_to_be_taken_back_keep_caltropd(void **state)
{
	(void)state;
	actor.ledger.more_count = 1; /* an isolation, say */
	assert_int_equal(crash(SECOND_US), 100);
}

static void core_that_never_served_is_given_up_sooner(void **state)
{
	(void)state;
	actor.ledger.more_count = 0;
	assert_int_equal(crash(SECOND_US), LIFE_FIRST_CRASHES_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(core_that_never_served_is_given_up_sooner),
		cmocka_unit_test(core_that_is_silent_is_killed),
		cmocka_unit_test(core_that_says_that_it_is_alive_lives),
		cmocka_unit_test(machine_that_slept_makes_no_core_hang),
		cmocka_unit_test(core_that_starts_has_time),
		cmocka_unit_test(core_that_crashes_again_and_again_is_given_up),
		cmocka_unit_test(crashes_far_apart_are_none_in_a_row),
		cmocka_unit_test(effects_that_have_to_be_taken_back_keep_caltropd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
