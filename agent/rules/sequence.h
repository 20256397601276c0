/* SPDX-License-Identifier: Apache-2.0 */
/* `count` events of one kind within the window, then one of another, of one src: Sigma's temporal_ordered. */
#pragma once

#include "agent/rules/rule.h"

/*
 * The count when it fires, else 0. Fires for every event of the second kind behind the row's count of the first, which
 * the firing of other rules leaves alone.
 */
uint32_t sequence_evaluate(struct state *state, const struct rule *rule, const struct settings_rule_row *row,
			   const struct state_event *event);
