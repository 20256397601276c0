/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The core's surroundings for a replay: a clock that the lines' stamps move, and the answers of an actor. It is to the
 * core what agent/shell is on a device; everything that decides is the core's.
 */
#include "agent/cli/replay_core.h"

#include "agent/core/core.h"
#include "agent/sensors/log/declared.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BEGIN_US (1000 * SECOND_US)
#define END_US MINUTE_US
#define CLOCKS_FROM_S 1000000000       /* the year 2001: earlier stamps are of clocks that nobody had set */
#define GAP_MAX_US (60 * 24 * HOUR_US) /* longer than any window or ban of a rule */
#define CAUSES 65536u		       /* of the last decided attempts, for steps that had to wait; a power of 2 */

struct cause {
	int64_t mono_us;
	struct replay_line line;
};

struct replay_core {
	struct core *core;
	struct now now;
	bool started;
	struct replay_line line; /* the one that is being fed */
	struct decision_listener listener;
	const struct settings *settings;
	const struct replay_sources *sources;
	replay_hear *told;
	void *owner;
	uint64_t cause_count;
	struct cause causes[CAUSES];
	uint8_t memory[]; /* the core's */
};

/* The line that caused a step: decided just now, or one of the last causes. */
static const struct replay_line *line_of(const struct replay_core *r, int64_t cause_us)
{
	for (uint64_t n = 0; n < r->cause_count && n < CAUSES; n++) {
		const struct cause *c = &r->causes[(r->cause_count - 1 - n) % CAUSES];

		if (c->mono_us == cause_us)
			return &c->line;
		if (c->mono_us < cause_us)
			break;
	}
	return &r->line;
}

static void tell(void *owner, const struct decision *d)
{
	struct replay_core *r = owner;

	if (d->kind == DECISION_ATTEMPT) {
		r->causes[r->cause_count % CAUSES] = (struct cause){r->now.mono_us, r->line};
		r->cause_count++;
	}
	r->told(r->owner, d->act ? line_of(r, d->act->cause_us) : &r->line, d);
}

static void feed(struct replay_core *r, const struct input *input);

/* The actor's answer: it was done, or in observe mode it would have been. */
static void answer(struct replay_core *r, const struct actor_act *act)
{
	struct actor_receipt receipt = {.header = {MESSAGE_VERSION, ACTOR_RECEIPT, sizeof(receipt), 0}};

	receipt.header.request_id = act->header.request_id;
	receipt.origin = act->origin;
	receipt.result = act->observe ? RECEIPT_OBSERVED : RECEIPT_DONE;
	receipt.verified = 1;
	receipt.args = act->args;
	memcpy(receipt.rule, act->rule, sizeof(receipt.rule));
	memcpy(receipt.incident, act->incident, sizeof(receipt.incident));
	receipt.cause_us = act->cause_us;
	receipt.decided_us = act->decided_us;
	if (act->args.duration_s)
		receipt.expires_wall_us = r->now.wall_us + (int64_t)act->args.duration_s * SECOND_US;
	feed(r, &(struct input){.kind = INPUT_RECEIPT, .receipt = &receipt});
}

/* Take all effects; only the actor's part of them matters here. */
static void take_all(struct replay_core *r)
{
	struct effect effect;

	while (core_take(r->core, &effect)) {
		if (effect.kind != EFFECT_ACT)
			continue;
		struct actor_act act = *effect.act;

		answer(r, &act);
	}
}

static void feed(struct replay_core *r, const struct input *input)
{
	if (core_full(r->core))
		take_all(r);
	core_feed(r->core, input, r->now);
}

static void move_to(struct replay_core *r, int64_t mono_us)
{
	r->now.wall_us += mono_us - r->now.mono_us;
	r->now.mono_us = mono_us;
}

static void pass_until(struct replay_core *r, int64_t mono_us)
{
	int64_t due_us;

	while ((due_us = core_deadline(r->core)) < mono_us) {
		move_to(r, due_us > r->now.mono_us ? due_us : r->now.mono_us + 1);
		feed(r, &(struct input){.kind = INPUT_TICK});
		take_all(r);
	}
	if (mono_us > r->now.mono_us)
		move_to(r, mono_us);
}

