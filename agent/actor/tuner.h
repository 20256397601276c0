/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The trial of settings that the service sent (verb/tuning.h). It begins when their object is in place, with the
 * settings read again and the core started with them. They are kept when that core has served for a while and has
 * heard the service. When it ends by itself before, when the service is not heard within `confirm_time`, or when the
 * guard ends, what was kept before is in force again, and health says so. No trial of a version is made twice.
 */
#pragma once

#include "agent/actor/verb/actor.h"

#include <stdint.h>

/* Read what is kept, and put it over the settings of the files. Call it at start, once STATE_DIR/actor is open. */
void tuner_open(struct actor *a);

/* Begin a trial that is due, or end one. */
void tuner_continue(struct actor *a, int64_t mono_us);

/* When to call it next, CLOCK_BOOTTIME in microseconds; INT64_MAX: nothing is due. */
int64_t tuner_next_us(const struct actor *a);

/* The service was heard. */
void tuner_heard(struct actor *a);

/* The core has ended by itself: `how`, as "was ended by signal 11". */
void tuner_crashed(struct actor *a, const char *how);
