/* SPDX-License-Identifier: Apache-2.0 */
/* Ends processes as part of an action; kill.c and logout.c share it. */
#pragma once

#include "agent/actor/verb/action.h"

#include <stdint.h>

#define ENDING_WAIT_MS 20 /* of the first ending_left(); a process with much memory takes longer to end */

/*
 * Send SIGKILL to a process and add it to those that the action watches. ERR_NOT_FOUND: it has ended before. ERR_FULL:
 * it got the signal, but ACTION_PROCESSES_MAX processes are watched. Errors of procs_kill().
 */
ERR_CHECK enum err ending_add(struct action *action, int32_t pid, uint64_t start_ticks);

/*
 * How many of the watched processes have not ended yet. The first call of an action waits for them, ENDING_WAIT_MS at
 * most.
 */
unsigned ending_left(struct action *action);

/* Watch no process any more, and close the descriptors. */
void ending_forget(struct action *action);
