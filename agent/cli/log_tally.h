/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a command read of a log: how many lines, how many of them have a form that the guard reads (sensors/log), and
 * the span of their stamps. Without it nobody could tell a log that is quiet from one that is not read.
 */
#pragma once

#include "agent/base/str.h"
#include "agent/sensors/log/stream.h"

#include <stdbool.h>
#include <stdint.h>

struct log_tally {
	uint64_t lines, known;
	int64_t first_us, last_us; /* since 1970; 0: no stamp was read */
};

/* Count a line, unless it is empty, that `s` was given as its last one, and of which it made an event (`found`) or not.
 */
void log_tally_line(struct log_tally *t, const struct stream *s, struct str line, bool found);

/* Count when a line was written, since 1970; 0 is not counted. */
void log_tally_time(struct log_tally *t, int64_t us);

/* Say it on standard error, "caltrop COMMAND: NAME: 12 lines, 10 understood, ...". */
void log_tally_tell(const struct log_tally *t, const char *command, const char *name);

/* Whether there were lines, and not one that has a known form. */
bool log_tally_is_no_log(const struct log_tally *t);
