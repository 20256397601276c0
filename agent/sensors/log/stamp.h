/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The time stamps at the beginning of log lines: "Nov 22 11:58:01" (RFC 3164), the form of ctime(3), RFC 3339 and forms
 * like it, seconds since 1970 or since the start, and TAI64N. Only a stamp with year and zone says which moment it is.
 */
#pragma once

#include "agent/base/str.h"

#include <stddef.h>
#include <stdint.h>

/* The length of the stamp that the line begins with, in bytes. 0: it begins with none. */
size_t stamp_length(struct str line);

/*
 * The time of a stamp that stamp_length() found, in microseconds since 1970. 0: it has no year or zone or no valid
 * time.
 */
int64_t stamp_us(struct str stamp);

/* Days from 1970-01-01 to a day of the Gregorian calendar. The month is 1 to 12. */
int64_t stamp_days(int64_t year, unsigned month, unsigned day);

/* The number of a month, 1 for "Jan" to 12 for "Dec". 0: there is no such month. Reads three bytes. */
unsigned stamp_month(const char name[3]);
