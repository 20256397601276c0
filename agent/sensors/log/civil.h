/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stamps that do not say which moment they mean, because they lack the zone or also the year: "Nov 22 11:58:01" (RFC
 * 3164, BusyBox), "Sat Nov 22 11:58:01 2026" (ctime(3), OpenWrt), "2026/11/22 11:58:01" (nginx). Whoever knows about
 * when the line was written can still tell how much older it is than the lines before.
 */
#pragma once

#include "agent/base/str.h"

#include <stdbool.h>
#include <stdint.h>

struct civil {
	int64_t us;	    /* of the year, or without one since its beginning; as if the zone were UTC */
	unsigned year;	    /* 0: the stamp has none */
	uint8_t month, day; /* from 1 on */
};

/* Read the stamp at the beginning of a log line; a bracket or a weekday may stand before it. False: it has none. */
bool civil_read(struct str line, struct civil *out);

/*
 * The time in microseconds since 1970, as if the zone were UTC. A stamp without a year gets the latest year that does
 * not put it behind `until_us`.
 */
int64_t civil_us(const struct civil *c, int64_t until_us);
