/* SPDX-License-Identifier: Apache-2.0 */
/* The threshold rule: counts the marks in the window, once each. */
#include "agent/rules/threshold.h"

bool threshold_evaluate(struct state *state, const struct rule *rule, const struct settings_rule_row *row,
			const struct state_event *event)
{
	uint32_t need = state_need(state, rule->series, row->count);

	if (state_count(state, rule->series, event, state_ticks(row->window_us), true) < need)
		return false;
	state_restart(state, rule->series, event->group);
	return true;
}
