/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A machine as the actor's verbs change it: a table of things that are in force or not, which outlives the actor, as a
 * kernel does, and rows of verbs that read and change it as the real ones do the kernel, journal first. Each change is
 * an effect of fate.h.
 */
#pragma once

#include "agent/actor/verb/action.h"
#include "tests/sim/fate.h"

#define MACHINE_THINGS 8

struct machine_thing {
	struct verb_args begin;
	uint16_t end; /* VERB_NONE: it destroys */
};

extern const struct machine_thing machine_things[MACHINE_THINGS];

/* The rows for struct actor. */
extern const struct action_row *const machine_rows[];

struct machine {
	struct fate *fate;
	struct {
		bool on;
		int64_t until_us; /* of a ban, which the kernel ends by itself; else INT64_MAX */
	} has[MACHINE_THINGS];
};

/* Which machine it is that rows change, and who is told of a step that destroys. */
void machine_open(struct machine *m, void (*destroyed)(const struct actor_receipt *r));

/* The thing of those arguments, or -1. */
int machine_thing(const struct verb_args *args);

/* Whether it is in force. */
bool machine_has(const struct machine *m, unsigned thing);
