/* SPDX-License-Identifier: Apache-2.0 */
/* Times in requests: RFC 3339 ("2026-01-02T03:04:05Z", fractions and offsets allowed) or whole seconds since 1970. */
#pragma once

#include "agent/base/err.h"
#include "agent/base/str.h"

#include <stdbool.h>
#include <stdint.h>

struct call;

/* Read a time as microseconds since 1970. ERR_INVALID. */
ERR_CHECK enum err when_parse(struct str text, int64_t *wall_us);

/* Read a query parameter as a time; 0 when absent. False after an error answer. */
bool when_param(struct call *call, const char *name, int64_t *wall_us);
