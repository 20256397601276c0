/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes findings of what a Sigma pack matches: the row that incidents need of the rule, and what they are about. A
 * correlation is about what it groups by first. Otherwise a log-in is about its src, a file about itself, and all else
 * about the program that did it; what names none of these is about its account or about the device.
 */
#pragma once

#include "agent/detect/detect.h"
#include "agent/rules/rule_set.h"

#define RULE_PACK_WHY_MAX 256u

/* A pack was loaded: its rules of which the saved state has incidents are rules again. */
void rule_pack_adopt(struct rule_set *set, const struct pack *pack);

/* The row of what was found; NULL: there is no room for it. */
struct rule_row *rule_pack_row(struct rule_set *set, const struct detect_found *found, const struct event *event,
			       const struct attempt *attempt);
