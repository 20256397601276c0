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

struct now {
	int64_t mono_us;	/* CLOCK_BOOTTIME: never jumps, counts sleep; all time-outs and windows use it */
	int64_t wall_us;	/* CLOCK_REALTIME since 1970: data only, may jump, may be years off */
};
