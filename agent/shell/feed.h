/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a source, a socket or the link has of the loop: the way into the core, and what stands beside it. The loop fills
 * it in; whoever holds it never sees the loop itself.
 */
#pragma once

#include "agent/base/now.h"
#include "agent/common/settings.h"
#include "agent/core/core.h"
#include "agent/shell/health.h"

#include <stdint.h>
#include <uv.h>

struct feed {
	uv_loop_t *uv;
	const struct settings *settings;
	struct core *core;
	struct health *health;
	void *context; /* of the two functions */
	void (*carry_out)(void *context, const struct effect *effect);
	void (*again)(void *context);
};

/* The time, for inputs: the machine's clocks, the wall clock with what feed_learn_clock() was told. */
struct now feed_now(void);

/*
 * The service's clock, in microseconds since 1970. A device whose own clock was never set takes it over for its inputs;
 * any other device ignores it.
 */
void feed_learn_clock(int64_t wall_us);

/* Feed the core and carry out all that comes of it before returning. feed_input takes the time of now. */
void feed_input(struct feed *feed, const struct input *input);
void feed_input_at(struct feed *feed, const struct input *input, struct now now);

/* Call the sources again before the loop sleeps: one of them has more than one turn may take. */
void feed_again(struct feed *feed);
