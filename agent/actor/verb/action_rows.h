/* SPDX-License-Identifier: Apache-2.0 */
/* The rows that table.c collects; each is defined in the file of its name. */
#pragma once

#include "agent/actor/verb/action.h"

extern const struct action_row ban_row;
extern const struct action_row unban_row;
extern const struct action_row reset_row;
extern const struct action_row logout_row;
extern const struct action_row kill_row;
extern const struct action_row isolate_row;
extern const struct action_row isolate_release_row;
extern const struct action_row suspend_row;
extern const struct action_row resume_row;
extern const struct action_row lock_row;
extern const struct action_row unlock_row;
