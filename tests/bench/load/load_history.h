/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a fleet told over a month, put into a store as the service's ingest does it, batch by batch: the same from the
 * same numbers. Mostly failed log-ins of attackers that come and go, programs, connections and files; now and then a
 * finding, a receipt or health. A few things are there five times only, spread over the whole time.
 */
#pragma once

#include "server-stub/store/store.h"

#include <stdint.h>

#define LOAD_HISTORY_GROUPS 10	 /* "site-0" and so on; of the devices "edge-000" and so on */
#define LOAD_HISTORY_USERS 400	 /* "user7"; the first ones most often */
#define LOAD_HISTORY_PROGRAMS 60 /* "/usr/bin/tool7" */
#define LOAD_HISTORY_RULES 12	 /* "rule_7" */
#define LOAD_HISTORY_DAYS 30
#define LOAD_HISTORY_SRC_MAX 2000 /* attackers; see load_history_src */

/* There five times: a log-in's user and src, a program with this number, a finding's rule. */
#define LOAD_HISTORY_RARE "needle"
#define LOAD_HISTORY_RARE_SRC "203.0.113.77"
#define LOAD_HISTORY_RARE_PID "4194001"

struct load_history {
	uint64_t records;
	unsigned devices; /* at most 999; one more, "edge-999" of the group "lone", tells little, and one, "silent" of
			     the group "silent", nothing */
	int64_t end_us;	  /* of the month */
};

/* Fill the store, in which nothing is yet. Exits with a sentence on failure. */
void load_history_fill(struct store *s, const struct load_history *h);

/* The address of an attacker; they come one after the other, each for about a fiftieth of the time. */
void load_history_src(unsigned number, char text[32]);
