/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When was a line written? As a rule, now. After the guard was away it reads the lines of hours in a second, and
 * five typing errors spread over an afternoon would look like an attack; then the lines' own stamps say how far
 * apart they are. A stamp is not believed by itself, because clocks jump and zones are set wrongly: what counts is
 * how much further behind the clock it is than the source's stamps usually are, which is remembered over a restart.
 */
#include "agent/core/core_parts.h"

#define PERIOD_US (10 * MINUTE_US)
#define BEHIND_MIN_US (5 * SECOND_US)	  /* less is how slow syslog may be */
#define BEHIND_MAX_US (30 * 24 * HOUR_US) /* more is a clock that was set unseen */
#define SET_MIN_US (5 * SECOND_US)	  /* less is a clock that is being slewed */

/* Lines that were written before the clock was set are read for a while after it. */
void core_watch_clock(struct core *c)
{
	int64_t clock_us = c->now.wall_us - c->now.mono_us;
	int64_t by_us = c->clock_us == INT64_MIN ? 0 : clock_us - c->clock_us;

	c->clock_us = clock_us;
	if (by_us < SET_MIN_US && by_us > -SET_MIN_US)
		return;
	c->set_by_us = (c->now.mono_us - c->set_us < PERIOD_US ? c->set_by_us : 0) + by_us;
	c->set_us = c->now.mono_us;
}

/* How much older a stamp is than the clock, had the clock not been set forward in between. */
static int64_t lag_of(const struct core *c, int64_t stamp_us)
{
	int64_t lag_us = stamp_us < c->now.wall_us ? c->now.wall_us - stamp_us : 0;
	bool set = c->set_by_us > 0 && c->now.mono_us - c->set_us < PERIOD_US;

	return set && lag_us >= c->set_by_us ? lag_us - c->set_by_us : lag_us;
}

void core_lag_init(struct core_lag *lag, int64_t least_us, struct now now)
{
	*lag = (struct core_lag){{INT64_MAX, least_us}, now.mono_us};
}

int64_t core_lag_least(const struct core_lag *lag)
{
	return lag->least_us[0] < lag->least_us[1] ? lag->least_us[0] : lag->least_us[1];
}

static void note(struct core_lag *lag, int64_t lag_us, struct now now)
{
	if (now.mono_us - lag->since_us >= PERIOD_US && lag->least_us[0] != INT64_MAX) {
		lag->least_us[1] = lag->least_us[0];
		lag->least_us[0] = INT64_MAX;
		lag->since_us = now.mono_us;
	}
	if (lag_us < lag->least_us[0])
		lag->least_us[0] = lag_us;
}

struct now core_when(struct core *c, const struct input *input, int64_t stamp_us)
{
	struct now when = c->now;

	if (stamp_us <= 0 || input->source >= SETTINGS_FILES_MAX || input->place.inode == 0)
		return when;
	struct core_lag *lag = &c->lags[input->source];
	int64_t lag_us = lag_of(c, stamp_us);

	note(lag, lag_us, c->now);
	int64_t behind_us = lag_us - core_lag_least(lag);

	if (behind_us < BEHIND_MIN_US || behind_us > BEHIND_MAX_US)
		return when;
	when.mono_us -= behind_us;
	when.wall_us -= behind_us;
	return when;
}
