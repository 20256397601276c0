/* SPDX-License-Identifier: Apache-2.0 */
/* Clock reading for the actor. CLOCK_BOOTTIME goes through the vDSO, so a stamp costs tens of nanoseconds. */
#include "agent/actor/ticks.h"

#include <time.h>

static int64_t read_us(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * SECOND_US + t.tv_nsec / 1000;
}

int64_t ticks_mono_us(void)
{
	return read_us(CLOCK_BOOTTIME);
}

int64_t ticks_wall_us(void)
{
	return read_us(CLOCK_REALTIME);
}

struct now ticks_now(void)
{
	return (struct now){ticks_mono_us(), ticks_wall_us()};
}
