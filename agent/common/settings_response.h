/* SPDX-License-Identifier: Apache-2.0 */
/* What [response] cannot say by a key's limits alone. Only for settings.c. Pure. */
#pragma once

#include "agent/common/settings.h"

/* ERR_INVALID: ban_neighbours is less than SETTINGS_NEIGHBOURS_MIN, and not 0; error->text is the sentence. */
ERR_CHECK enum err settings_response_check(const struct settings *s, struct ini_error *error);
