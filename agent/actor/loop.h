/* SPDX-License-Identifier: Apache-2.0 */
/* The actor's one loop: waits for the core, the kernel, the worker and time, and never for anything else. */
#pragma once

#include "agent/actor/verb/actor.h"

#define LOOP_WHY_MAX 384

/* Everything between the settings and the first wait. On an error `why` says what failed. */
ERR_CHECK enum err loop_open(struct actor *a, char why[LOOP_WHY_MAX]);

/* Run until SIGTERM or SIGINT. The kernel's bans stay in force when it returns. */
void loop_serve(struct actor *a);
