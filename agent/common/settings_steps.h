/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of a rule, built in or of a pack, as the settings have them. Only for settings.c. Pure. */
#pragma once

#include "agent/common/settings.h"

/*
 * Check the steps of the rule of that name. ERR_UNSUPPORTED: this build lacks one. ERR_INVALID: one stands there twice,
 * or behind one that makes it void. error->text is the sentence.
 */
ERR_CHECK enum err settings_steps_check(const struct settings_rule_row *row, const char *name, struct ini_error *error);
