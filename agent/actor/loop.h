/* SPDX-License-Identifier: Apache-2.0 */
/* The actor's only loop. It waits for the core, the kernel, the worker, signals and times, and for nothing else. */
#pragma once

#include "agent/actor/verb/actor.h"

#define LOOP_WHY_MAX 384

/*
 * Open, restore and confine all that the actor needs, after its settings were read. On an error `why` says what failed.
 */
ERR_CHECK enum err loop_open(struct actor *a, char why[LOOP_WHY_MAX]);

/*
 * Run until SIGTERM or SIGINT, or until the core crashes again and again (life.h). Bans stay in force in the kernel
 * after it has returned. Returns the status with which the program ends: EX_OK, or EX_SOFTWARE of sysexits.h.
 */
int loop_serve(struct actor *a);
