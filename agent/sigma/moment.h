/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Times as events write them: "2026-01-31T12:34:56.789Z" (RFC 3339, ISO 8601), with a blank for the T, without seconds,
 * fraction or zone, or without a time of day; or seconds, milliseconds, microseconds or nanoseconds since 1970 in
 * digits, as their number says (up to 11, 14, 17, 19), with a fraction. A time without a zone is UTC.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/str.h"

#include <stdint.h>

struct moment {
	int64_t us; /* since 1970, in UTC */
	/* As it is written, without regard to the zone: */
	int32_t year;
	uint8_t month, day, hour, minute, week; /* week: of ISO 8601, 1 to 53 */
};

/* Read the whole text. ERR_INVALID: it is no time. */
ERR_CHECK enum err moment_read(struct str text, struct moment *out);
