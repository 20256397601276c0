/* SPDX-License-Identifier: Apache-2.0 */
/* The clocks of calls. */
#include "server-stub/api/call.h"

#include "agent/base/now.h"
#include "agent/base/require.h"

#include <time.h>

static int64_t clock_us(clockid_t clock)
{
	struct timespec t;

	require(clock_gettime(clock, &t) == 0);
	return t.tv_sec * SECOND_US + t.tv_nsec / 1000;
}

int64_t call_wall_us(void)
{
	return clock_us(CLOCK_REALTIME);
}

int64_t call_mono_us(void)
{
	return clock_us(CLOCK_BOOTTIME);
}
