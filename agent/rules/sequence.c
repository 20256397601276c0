/* SPDX-License-Identifier: Apache-2.0 */
/* The rule over an order of events: the first kind is in the series, the second kind is the event at hand. */
#include "agent/rules/sequence.h"

uint32_t sequence_evaluate(struct state *state, const struct rule *rule, const struct settings_rule_row *policy,
			   const struct state_event *event)
{
	uint32_t need = state_need(state, rule->series, policy->count);
	struct state_question question = {rule->series, false, state_ticks(policy->window_us)};
	uint32_t count = state_count(state, event, question);

	return count < need ? 0 : count + 1;
}
