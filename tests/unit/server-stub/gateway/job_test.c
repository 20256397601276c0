/* SPDX-License-Identifier: Apache-2.0 */
#include "server-stub/gateway/job.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

static void put(struct job_queue *q, uint64_t number, size_t len)
{
	struct job *job = job_new(JOB_BATCH, len);

	job->link = number;
	(void)job_queue_put(q, job);
}

static unsigned take(struct job_queue *q, size_t bytes_max, uint64_t first)
{
	struct job *next, *job = job_queue_take(q, bytes_max, 1);
	unsigned count = 0;

	for (; job; job = next, count++) {
		assert_int_equal(job->link, first + count);
		next = job->next;
		free(job);
	}
	return count;
}

static void jobs_come_out_in_order_and_in_groups(void **state)
{
	struct job_queue q;

	(void)state;
	job_queue_init(&q);
	for (uint64_t i = 0; i < 10; i++)
		put(&q, i, 10000);
	assert_true(job_queue_bytes(&q) > 100000);
	assert_int_equal(take(&q, 25000, 0), 3);
	put(&q, 10, 10);
	assert_int_equal(take(&q, SIZE_MAX, 3), 8);
	assert_int_equal(job_queue_bytes(&q), 0);
	put(&q, 7, 10);
	assert_int_equal(take(&q, 1, 7), 1);
}

static void taking_ends_when_the_time_is_over_or_the_queue_closed(void **state)
{
	struct job_queue q;

	(void)state;
	job_queue_init(&q);
	assert_null(job_queue_take(&q, SIZE_MAX, (int64_t)time(NULL) * 1000000 - 1));
	put(&q, 5, 10);
	job_queue_close(&q);
	/* What was there is still handed out, what comes after is swallowed. */
	put(&q, 6, 10);
	assert_int_equal(take(&q, SIZE_MAX, 5), 1);
	assert_null(job_queue_take(&q, SIZE_MAX, 0));
	assert_true(job_queue_closed(&q));
}

static void *producer(void *arg)
{
	for (uint64_t i = 0; i < 20000; i++)
		put(arg, i, i % 50);
	return NULL;
}

static void nothing_is_lost_between_threads(void **state)
{
	struct job_queue q;
	pthread_t thread;
	uint64_t got = 0;

	(void)state;
	job_queue_init(&q);
	assert_int_equal(pthread_create(&thread, NULL, producer, &q), 0);
	while (got < 20000) {
		struct job *next, *job = job_queue_take(&q, 2000, 0);

		for (; job; job = next) {
			assert_int_equal(job->link, got++);
			next = job->next;
			free(job);
		}
	}
	pthread_join(thread, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(jobs_come_out_in_order_and_in_groups),
		cmocka_unit_test(taking_ends_when_the_time_is_over_or_the_queue_closed),
		cmocka_unit_test(nothing_is_lost_between_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
