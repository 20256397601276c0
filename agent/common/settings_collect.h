/* SPDX-License-Identifier: Apache-2.0 */
/* The section [collect] of the settings. */
#pragma once

#include "agent/common/settings.h"

#define COLLECT_BYTES_MIN (64u << 10)
#define COLLECT_BYTES_MAX (4u << 20) /* of an object of that kind */

/* Set it to its defaults. */
void settings_collect_default(struct settings *s);
