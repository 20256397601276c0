/* SPDX-License-Identifier: Apache-2.0 */
/* Settings of rules that come in a pack: [rules], and [rule.UUID] of a single one. */
#pragma once

#include "agent/common/settings.h"
#include "agent/common/settings_value.h"

/* The rule's row; NULL: it has no section. */
const struct settings_rule_row *settings_pack_find(const struct settings *s, struct str id);

/*
 * The same, and a new one where there is none: the rule is on and has no steps. NULL: it is no UUID as rules of a pack
 * have, or there is no room.
 */
struct settings_rule_row *settings_pack_add(struct settings *s, struct str id);

/* Whether the section is one of a rule of a pack, and there is no room for it. */
bool settings_pack_full(const struct settings *s, struct str section);

/* Reads a level of Sigma into a uint8_t, enum severity; as the readers of settings_value.h. */
enum err settings_pack_level(struct settings_value *v);

/* The level's word. */
const char *settings_pack_level_name(uint8_t level);
