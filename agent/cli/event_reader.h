/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file of recorded events, one JSON object a line (event/recorded.h), read in order. Empty lines are passed over, and
 * events of log sources that the guard has none of are counted.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/cli/log_reader.h"
#include "agent/event/recorded.h"

#include <stdint.h>

#define EVENT_READER_WHY_MAX (LOG_READER_WHY_MAX + RECORDED_WHY_MAX)

struct event_reader {
	struct log_reader file; /* file.lines.count is the number of the present event's line */
	struct recorded *now;	/* the present event, valid until the next call */
	int64_t at_us;		/* when it was, or the one before it that says so; 0: nothing is known */
	uint64_t events, passed;
};

/*
 * Open the file, "-" for standard input; event_reader_close() gives all back. ERR_IO, ERR_NO_MEMORY: `why` is the end
 * of a sentence.
 */
ERR_CHECK enum err event_reader_open(struct event_reader *r, const char *name, char why[EVENT_READER_WHY_MAX]);
void event_reader_close(struct event_reader *r);

/*
 * Read the next event. ERR_NOT_FOUND: there are no more. ERR_INVALID: a line is none, and `why` names file and line.
 * Others as log_reader_next().
 */
ERR_CHECK enum err event_reader_next(struct event_reader *r, char why[EVENT_READER_WHY_MAX]);
