/* SPDX-License-Identifier: Apache-2.0 */
/* Checks what can be known of a rule's steps before any is taken; whether they need a witness, how long bans last. */
#include "agent/common/settings_steps.h"

#include "proto/verb.h"

#include <stdio.h>

/* Steps are taken in their order, and all against the same address and account. */
static enum err check_order(const struct settings_rule_row *row, const char *name, struct ini_error *error)
{
	for (unsigned later = 1; later < SETTINGS_STEPS_MAX && row->steps[later] != VERB_NONE; later++)
		for (unsigned step = 0; step < later; step++) {
			uint16_t first = row->steps[step], second = row->steps[later];

			if (first == second)
				snprintf(error->text, sizeof(error->text), "[rule.%s] steps: '%s' stands there twice",
					 name, verb_name(first));
			else if (verb_row(first)->spoils == second)
				snprintf(error->text, sizeof(error->text),
					 "[rule.%s] steps: '%s' is void while a '%s' is in force; put it before", name,
					 verb_name(second), verb_name(first));
			else
				continue;
			return ERR_INVALID;
		}
	return ERR_OK;
}

enum err settings_steps_check(const struct settings_rule_row *row, const char *name, struct ini_error *error)
{
	for (unsigned step = 0; step < SETTINGS_STEPS_MAX && row->steps[step] != VERB_NONE; step++)
		if (!verb_row(row->steps[step])->built) {
			snprintf(error->text, sizeof(error->text), "[rule.%s] steps: this build does not have '%s'",
				 name, verb_name(row->steps[step]));
			return ERR_UNSUPPORTED;
		}
	return check_order(row, name, error);
}

bool settings_needs_witness(const struct settings *s, const struct settings_rule_row *rule)
{
	if (!rule->enabled || s->trust_logs)
		return false;
	for (unsigned i = 0; i < SETTINGS_STEPS_MAX && !rule->witness; i++)
		if (rule->steps[i] != VERB_NONE && rule->steps[i] != VERB_BAN)
			return true;
	return rule->witness;
}

uint32_t settings_ban_s(const struct settings *s, const struct settings_rule_row *rule)
{
	return rule && rule->ban_s ? rule->ban_s : s->ban_s;
}

uint32_t settings_ban_longest_s(const struct settings *s, const struct settings_rule_row *rule)
{
	uint32_t first_s = settings_ban_s(s, rule);

	return first_s < s->ban_longest_s ? s->ban_longest_s : first_s;
}
