/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time as a parameter. Pure code never reads a clock: its caller passes the time.
 */
#pragma once

#include <stdint.h>

#define MS_US INT64_C(1000)
#define SECOND_US INT64_C(1000000)
#define MINUTE_US (60 * SECOND_US)
#define HOUR_US (60 * MINUTE_US)

/* 2026-01-01. A wall clock that shows an earlier time was never set, because this program is newer. */
#define NOW_EARLIEST_S INT64_C(1767225600)

struct now {
	int64_t mono_us; /* CLOCK_BOOTTIME. It never jumps and counts sleep; all time-outs and windows use it. */
	int64_t wall_us; /* CLOCK_REALTIME since 1970. It may jump or be years off, so it is data only. */
};
