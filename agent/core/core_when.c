/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decides when a line was written. Usually that is now. But lines of hours may be read within a second, because the
 * guard was not running or somebody appended an old log, and then five typing errors of one afternoon would look like
 * an attack. So such lines count for the time of their stamps. A stamp alone is not trusted, because clocks jump and
 * zones are set wrongly or not written at all. What counts is how much more it differs from the clock than the stamps
 * of its source usually do:
 *
 *  - a difference that can be a zone is the usual one as long as none is known; any other one is a delay;
 *  - where stamps have no zone, one hour more or less is the beginning or end of summer time;
 *  - a difference that stays the same for ADOPT_US, while the clock moves on, is the usual one from then on: the clock
 *    of whoever writes the log is wrong. Old lines that are read at once differ from each other;
 *  - a stamp later than it should be hides nothing: its line counts as one of now;
 *  - where the clock was never set, later stamps may also be those of an earlier start, and nobody knows how long ago
 *    that was. Their lines count as old ones, as far apart as their stamps.
 *
 * The usual differences are part of the saved state.
 */
#include "agent/core/core_parts.h"

#include "agent/sensors/log/civil.h"

#define PERIOD_US (10 * MINUTE_US)
#define BEHIND_MIN_US (5 * SECOND_US)	   /* a smaller delay is usual for syslog */
#define BEHIND_MAX_US (300 * 24 * HOUR_US) /* an older line counts as this old: ticks of marks tell no more apart */
#define SET_MIN_US (5 * SECOND_US)	   /* a smaller change means that the clock is being slewed */
#define UNKNOWN_US (150 * 24 * HOUR_US)
#define UNKNOWN_MIN_US (10 * 24 * HOUR_US) /* no window is longer */
#define USUAL_MAX_US (300 * 366 * 24 * HOUR_US)
#define ADOPT_US (10 * MINUTE_US)
#define ZONE_US (15 * MINUTE_US)    /* zones are whole multiples of it, */
#define ZONE_MAX_US (14 * HOUR_US)  /* and this far from UTC at most */
#define AHEAD_MAX_US (24 * HOUR_US) /* a stamp without year that is further ahead is of the year before */
#define HALF_YEAR_US (183 * 24 * HOUR_US)

/* Whether the clock was ever set. */
static bool is_set(struct now now)
{
	return now.wall_us >= NOW_EARLIEST_S * SECOND_US;
}

/* What was usual with a clock that was never set is not usual any more. */
static void forget_lags(struct core *c)
{
	for (unsigned i = 0; i < CORE_PLACES; i++) {
		core_lag_init(&c->lags[i], INT64_MAX);
		core_lag_init(&c->local_lags[i], INT64_MAX);
	}
}

/* Note a step of the clock. Lines from before it are still read for a while, so step_of() needs it for PERIOD_US. */
void core_watch_clock(struct core *c)
{
	int64_t clock_us = c->now.wall_us - c->now.mono_us;
	int64_t by_us = c->clock_us == INT64_MIN ? 0 : clock_us - c->clock_us;

	if (c->clock_us != INT64_MIN && is_set(c->now) && by_us > c->now.wall_us - NOW_EARLIEST_S * SECOND_US)
		forget_lags(c);
	c->clock_us = clock_us;
	if (by_us < SET_MIN_US && by_us > -SET_MIN_US)
		return;
	c->set_by_us = (c->now.mono_us - c->set_us < PERIOD_US ? c->set_by_us : 0) + by_us;
	c->set_us = c->now.mono_us;
}

/* A line from before a step of the clock is not as old, or as far ahead, as it looks. */
static int64_t without_step(const struct core *c, int64_t lag_us)
{
	int64_t by_us = c->now.mono_us - c->set_us < PERIOD_US ? c->set_by_us : 0;
	bool before = by_us > 0 ? lag_us >= by_us : by_us < 0 && lag_us < 0;

	return before ? lag_us - by_us : lag_us;
}

void core_lag_init(struct core_lag *lag, int64_t usual_us)
{
	bool sane = usual_us < USUAL_MAX_US && usual_us > -USUAL_MAX_US;

	*lag = (struct core_lag){.usual_us = sane ? usual_us : INT64_MAX, .seen_us = INT64_MAX};
}

int64_t core_lag_usual(const struct core_lag *lag, struct now now)
{
	return is_set(now) ? lag->usual_us : INT64_MAX;
}

static bool is_near(int64_t a_us, int64_t b_us)
{
	return a_us - b_us < BEHIND_MIN_US && b_us - a_us < BEHIND_MIN_US;
}

