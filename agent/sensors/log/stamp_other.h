/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stamps that no syslog daemon writes by itself, but templates of rsyslog and syslog-ng and scripts do:
 *	2026/11/22 11:58:01	2026.11.22 11:58:01	20261122 11:58:01	20261122T115801Z	2026-Nov-22
 *11:58:01 22/Nov/2026:11:58:01 +0000	22-Nov-2026 11:58:01	22 Nov 2026 11:58:01	22 Nov 11:58:01 Sun, 22 Nov 2026
 *11:58:01 +0000	Sun Nov 22 11:58:01 UTC 2026	Nov 22 11:58:01 UTC	Nov/22/2026 11:58:01 each with a
 *fraction, a half of the day (AM, PM) and a zone behind it or without, and all of these and those of stamp.h in
 *brackets. Applications begin lines with them, too, so they alone do not show that a line is one of syslog.
 * "11/12/2026" is not among them: nobody knows which month it is.
 */
#pragma once

#include "agent/base/str.h"
#include "agent/sensors/log/civil.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stamp_other {
	size_t len;	    /* bytes of the line that it is, with "<PRI>" and brackets */
	uint8_t form;	    /* which one; from 1 on */
	struct civil civil; /* as written */
	int64_t us;	    /* microseconds since 1970; 0: it has no year or no zone that is known */
};

/* Read the stamp that the line begins with. False: it begins with none of these. */
bool stamp_other_read(struct str line, struct stamp_other *out);
