/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeps what the audit found: tells of each finding once, when it is found and when a later round does not find it any
 * more. Never judges: the severity is the check's.
 */
#include "agent/base/now.h"
#include "agent/common/exposure_sample.h"
#include "agent/sensors/sensors.h"

#include <stddef.h>
#include <string.h>

struct finding {
	struct exposure_sample sample;
	uint32_t round; /* of its check, that saw it last */
	uint64_t since_s;
};

struct state {
	uint32_t count;
	uint32_t rounds[EXPOSURE_CHECKS_MAX]; /* that have ended, of each check */
	uint64_t ended;			      /* rounds of all checks */
	uint64_t unseen, damaged;
	struct finding all[CONFIG_EXPOSURES_MAX];
};

static void init(void *state, const struct settings *settings)
{
	(void)settings;
	memset(state, 0, offsetof(struct state, all));
}

static struct str text(const char *at, size_t size)
{
	return (struct str){at, strnlen(at, size)};
}

static void describe(struct event *event, const struct finding *f, uint8_t action)
{
	const struct exposure_sample *s = &f->sample;
	struct exposure_event *e = &event->exposure;

	memset(event, 0, sizeof(*event));
	event->kind = EVENT_EXPOSURE;
	event->severity = action == EXPOSURE_FIXED ? SEV_INFO : s->severity;
	event->count = 1;
	e->action = action;
	e->level = s->severity;
	e->id = text(s->id, sizeof(s->id));
	e->object = text(s->object, sizeof(s->object));
	e->evidence = text(s->evidence, sizeof(s->evidence));
	e->remedy = text(s->remedy, sizeof(s->remedy));
	e->since_s = f->since_s;
	e->account = s->account ? e->object : STR_NONE;
}

static uint8_t action_of(const struct finding *f)
{
	return f->sample.kind == EXPOSURE_SAMPLE_SKIPPED ? EXPOSURE_SKIPPED : EXPOSURE_FOUND;
}

static bool is_same(const struct exposure_sample *a, const struct exposure_sample *b)
{
	return a->check == b->check && a->kind == b->kind && strncmp(a->id, b->id, sizeof(a->id)) == 0 &&
	       strncmp(a->object, b->object, sizeof(a->object)) == 0;
}

static struct finding *find(struct state *s, const struct exposure_sample *sample)
{
	for (uint32_t i = 0; i < s->count; i++)
		if (is_same(&s->all[i].sample, sample))
			return &s->all[i];
	return NULL;
}

/* A place for a new one: a free one, or that of the least severe if this one is more so. NULL: there is none. */
static struct finding *place(struct state *s, const struct exposure_sample *sample)
{
	struct finding *least = &s->all[0];

	if (s->count < CONFIG_EXPOSURES_MAX)
		return &s->all[s->count++];
	s->unseen++;
	for (uint32_t i = 1; i < s->count; i++)
		if (s->all[i].sample.severity < least->sample.severity)
			least = &s->all[i];
	return least->sample.severity < sample->severity ? least : NULL;
}

static void found(struct state *s, const struct exposure_sample *sample, struct now now,
		  const struct sensors_sink *sink)
{
	struct finding *f = find(s, sample);
	struct event event;

	if (f) {
		f->sample = *sample;
		f->round = s->rounds[sample->check];
		return;
	}
	f = place(s, sample);
	if (!f)
		return;
	f->sample = *sample;
	f->round = s->rounds[sample->check];
	f->since_s = (uint64_t)(now.wall_us / SECOND_US);
	describe(&event, f, action_of(f));
	sink->emit(sink->context, &event);
}

/* What the round of this check did not see again is fixed. */
static void done(struct state *s, uint8_t check, const struct sensors_sink *sink)
{
	struct event event;

	for (uint32_t i = 0; i < s->count;) {
		struct finding *f = &s->all[i];

		if (f->sample.check != check || f->round == s->rounds[check]) {
			i++;
			continue;
		}
		describe(&event, f, EXPOSURE_FIXED);
		sink->emit(sink->context, &event);
		memmove(f, f + 1, (--s->count - i) * sizeof(*f));
	}
	s->rounds[check]++;
}

static void decode(void *state, struct str bytes, struct now now, const struct sensors_sink *sink)
{
	struct state *s = state;
	struct exposure_sample sample;

	memset(&sample, 0, sizeof(sample));
	if (bytes.len == sizeof(sample))
		memcpy(&sample, bytes.data, sizeof(sample));
	if (sample.version != EXPOSURE_SAMPLE_VERSION || sample.check >= EXPOSURE_CHECKS_MAX ||
	    sample.severity > SEV_CRITICAL) {
		s->damaged++;
		return;
	}
	switch (sample.kind) {
	case EXPOSURE_SAMPLE_FOUND:
	case EXPOSURE_SAMPLE_SKIPPED: found(s, &sample, now, sink); break;
	case EXPOSURE_SAMPLE_DONE: done(s, sample.check, sink); break;
	case EXPOSURE_SAMPLE_END: s->ended++; break;
	default: s->damaged++; break;
	}
}

static unsigned counters(const void *state, struct sensors_counter out[SENSORS_COUNTERS_MAX])
{
	const struct state *s = state;

	out[0] = (struct sensors_counter){"exposures", s->count};
	out[1] = (struct sensors_counter){"exposures_unseen", s->unseen};
	out[2] = (struct sensors_counter){"exposure_rounds", s->ended};
	out[3] = (struct sensors_counter){"exposures_damaged", s->damaged};
	return 4;
}

static const char *problem(const void *state)
{
	const struct state *s = state;

	return s->unseen && s->count == CONFIG_EXPOSURES_MAX
		       ? "the audit found more than EXPOSURES_MAX: fix some to see the others"
		       : NULL;
}

static bool row(const void *state, uint32_t number, struct event *out)
{
	static const struct finding none = {
		.sample = {.severity = SEV_INFO, .id = "audit", .evidence = "the first round is not over"}};
	const struct state *s = state;

	if (s->ended == 0 && number-- == 0) {
		describe(out, &none, EXPOSURE_PENDING);
		return true;
	}
	if (number >= s->count)
		return false;
	describe(out, &s->all[number], action_of(&s->all[number]));
	return true;
}

static const char *off(const struct settings *settings)
{
	return settings->exposure ? NULL : "the device is not audited: set enabled = yes in [exposure] of caltrop.conf";
}

const struct sensors_row exposure_sensor_row = {
	.name = "exposure",
	.section = "exposure",
	.source = SENSORS_SOURCE_EXPOSURE,
	.kinds = 1u << EVENT_EXPOSURE,
	.size = sizeof(struct state),
	.init = init,
	.decode = decode,
	.off = off,
	.counters = counters,
	.problem = problem,
	.tables = {{"exposures", row}},
};
