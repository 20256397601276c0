/* SPDX-License-Identifier: Apache-2.0 */
/* Ending processes as part of an action: what kill.c and logout.c share. */
#pragma once

#include "agent/actor/verb/action.h"

#include <stdint.h>

#define ENDING_PATIENCE_MS 20 /* for which the first look waits; a process with much memory takes longer */

/* SIGKILL one and watch over it. ERR_NOT_FOUND: gone already. ERR_FULL: ended, but no place to watch it. */
ERR_CHECK enum err ending_add(struct action *action, int32_t pid, uint64_t start_ticks);

/* How many of those watched are not gone yet; the first call of an action waits up to ENDING_PATIENCE_MS. */
unsigned ending_left(struct action *action);

/* Stop watching. */
void ending_forget(struct action *action);
