/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs that wait: which, how long, how many, and that none is lost. */
#include "server-stub/gateway/aside.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define NOON (INT64_C(1700000000) * 1000000)

static struct job *job_at(enum job_kind kind, int64_t wall_us, struct job *next)
{
	struct job *job = job_new(kind, 0);

	assert_non_null(job);
	job->wall_us = wall_us;
	job->next = next;
	return job;
}

/* Frees the jobs and says how many there were. */
static unsigned release(struct job *first)
{
	unsigned count = 0;

	for (struct job *next; first; first = next, count++) {
		next = first->next;
		free(first);
	}
	return count;
}

static void what_is_answered_goes_on_in_order(void **state)
{
	struct aside a;
	struct job *last = job_at(JOB_HELLO, NOON, NULL);
	struct job *first = job_at(JOB_BATCH, NOON, job_at(JOB_SEEN, NOON, last)), *rest;

	(void)state;
	aside_init(&a);
	assert_true(aside_next_us(&a) == INT64_MAX);
	rest = aside_keep(&a, job_at(JOB_SENT, NOON, first));
	assert_ptr_equal(rest, first);
	assert_ptr_equal(rest->next, last);
	assert_int_equal(release(rest), 2);
	assert_int_equal(release(aside_due(&a, INT64_MAX)), 2);
	assert_null(aside_due(&a, INT64_MAX));
}

static void each_waits_its_own_time(void **state)
{
	struct aside a;
	struct job *due;

	(void)state;
	aside_init(&a);
	assert_null(aside_keep(&a, job_at(JOB_SENT, NOON, job_at(JOB_SEEN, NOON, job_at(JOB_SEEN, NOON + 5, NULL)))));
	assert_true(aside_next_us(&a) == NOON + ASIDE_SEEN_US);
	assert_null(aside_due(&a, NOON + ASIDE_SEEN_US - 1));
	due = aside_due(&a, NOON + ASIDE_SEEN_US);
	assert_int_equal(due->kind, JOB_SEEN);
	assert_int_equal(release(due), 1);
	assert_int_equal(release(aside_due(&a, NOON + ASIDE_SEEN_US + 5)), 1);
	assert_true(aside_next_us(&a) == NOON + ASIDE_SENT_US);
	assert_int_equal(release(aside_due(&a, aside_next_us(&a))), 1);
}

static void a_clock_that_is_set_back_holds_nothing(void **state)
{
	struct aside a;

	(void)state;
	aside_init(&a);
	assert_null(aside_keep(&a, job_at(JOB_SENT, NOON, job_at(JOB_SEEN, NOON, NULL))));
	assert_int_equal(release(aside_due(&a, NOON - 1)), 2);
}

static void more_than_the_limit_do_not_wait(void **state)
{
	struct aside a;
	struct job *jobs = NULL;

	(void)state;
	aside_init(&a);
	for (unsigned i = 0; i < ASIDE_SEEN_MAX + 3; i++)
		jobs = job_at(JOB_SEEN, NOON, jobs);
	assert_int_equal(release(aside_keep(&a, jobs)), 3);
	assert_int_equal(release(aside_due(&a, INT64_MAX)), ASIDE_SEEN_MAX);
	assert_null(aside_keep(&a, job_at(JOB_SEEN, NOON, NULL)));
	assert_int_equal(release(aside_due(&a, INT64_MAX)), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_answered_goes_on_in_order),
		cmocka_unit_test(each_waits_its_own_time),
		cmocka_unit_test(a_clock_that_is_set_back_holds_nothing),
		cmocka_unit_test(more_than_the_limit_do_not_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
