/* SPDX-License-Identifier: Apache-2.0 */
/* Rules in states of versions 1 to 3, which had a rule's place in the list of that time. Only for their migration. */
#pragma once

#include "agent/base/view.h"
#include "agent/rules/rule_set.h"

#include <stdint.h>

#define RULE_OLD_VERSION 3 /* the last one with places */

/* Make the rules of that list known by name in the set, where it does not have them (rule_set_meet). */
void rule_old_meet(struct rule_set *set);

/* Take a rule's identity from a saved row of that version: its hash. 0: the row has none. */
uint64_t rule_old_take(struct view *v, uint16_t version);
