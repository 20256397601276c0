/* SPDX-License-Identifier: Apache-2.0 */
/* The rule over each event by itself: what is to be counted was counted by the sensor that made the event. */
#include "agent/rules/single.h"

uint32_t single_evaluate(struct state *state, const struct rule *rule, const struct settings_rule_row *policy,
			 const struct state_event *event)
{
	(void)state;
	(void)rule;
	(void)policy;
	return event->weight;
}
