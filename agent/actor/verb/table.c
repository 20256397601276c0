/* SPDX-License-Identifier: Apache-2.0 */
/* The actor's vocabulary: one row per verb, in its own file. What is not here is refused as unknown. */
#include "agent/actor/verb/action.h"
#include "agent/actor/verb/action_rows.h"

/* clang-format off */
const struct action_row *const verb_table[] = {
	IF_ENABLED(CONFIG_ACTION_BAN, (&ban_row,))
	IF_ENABLED(CONFIG_ACTION_BAN, (&unban_row,))
	IF_ENABLED(CONFIG_ACTION_RESET, (&reset_row,))
	IF_ENABLED(CONFIG_ACTION_LOGOUT, (&logout_row,))
	IF_ENABLED(CONFIG_ACTION_KILL, (&kill_row,))
	IF_ENABLED(CONFIG_ACTION_ISOLATE, (&isolate_row,))
	IF_ENABLED(CONFIG_ACTION_ISOLATE, (&isolate_release_row,))
	IF_ENABLED(CONFIG_ACTION_SUSPEND, (&suspend_row,))
	IF_ENABLED(CONFIG_ACTION_SUSPEND, (&resume_row,))
	IF_ENABLED(CONFIG_ACTION_LOCK, (&lock_row,))
	IF_ENABLED(CONFIG_ACTION_LOCK, (&unlock_row,))
	NULL,
};
/* clang-format on */
