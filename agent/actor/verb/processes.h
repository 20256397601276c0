/* SPDX-License-Identifier: Apache-2.0 */
/* Checks the rails of a process, for the verbs that act on one. */
#pragma once

#include "agent/actor/verb/action.h"

/*
 * Check the rails of the process that the action names. ERR_NOT_FOUND: there is none of that number, or it started at
 * another time than the action says, or, where a rule asks, behind the event that it asks because of. ERR_PROTECTED:
 * the rails forbid it. On an error action->why is filled.
 */
ERR_CHECK enum err processes_judge(struct actor *a, struct action *action);
