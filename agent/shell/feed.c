/* SPDX-License-Identifier: Apache-2.0 */
/* The way into the core, between everything that reads and the loop. Decides nothing. */
#include "agent/shell/feed.h"

#include "agent/base/clock.h"

/* What the service's clock is ahead of ours, on a device whose clock was never set. */
static int64_t wall_offset_us;

struct now feed_now(void)
{
	struct now now = clock_now();

	now.wall_us += wall_offset_us;
	return now;
}

void feed_learn_clock(int64_t wall_us)
{
	int64_t ours = clock_wall_us();

	wall_offset_us = ours < NOW_EARLIEST_S * SECOND_US ? wall_us - ours : 0;
}

void feed_input_at(struct feed *feed, const struct input *input, struct now now)
{
	struct effect effect;

	core_feed(feed->core, input, now);
	while (core_take(feed->core, &effect))
		feed->carry_out(feed->context, &effect);
}

void feed_input(struct feed *feed, const struct input *input)
{
	feed_input_at(feed, input, feed_now());
}

void feed_again(struct feed *feed)
{
	feed->again(feed->context);
}
