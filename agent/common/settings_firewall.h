/* SPDX-License-Identifier: Apache-2.0 */
/* What [firewall] means for the rules over packets, and what packets are filtered by. Only for settings.c. Pure. */
#pragma once

#include "agent/common/settings.h"
#include "agent/common/settings_value.h"

/*
 * Check the row of a rule. ERR_INVALID: it counts more ports than are kept, or has a step although the addresses that
 * it is about can be forged; error->text is the sentence.
 */
ERR_CHECK enum err settings_firewall_check(const struct settings *s, enum settings_rule rule, struct ini_error *error);

/* Read a uint8_t, enum settings_filter. ERR_INVALID: it is none, or not in this build; v->why says which. */
ERR_CHECK enum err settings_firewall_filter(struct settings_value *v);
