/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A loaded set of many synthetic rules: by user, by service, of one class only, of another kind of event, and a few
 * that look at every failure, however many the set has. For what rules cost an event, by count and by time.
 */
#pragma once

#include "agent/rules/rule.h"

#define MANY_RULES_MAX 2000u
#define MANY_RULES_FEW 10u /* the rules of the first so many look at failures of sshd, of any number */

struct many_rules {
	struct settings settings;
	struct rule rules[MANY_RULES_MAX];
	char ids[MANY_RULES_MAX][16], values[MANY_RULES_MAX][16];
	struct rule_pack pack;
	struct rule_set set;
	struct rules engine;
	void *set_memory, *memory;
};

typedef uint32_t many_rules_evaluate(struct state *state, const struct rule *rule,
				     const struct settings_rule_row *policy, const struct state_event *event);

/* Load `count` rules, at most MANY_RULES_MAX, which are all evaluated by that. The caller unloads it. */
struct many_rules *many_rules_load(unsigned count, many_rules_evaluate *evaluate);
void many_rules_unload(struct many_rules *m);

/* Show the rules the n-th failed log-in, each of another user, from one address. Returns how many fired. */
unsigned many_rules_fail(struct many_rules *m, unsigned n);