/* Whether a difference from the clock can be a zone. */
static bool is_zone(int64_t lag_us)
{
	int64_t zone_us = (lag_us + (lag_us < 0 ? -ZONE_US : ZONE_US) / 2) / ZONE_US * ZONE_US;

	return is_near(lag_us, zone_us) && zone_us <= ZONE_MAX_US && zone_us >= -ZONE_MAX_US;
}

/* Whether the difference has stayed the same for long enough, with no other one between. */
static bool lasts(struct core_lag *lag, int64_t lag_us, struct now now)
{
	if (lag->seen_us != INT64_MAX && is_near(lag_us, lag->seen_us))
		return now.mono_us - lag->since_us >= ADOPT_US;
	lag->seen_us = lag_us;
	lag->since_us = now.mono_us;
	return false;
}

/* Note the difference of one more line. Returns by how much it is more than the usual one; 0 or less: the line is new.
 */
static int64_t note(struct core_lag *lag, int64_t lag_us, bool zoned, struct now now)
{
	bool known = lag->usual_us != INT64_MAX;
	int64_t behind_us = lag_us - (known ? lag->usual_us : 0);
	bool summer = !zoned && known && (is_near(behind_us, HOUR_US) || is_near(behind_us, -HOUR_US));
	bool agrees = zoned ? is_near(lag_us, 0) : !is_set(now) && is_zone(lag_us);
	bool first = !known && (is_zone(lag_us) || (!is_set(now) && lag_us < 0));

	if (lasts(lag, lag_us, now) || first || summer || agrees) {
		lag->usual_us = lag_us;
		return 0;
	}
	if (!is_set(now) && behind_us < -BEHIND_MIN_US && lag_us < (zoned ? -BEHIND_MIN_US : -ZONE_MAX_US))
		return behind_us > UNKNOWN_MIN_US - UNKNOWN_US ? UNKNOWN_US + behind_us : UNKNOWN_MIN_US;
	/* A log that is ahead of the clock says nothing about lines that agree with it. */
	return zoned && lag->usual_us < 0 ? lag_us : behind_us;
}

unsigned core_slot(uint16_t source)
{
	if (source == CORE_SOURCE_JOURNAL)
		return SETTINGS_FILES_MAX;
	return source < SETTINGS_FILES_MAX ? source : CORE_PLACES;
}

/* How much older than the clock a line's stamp is. False: it has none that can be read. */
static bool lag_of(const struct core *c, const struct event *event, const struct core_lag *local, int64_t *lag_us)
{
	int64_t ahead_us = is_set(c->now) ? AHEAD_MAX_US : HALF_YEAR_US;
	int64_t clock_us = c->now.wall_us - (local->usual_us == INT64_MAX ? 0 : local->usual_us);
	struct civil civil;

	if (event->stamp_us > 0)
		*lag_us = c->now.wall_us - event->stamp_us;
	else if (civil_read(event->line, &civil))
		*lag_us = c->now.wall_us - civil_us(&civil, clock_us + ahead_us);
	else
		return false;
	*lag_us = without_step(c, *lag_us);
	return true;
}

/* Old lines are usual just behind the start; later somebody appends an old log, or a clock is wrong. */
static void note_late(struct core *c, unsigned slot, int64_t behind_us)
{
	c->late.count++;
	if (c->now.mono_us - c->start_us < MINUTE_US)
		return;
	c->health.changed |= c->late.read_us == 0;
	c->late.read_us = c->now.mono_us;
	c->late.behind_us = behind_us;
	c->late.slot = slot;
}

int64_t core_past(const struct core *c, int64_t wall_us)
{
	int64_t lag_us = wall_us < 0 ? 0 : without_step(c, c->now.wall_us - wall_us);

	return lag_us < 0 ? 0 : lag_us < BEHIND_MAX_US ? lag_us : BEHIND_MAX_US;
}

struct now core_when(struct core *c, const struct input *input, const struct event *event)
{
	unsigned slot = core_slot(input->source);
	bool zoned = event->stamp_us > 0;
	struct now when = c->now;
	int64_t lag_us;

	if (slot == CORE_PLACES || input->place.inode == 0 || !lag_of(c, event, &c->local_lags[slot], &lag_us))
		return when;
	int64_t behind_us = note(zoned ? &c->lags[slot] : &c->local_lags[slot], lag_us, zoned, c->now);

	if (behind_us < BEHIND_MIN_US)
		return when;
	if (behind_us > CORE_LATE_US && event->auth.outcome != AUTH_INFO)
		note_late(c, slot, behind_us);
	if (behind_us > BEHIND_MAX_US)
		behind_us = BEHIND_MAX_US;
	when.mono_us -= behind_us;
	when.wall_us -= behind_us;
	return when;
}
