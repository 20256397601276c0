/* SPDX-License-Identifier: Apache-2.0 */
/* `count` events of one kind within the window, then one of another, of one src: Sigma's temporal_ordered. */
#pragma once

#include "agent/rules/rule.h"

/*
 * The number of events of the first kind when the rule fires, else 0. It fires for every event of the second kind that
 * follows policy->count events of the first. Another rule that fires does not reset this count.
 */
uint32_t sequence_evaluate(struct state *state, const struct rule *rule, const struct settings_rule_row *policy,
			   const struct state_event *event);
