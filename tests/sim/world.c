/* SPDX-License-Identifier: Apache-2.0 */
/* Chance, time and the queue of things to come. Knows nothing of guards and servers. */
#include "tests/sim/world.h"

#include "agent/base/require.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void world_begin(struct world *w, uint64_t seed, const struct scenario *scenario)
{
	int verbose = w->verbose;
	enum world_break broken = w->broken;
	uint64_t steps_max = w->steps_max;

	memset(w, 0, offsetof(struct world, events));
	w->mishap_armed = false;
	w->steps = 0;
	w->power_cuts = w->core_crashes = w->link_cuts = w->server_crashes = w->disk_fulls = w->clock_jumps = 0;
	w->failure[0] = '\0';
	w->verbose = verbose;
	w->broken = broken;
	w->steps_max = steps_max;
	w->seed = seed;
	w->state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
	w->scenario = scenario;
	w->time_us = SECOND_US;
	w->wall_offset_us = INT64_C(1800000000) * SECOND_US;
}

/* SplitMix64 (Steele, Lea and Flood 2014). */
static uint64_t draw(struct world *w)
{
	uint64_t z = w->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

uint64_t world_random(struct world *w, uint64_t below)
{
	return draw(w) % below;
}

bool world_chance(struct world *w, uint32_t of_thousand)
{
	return draw(w) % 1000 < of_thousand;
}

void world_bytes(struct world *w, void *out, size_t len)
{
	uint8_t *to = out;

	for (size_t i = 0; i < len; i++)
		to[i] = (uint8_t)draw(w);
}

static bool before(const struct world_event *a, const struct world_event *b)
{
	return a->at_us != b->at_us ? a->at_us < b->at_us : a->order < b->order;
}

static void swap(struct world_event *a, struct world_event *b)
{
	struct world_event c = *a;

	*a = *b;
	*b = c;
}

void world_after(struct world *w, int64_t delay_us, world_call call, uint64_t tag)
{
	size_t at = w->event_count++;

	require(at < WORLD_EVENTS_MAX);
	if (delay_us < 0)
		delay_us = 0;
	if (delay_us > 365 * 24 * HOUR_US)
		delay_us = 365 * 24 * HOUR_US;
	w->events[at] = (struct world_event){w->time_us + delay_us, w->next_order++, call, tag};
	for (; at && before(&w->events[at], &w->events[(at - 1) / 2]); at = (at - 1) / 2)
		swap(&w->events[at], &w->events[(at - 1) / 2]);
}

static struct world_event pop(struct world *w)
{
	struct world_event first = w->events[0];
	size_t at = 0;

	w->events[0] = w->events[--w->event_count];
	for (;;) {
		size_t child = 2 * at + 1;

		if (child + 1 < w->event_count && before(&w->events[child + 1], &w->events[child]))
			child++;
		if (child >= w->event_count || !before(&w->events[child], &w->events[at]))
			return first;
		swap(&w->events[at], &w->events[child]);
		at = child;
	}
}

bool world_step(struct world *w, int64_t until_us)
{
	if (w->event_count == 0 || w->events[0].at_us > until_us)
		return false;
	struct world_event event = pop(w);

	w->time_us = event.at_us;
	if (++w->steps > w->steps_max)
		world_fail(w, "still busy after %llu steps", (unsigned long long)w->steps_max);
	event.call(w, event.tag);
	return true;
}

int64_t world_mishap_in(struct world *w, uint32_t mean_ms)
{
	if (mean_ms == 0)
		return INT64_MAX;
	/* The sum of two even draws: neither quite regular nor very rare. */
	return (int64_t)(world_random(w, mean_ms) + world_random(w, mean_ms) + 1) * MS_US;
}

void world_strike(struct world *w, enum world_mishap mishap)
{
	require(w->mishap_armed);
	w->mishap_armed = false;
	longjmp(w->mishap, mishap);
}

void world_fail(struct world *w, const char *format, ...)
{
	va_list args;

	if (w->failure[0])
		return;
	va_start(args, format);
	vsnprintf(w->failure, sizeof(w->failure), format, args);
	va_end(args);
}

void world_say(struct world *w, const char *format, ...)
{
	va_list args;

	if (!w->verbose)
		return;
	printf("%12.6f  ", (double)w->time_us / 1e6);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}
