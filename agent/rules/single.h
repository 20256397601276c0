/* SPDX-License-Identifier: Apache-2.0 */
/* One event is enough. */
#pragma once

#include "agent/rules/rule.h"

/* How many the event stands for. It fires for each event that the rule looks at. */
uint32_t single_evaluate(struct state *state, const struct rule *rule, const struct settings_rule_row *policy,
			 const struct state_event *event);
