/* SPDX-License-Identifier: Apache-2.0 */
/* The threshold rule: counts the marks in the window, once each. */
#include "agent/rules/threshold.h"

uint32_t threshold_evaluate(struct state *state, const struct rule *rule, const struct settings_rule_row *policy,
			    const struct state_event *event)
{
	uint32_t need = state_need(state, rule->series, policy->count);
	struct state_question question = {rule->series, true, state_ticks(policy->window_us)};
	uint32_t count = state_count(state, event, question);

	if (count < need)
		return 0;
	state_restart(state, rule->series, event->group);
	return count;
}
