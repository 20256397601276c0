/* SPDX-License-Identifier: Apache-2.0 */
/* What [response] cannot say by a key's limits alone. Only for settings.c and settings_text.c. Pure. */
#pragma once

#include "agent/base/buf.h"
#include "agent/common/settings.h"
#include "agent/common/settings_value.h"

/* ERR_INVALID: ban_neighbours is less than SETTINGS_NEIGHBOURS_MIN, and not 0; error->text is the sentence. */
ERR_CHECK enum err settings_response_check(const struct settings *s, struct ini_error *error);

/* Read "HH:MM-HH:MM [STEP]..." into a struct settings_quiet; empty: none. ERR_INVALID: it is no such text. */
enum err settings_response_hours(struct settings_value *v);

/* Append it as it is read, empty for none. */
void settings_response_put_hours(struct buf *b, const struct settings_quiet *quiet);
