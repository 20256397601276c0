/* SPDX-License-Identifier: Apache-2.0 */
/* Checks the rails of a process, for the verbs that act on one. */
#pragma once

#include "agent/actor/verb/action.h"

/*
 * Check the rails of the process that the action names. ERR_NOT_FOUND: there is none of that number, or it started at
 * another time than the action says, or, where a rule asks, behind the event that it asks because of, or, where an
 * order names no start time, behind the order. ERR_PROTECTED: the rails forbid it. On an error action->why is filled.
 */
ERR_CHECK enum err processes_judge(struct actor *a, struct action *action);

/* Whether the process of that number began too late to be the one that is meant; start_ticks is of proc_pid_stat(5). */
bool processes_is_another(const struct action *action, uint64_t start_ticks);

/* Says so in action->why. ERR_NOT_FOUND. */
enum err processes_no_such(struct action *action);
