/* SPDX-License-Identifier: Apache-2.0 */
/* Percentiles of measured times. Never measures anything itself. */
#include "tests/bench/load/load_times.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int64_t load_times_clock_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

void load_times_add(struct load_times *t, int64_t us)
{
	if (us < 0)
		t->missed++;
	else if (t->n < LOAD_TIMES_MAX)
		t->us[t->n++] = us;
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

int64_t load_times_at(struct load_times *t, int percent)
{
	if (t->n == 0)
		return -1;
	qsort(t->us, (size_t)t->n, sizeof(*t->us), compare);
	return t->us[percent >= 100 ? t->n - 1 : (int)((int64_t)t->n * percent / 100)];
}

void load_times_print(struct load_times *t)
{
	if (t->n)
		printf("n %d p50 %" PRId64 " p90 %" PRId64 " p99 %" PRId64 " max %" PRId64 " missed %d\n", t->n,
		       load_times_at(t, 50), load_times_at(t, 90), load_times_at(t, 99), load_times_at(t, 100),
		       t->missed);
	else
		printf("n 0 missed %d\n", t->missed);
}
