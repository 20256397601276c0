/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The time stamps that begin log lines: "Nov 22 11:58:01" (RFC 3164) and ctime(3) around it, and RFC 3339 with its
 * relatives. Only a stamp with year and zone is a moment; the others depend on where and when the line was written.
 */
#pragma once

#include "agent/base/str.h"

#include <stddef.h>
#include <stdint.h>

/* How many bytes of a stamp the line begins with; 0 when there is none. */
size_t stamp_length(struct str line);

/* Microseconds since 1970 of what stamp_length() measured; 0 without year or zone, or out of range. */
int64_t stamp_us(struct str stamp);

/* Days from 1970-01-01 to a day of the Gregorian calendar; month 1..12. */
int64_t stamp_days(int64_t year, unsigned month, unsigned day);

/* 1..12 for "Jan".."Dec", 0 for anything else. Reads three bytes. */
unsigned stamp_month(const char name[3]);