struct replay_core *replay_core_begin(const struct settings *settings, const struct replay_sources *sources,
				      replay_hear *told, void *owner)
{
	static const struct core_random same = {.identity = {1}}; /* a replay decides the same each time */
	struct core_limits limits;

	core_limits_default(&limits);
	struct replay_core *r = calloc(1, sizeof(*r) + core_size(&limits) + 16);

	if (!r)
		return NULL;
	r->settings = settings;
	r->sources = sources;
	r->told = told;
	r->owner = owner;
	r->now = (struct now){BEGIN_US, 0};
	r->core = core_init((void *)(((uintptr_t)r->memory + 15) & ~(uintptr_t)15), &limits, settings, &same);
	r->listener = (struct decision_listener){tell, r};
	core_listen(r->core, &r->listener);
	core_sense_all(r->core);
	return r;
}

const char *replay_core_pack(struct replay_core *r, struct str bytes)
{
	feed(r, &(struct input){.kind = INPUT_PACK, .bytes = bytes, .about = "the pack"});
	return core_pack_problem(r->core);
}

/* The core starts when the first line was written, and then hears of its files as the guard's does. */
static void start(struct replay_core *r, int64_t wall_us)
{
	r->now.wall_us = wall_us;
	feed(r, &(struct input){.kind = INPUT_SYNCED});
	for (unsigned i = 0; i < r->sources->count; i++) {
		unsigned row = r->sources->rows[i];
		struct str path = row == DECLARED_NONE ? STR_NONE : str_from(r->settings->files[row]);

		feed(r, &(struct input){.kind = INPUT_FILE, .source = (uint16_t)i, .bytes = path});
	}
	r->started = true;
	take_all(r);
}

static bool is_set(int64_t wall_us)
{
	return wall_us >= CLOCKS_FROM_S * SECOND_US;
}

/*
 * How long after the line before a line was written. A clock that was not set tells the time since the device began,
 * and nothing when it is set, or is unset again. After GAP_MAX_US all is over that was before, so more is not waited.
 */
static int64_t passed_us(const struct replay_core *r, int64_t wall_us)
{
	int64_t ahead_us = wall_us - r->now.wall_us;

	if (wall_us == 0 || ahead_us <= 0 || is_set(wall_us) != is_set(r->now.wall_us))
		return 1;
	return ahead_us < GAP_MAX_US ? ahead_us : GAP_MAX_US;
}

/* Each line has a time of its own, by which a step knows its line again. */
static void go_to(struct replay_core *r, const struct replay_line *line)
{
	if (!r->started)
		start(r, line->wall_us);
	pass_until(r, r->now.mono_us + passed_us(r, line->wall_us));
	if (line->wall_us && (line->wall_us > r->now.wall_us || !is_set(line->wall_us)))
		r->now.wall_us = line->wall_us;
	r->line = *line;
	r->line.text = STR_NONE;
}

/* It comes as if by the syslog socket, of a writer whom nobody vouches for. */
void replay_core_event(struct replay_core *r, const struct replay_line *line, const struct event *event)
{
	go_to(r, line);
	if (core_full(r->core))
		take_all(r);
	core_recorded(r->core, &(struct input){.source = CORE_SOURCE_SYSLOG}, event, r->now);
	take_all(r);
}

void replay_core_line(struct replay_core *r, const struct replay_line *line)
{
	go_to(r, line);
	struct core_place place = {.inode = line->log + 1u, .offset = line->number};

	feed(r, &(struct input){.kind = INPUT_LINE, .source = line->source, .bytes = line->text, .place = place});
	take_all(r);
}

void replay_core_end(struct replay_core *r)
{
	pass_until(r, r->now.mono_us + END_US);
}

const char *replay_core_unread(const struct replay_core *r, uint16_t source)
{
	return core_unread(r->core, source);
}

void replay_core_free(struct replay_core *r)
{
	free(r);
}
