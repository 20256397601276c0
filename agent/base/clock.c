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

int64_t clock_awake_us(void)
{
	return read_us(CLOCK_MONOTONIC);
}

int64_t clock_wall_us(void)
{
	return read_us(CLOCK_REALTIME);
}

int64_t clock_wall_ms(void)
{
	return clock_wall_us() / MS_US;
}

int64_t clock_wall_s(void)
{
	return clock_wall_us() / SECOND_US;
}

int clock_local_minute(void)
{
	time_t seconds = (time_t)clock_wall_s();
	struct tm tm;

	tzset();
	return seconds >= NOW_EARLIEST_S && localtime_r(&seconds, &tm) ? tm.tm_hour * 60 + tm.tm_min : -1;
}

void clock_put_utc(struct buf *b, int64_t wall_us)
{
	time_t seconds = (time_t)(wall_us / SECOND_US);
	struct tm tm;

	if (!gmtime_r(&seconds, &tm))
		return;
	buf_printf(b, "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
		   tm.tm_min, tm.tm_sec, (int)(wall_us % SECOND_US));
}

struct now clock_now(void)
{
	return (struct now){clock_mono_us(), clock_wall_us()};
}
