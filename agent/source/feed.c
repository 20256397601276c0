/* SPDX-License-Identifier: Apache-2.0 */
/* Feeds the core what sources, sockets and the link read. Never decides anything about it. */
#include "agent/source/feed.h"

#include "agent/base/clock.h"
#include "agent/base/require.h"

/* By how many microseconds the service's clock is ahead, on a device whose clock was never set; else 0. */
static int64_t wall_offset_us;

struct now feed_now(void)
{
	struct now now = clock_now();

	now.wall_us += wall_offset_us;
	return now;
}

bool feed_is_behind(const struct feed *feed)
{
	return feed->busy(feed->context) || core_is_behind(feed->core, feed_now());
}

uint64_t feed_age_s(int64_t wall_us)
{
	int64_t now_us = feed_now().wall_us;

	return wall_us && wall_us < now_us ? (uint64_t)(now_us - wall_us) / SECOND_US : 0;
}

void feed_learn_clock(int64_t wall_us)
{
	int64_t ours = clock_wall_us();

	wall_offset_us = ours < NOW_EARLIEST_S * SECOND_US ? wall_us - ours : 0;
}

static void give(struct feed *feed, const struct input *input, struct now now)
{
	struct effect effect;

	core_feed(feed->core, input, now);
	while (core_take(feed->core, &effect))
		feed->carry_out(feed->context, &effect);
}

void feed_input_at(struct feed *feed, const struct input *input, struct now now)
{
	struct input place_only;
	bool is_text = (input->kind == INPUT_LINE || input->kind == INPUT_SAMPLE) && input->bytes.len > 0;

	if (is_text && !skipped_begin(&feed->skipped, feed->health, input->bytes)) {
		give(feed,
		     &(struct input){.kind = INPUT_SKIPPED,
				     .source = input->source,
				     .about = input->kind == INPUT_SAMPLE ? "a sample of a sensor" : NULL},
		     now);
		if (input->kind == INPUT_SAMPLE)
			return;
		place_only = *input;
		place_only.bytes = (struct str){0};
		input = &place_only;
	}
	give(feed, input, now);
	if (is_text)
		skipped_done(&feed->skipped);
}

void feed_input(struct feed *feed, const struct input *input)
{
	feed_input_at(feed, input, feed_now());
}

void feed_again(struct feed *feed)
{
	feed->again(feed->context);
}

void feed_poll(const struct feed *feed, uv_poll_t *poll, int fd, uv_poll_cb call)
{
	require(uv_poll_init(feed->uv, poll, fd) == 0);
	uv_poll_start(poll, UV_READABLE, call);
}
