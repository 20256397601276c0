/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decides when a line was written. Usually that is now. But when the guard was not running, it then reads the lines of
 * hours within a second, and five typing errors of one afternoon would look like an attack. So the distance between
 * such lines is taken from their stamps. A stamp alone is not trusted, because clocks jump and zones are set wrongly.
 * What counts is how much more it differs from the clock than the stamps of its source usually do; the usual difference
 * is part of the saved state.
 */
#include "agent/core/core_parts.h"

#include <string.h>

#define PERIOD_US (10 * MINUTE_US)
#define BEHIND_MIN_US (5 * SECOND_US)	  /* a smaller delay is usual for syslog */
#define BEHIND_MAX_US (30 * 24 * HOUR_US) /* a larger one means that the clock was set while the guard did not run */
#define SET_MIN_US (5 * SECOND_US)	  /* a smaller change means that the clock is being slewed */

/* Note a step of the clock. Lines from before it are still read for a while, so lag_of() needs it for PERIOD_US. */
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

/* How much older a stamp is than the clock. A step of the clock between the two is not counted. */
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

unsigned core_slot(uint16_t source)
{
	if (source == CORE_SOURCE_JOURNAL)
		return SETTINGS_FILES_MAX;
	return source < SETTINGS_FILES_MAX ? source : CORE_PLACES;
}

bool core_slot_crc(const struct core *c, unsigned slot, uint32_t *crc)
{
	bool is_journal = slot == SETTINGS_FILES_MAX;
	const char *name = is_journal ? "journal:" : c->settings->files[slot];

	*crc = hash_crc32c(0, name, strlen(name));
	return is_journal ? c->settings->journal : slot < c->settings->file_count;
}

struct now core_when(struct core *c, const struct input *input, int64_t stamp_us)
{
	struct now when = c->now;

	unsigned slot = core_slot(input->source);

	if (stamp_us <= 0 || slot == CORE_PLACES || input->place.inode == 0)
		return when;
	struct core_lag *lag = &c->lags[slot];
	int64_t lag_us = lag_of(c, stamp_us);

	note(lag, lag_us, c->now);
	int64_t behind_us = lag_us - core_lag_least(lag);

	if (behind_us < BEHIND_MIN_US || behind_us > BEHIND_MAX_US)
		return when;
	when.mono_us -= behind_us;
	when.wall_us -= behind_us;
	return when;
}
