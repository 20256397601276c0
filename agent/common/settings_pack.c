/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps the sections of rules of a pack. Whether the pack has such a rule is not known here. */
#include "agent/common/settings_pack.h"

#include "agent/base/now.h"
#include "agent/base/severity.h"

#include <stdio.h>
#include <string.h>

static const char *const levels[] = {
	[SEV_INFO] = "informational", [SEV_LOW] = "low",	   [SEV_MEDIUM] = "medium",
	[SEV_HIGH] = "high",	      [SEV_CRITICAL] = "critical",
};

#define LEVELS (sizeof(levels) / sizeof(levels[0]))

static bool is_uuid(struct str id)
{
	for (size_t i = 0; i < id.len; i++) {
		char c = id.data[i];
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;
		bool digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');

		if (dash ? c != '-' : !digit)
			return false;
	}
	return id.len == SETTINGS_RULE_ID - 1;
}

const struct settings_rule_row *settings_pack_find(const struct settings *s, struct str id)
{
	for (unsigned i = 0; i < s->pack_rule_count; i++)
		if (str_equal(id, str_from(s->pack_rules[i].id)))
			return &s->pack_rules[i].row;
	return NULL;
}

struct settings_rule_row *settings_pack_add(struct settings *s, struct str id)
{
	for (unsigned i = 0; i < s->pack_rule_count; i++)
		if (str_equal(id, str_from(s->pack_rules[i].id)))
			return &s->pack_rules[i].row;
	if (!IS_ENABLED(CONFIG_RULES_SIGMA) || !is_uuid(id) || s->pack_rule_count == SETTINGS_PACK_RULES_MAX)
		return NULL;
	struct settings_pack_rule *rule = &s->pack_rules[s->pack_rule_count++];

	str_show(id, rule->id, sizeof(rule->id));
	rule->row = (struct settings_rule_row){.enabled = true, .count = 1, .window_us = 10 * MINUTE_US};
	return &rule->row;
}

bool settings_pack_full(const struct settings *s, struct str section)
{
	return str_take(&section, STR("rule.")) && is_uuid(section) && s->pack_rule_count == SETTINGS_PACK_RULES_MAX;
}

enum err settings_pack_level(struct settings_value *v)
{
	for (uint8_t i = SEV_INFO; i < LEVELS; i++)
		if (str_equal(v->text, str_from(levels[i]))) {
			*(uint8_t *)v->target = i;
			return ERR_OK;
		}
	snprintf(v->why, sizeof(v->why), "'%.20s' is none of informational, low, medium, high and critical",
		 v->text.data ? v->text.data : "");
	return ERR_INVALID;
}

const char *settings_pack_level_name(uint8_t level)
{
	return level >= SEV_INFO && level < LEVELS ? levels[level] : "low";
}
