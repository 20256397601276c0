/* SPDX-License-Identifier: Apache-2.0 */
/* The rule over different values: a value tried a hundred times is one. */
#include "agent/rules/distinct.h"

bool distinct_evaluate(struct state *state, const struct rule *rule, const struct settings_rule_row *row,
		       const struct state_event *event)
{
	uint32_t need = state_need(state, rule->series, row->count);

	if (state_count(state, rule->series, event, state_ticks(row->window_us), false) < need)
		return false;
	state_restart(state, rule->series, event->group);
	return true;
}
