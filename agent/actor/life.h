/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of the core as caltropd sees it: it starts, serves, says that it is alive, hangs, crashes. And what the
 * service manager (base/manager.h) is told of that. There is one core at a time, and one of these in the process.
 */
#pragma once

#include "agent/actor/verb/actor.h"

#define LIFE_CRASHES_MAX 20u	  /* in a row, each within a minute of the start; then starting again does not help */
#define LIFE_FIRST_CRASHES_MAX 8u /* the same while no core has ever served */
#define LIFE_HOW_MAX 64

/* Find the service manager. Call it at start, before privileges are given up. */
void life_open(void);

/* A core was started. */
void life_started(int64_t mono_us);

/* ACTOR_ALIVE: its loop turns; the first time: it serves. */
void life_alive(int64_t mono_us);

/*
 * It crashed: `how`, as "was ended by signal 11". True: it has done so too often, and caltropd has to end, which was
 * said. False as well while there are effects that nobody but caltropd would take back.
 */
bool life_crashed(const struct actor *a, const char *how, int64_t mono_us);

/* The settings are read again; they have mistakes, so nothing changed; caltropd ends. */
void life_reloading(void);
void life_kept(void);
void life_stopping(void);

/* When to call life_tick() next, CLOCK_BOOTTIME in microseconds; INT64_MAX: never. */
int64_t life_next_us(const struct actor *a);

/* Do what is due. A core that hangs is killed, which is said. */
void life_tick(struct actor *a, int64_t mono_us);
