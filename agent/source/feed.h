/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the loop gives to its sources, its sockets and the link: the core, and what they need besides. The loop fills it
 * in. Its users never include the loop's own header.
 */
#pragma once

#include "agent/base/now.h"
#include "agent/base/str.h"
#include "agent/common/settings.h"
#include "agent/core/core.h"
#include "agent/source/health.h"
#include "agent/source/skipped.h"

#include <stdint.h>
#include <uv.h>

struct feed {
	uv_loop_t *uv;
	const struct settings *settings;
	struct core *core;
	struct health *health;
	struct skipped skipped;
	void *context; /* for the functions */
	void (*carry_out)(void *context, const struct effect *effect);
	void (*again)(void *context);
	void (*catch_up)(void *context); /* have other sources read what is there by now (source.h) */
	/* send the actor a request (enum actor_type); false: it does not reach it now */
	bool (*ask)(void *context, uint16_t type, const void *request);
	void (*trust)(void *context, struct str sealed);	      /* have the actor judge a trust bundle */
	void (*immunity)(void *context, const struct actor_act *act); /* and a ban that the group has */
	bool (*busy)(void *context);   /* many requests wait for the actor: what can wait is not read */
	bool (*has_fd)(int fd);	       /* whether caltropd gave this descriptor (enum core_fd) */
	void *(*reserve)(size_t size); /* memory for good, at start; it does not return without */
};

/* The time for inputs: the machine's clocks. A wall clock that was never set is corrected by feed_learn_clock(). */
struct now feed_now(void);

/*
 * Give the service's clock, in microseconds since 1970. A device whose own clock was never set uses it for its inputs
 * from then on. Any other device ignores it.
 */
void feed_learn_clock(int64_t wall_us);

/* Feed the core one input and carry out all of its effects. feed_input() reads the time itself. */
void feed_input(struct feed *feed, const struct input *input);
void feed_input_at(struct feed *feed, const struct input *input, struct now now);

/* Whether many requests wait for the actor. What can wait, such as lines in files and in the journal, is not read then.
 */
bool feed_is_behind(const struct feed *feed);

/*
 * How many seconds ago that was, by the wall clock in microseconds; 0: never, or just now. Health says it of the newest
 * line, so that a log that nothing is written to any more can be told from a quiet one.
 */
uint64_t feed_age_s(int64_t wall_us);

/* Ask the loop to read the log files again before it sleeps: one has more bytes than may be read in one turn. */
void feed_again(struct feed *feed);

/* Have the loop call `call` whenever fd can be read. The caller has set poll->data. fd must be one that can be polled.
 */
void feed_poll(const struct feed *feed, uv_poll_t *poll, int fd, uv_poll_cb call);
