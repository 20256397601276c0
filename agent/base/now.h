/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time as a parameter. Pure code never reads a clock: whoever calls it says what time it is.
 */
#pragma once

#include <stdint.h>

#define MS_US INT64_C(1000)
#define SECOND_US INT64_C(1000000)
#define MINUTE_US (60 * SECOND_US)
#define HOUR_US (60 * MINUTE_US)

/* A wall clock before this was never set: it is older than any build of this program. 2026-01-01. */
#define NOW_EARLIEST_S INT64_C(1767225600)

struct now {
	int64_t mono_us; /* CLOCK_BOOTTIME: never jumps, counts sleep; all time-outs and windows use it */
	int64_t wall_us; /* CLOCK_REALTIME since 1970: data only, may jump, may be years off */
};
