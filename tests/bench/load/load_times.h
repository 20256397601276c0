/* SPDX-License-Identifier: Apache-2.0 */
/* How long many tries took: collected, sorted, told. And the clock they are taken with. */
#pragma once

#include <stdint.h>

#define LOAD_TIMES_MAX 100000

struct load_times {
	int n, missed; /* missed: tries that had no end */
	int64_t us[LOAD_TIMES_MAX];
};

/* CLOCK_MONOTONIC, microseconds. */
int64_t load_times_clock_us(void);

/* A try took so long; negative: it was missed. At most LOAD_TIMES_MAX. */
void load_times_add(struct load_times *t, int64_t us);

/* Sorts. The time below which `percent` of the tries were; -1 without any. */
int64_t load_times_at(struct load_times *t, int percent);

/* "n 400 p50 70 p90 80 p99 120 max 150 missed 0" and a line end on standard output. */
void load_times_print(struct load_times *t);
