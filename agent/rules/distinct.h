/* SPDX-License-Identifier: Apache-2.0 */
/* `count` different values of one src within the window: Sigma's value_count. */
#pragma once

#include "agent/rules/rule.h"

/* The number of values when the rule fires, else 0. It fires at policy->count values, and again after as many more. */
uint32_t distinct_evaluate(struct state *state, const struct rule *rule, const struct settings_rule_row *policy,
			   const struct state_event *event);
