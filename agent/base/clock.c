/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the kernel's clocks; no other file of the product does (tests/tidy). */
#include "agent/base/clock.h"

#include "agent/base/require.h"

#include <time.h>

static int64_t read_us(clockid_t clock)
{
	struct timespec t;

	require(clock_gettime(clock, &t) == 0);
	return (int64_t)t.tv_sec * SECOND_US + t.tv_nsec / 1000;
}

int64_t clock_mono_us(void)
{
	return read_us(CLOCK_BOOTTIME);
}

int64_t clock_mono_ms(void)
{
	return clock_mono_us() / MS_US;
}

int64_t clock_wall_us(void)
{
	return read_us(CLOCK_REALTIME);
}

int64_t clock_wall_s(void)
{
	return clock_wall_us() / SECOND_US;
}

struct now clock_now(void)
{
	return (struct now){clock_mono_us(), clock_wall_us()};
}
