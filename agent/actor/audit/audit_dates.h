/* SPDX-License-Identifier: Apache-2.0 */
/* Days of the calendar, and those that stand in texts about builds. Pure. */
#pragma once

#include "agent/base/str.h"

#include <stdbool.h>
#include <stdint.h>

#define AUDIT_DAY_S INT64_C(86400)

struct audit_date {
	unsigned year, month, day; /* 1970 to 9999, 1 to 12, 1 to 31 */
};

/* When the day begins, seconds since 1970, in UTC. */
int64_t audit_dates_s(const struct audit_date *date);

/*
 * Read the first date from 2000 to 2099 in a text: "2024-05-03", eight or more digits that begin with "20240503", or
 * "Mar 22 22:09:42 UTC 2024" as uname(1) has it. False: there is none.
 */
bool audit_dates_find(struct str text, int64_t *out_s);
