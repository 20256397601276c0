/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When the lines of a log were written, by their own stamps. A stamp without a zone is read in the zone of this machine
 * (TZ, tzset(3)). Where the first stamp has no year, it gets the latest that does not put it more than a day behind the
 * file's last change; a later one gets the year that puts it next to the stamp before, rather behind than before it.
 * The first of January, in the midst of later days, is that of 1970: the clock was not set.
 */
#pragma once

#include "agent/base/str.h"

#include <stdint.h>

struct line_time {
	int64_t until_us; /* when the file was last changed */
	int64_t last_us;  /* of the stamp before; 0: none yet */
	int year;	  /* of the last stamp, as in struct tm; 0: none yet */
	unsigned form;	  /* row of the forms that the last stamp had */
};

/* Begin a file that was last changed at `until_us`, since 1970. */
struct line_time line_time_begin(int64_t until_us);

/* The time of a line, in microseconds since 1970. 0: it has no stamp that is known. */
int64_t line_time_us(struct line_time *t, struct str line);
