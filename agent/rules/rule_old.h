/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What states of earlier versions had in place of names: a rule's place in the list of that time (versions 1 to 3), and
 * a series' (versions 1 to 4). Only for their migration.
 */
#pragma once

#include "agent/base/view.h"
#include "agent/rules/rule_set.h"

#include <stdint.h>

#define RULE_OLD_VERSION 3 /* the last one with places of rules */
#define RULE_OLD_SERIES 5  /* how many series there were */

/* Make the rules of that list known by name in the set, where it does not have them (rule_set_meet). */
void rule_old_meet(struct rule_set *set);

/* Take a rule's identity from a saved row of that version: its hash. 0: the row has none. */
uint64_t rule_old_take(struct view *v, uint16_t version);

/* The hash of the name of the series (state.h) that had that place, below RULE_OLD_SERIES. */
uint64_t rule_old_series(unsigned place);
