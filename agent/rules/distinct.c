/* SPDX-License-Identifier: Apache-2.0 */
/* The rule over different values: a value tried a hundred times is one. */
#include "agent/rules/distinct.h"

uint32_t distinct_evaluate(struct state *state, const struct rule *rule, const struct settings_rule_row *policy,
			   const struct state_event *event)
{
	uint32_t need = state_need(state, rule->series, policy->count);
	struct state_question question = {rule->series, false, state_ticks(policy->window_us)};
	uint32_t count = state_count(state, event, question);

	if (count < need)
		return 0;
	state_restart(state, rule->series, event->group);
	return count;
}
