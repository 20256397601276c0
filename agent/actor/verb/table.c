/* SPDX-License-Identifier: Apache-2.0 */
/* The actor's vocabulary: one row per verb, in its own file. What is not here is refused as unknown. */
#include "agent/actor/verb/action.h"
#include "agent/actor/verb/action_rows.h"

/* clang-format off */
#define ACTION_ROW_IF_ENABLED(option, name) IF_ENABLED(option, (&name##_row,))

const struct action_row *const verb_table[] = {
	ACTION_ROWS(ACTION_ROW_IF_ENABLED)
	NULL,
};
/* clang-format on */
