/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tells the actor that the loop turns, so that a core that hangs is noticed. The first time says that all sources were
 * opened, or refused, and that the core answers at its socket.
 */
#pragma once

#include "agent/shell/actor_link.h"

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

struct alive {
	uv_timer_t timer;
	struct actor_link *actor;
	uint64_t every_ms;
	bool serves;
};

/* `hang_s` of the settings: the actor is told three times in it, or a little more often when the loop wakes anyway. */
void alive_open(struct alive *a, struct actor_link *actor, uint32_t hang_s);

/* At the end of each turn, before the loop sleeps. */
void alive_turn(struct alive *a);
