/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads an event from a line of JSON, as `caltrop event list --sigma` records it: an object whose members are fields by
 * their Sigma names or, where they have none, by their own (fields.h; an address also as "NAME_ip"), and an object
 * `logsource`, whose category says which kind of event it is. Further members:
 *
 *	timestamp	when it was; recorded_time_rank() has the other names for that
 *	count		how often it happened; once without
 *	line		the log line that it was decoded from
 *
 * Members that events of the kind do not have, and values that are null, lists or objects, are passed over. A command
 * line is given as people write it, and is parted at its blanks where rules ask for single arguments. Pure.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/event/fields.h"

#define RECORDED_LINE_MAX 65536u /* bytes of a line */
#define RECORDED_WHY_MAX 160u
#define RECORDED_TIME_NAMES 14u

struct recorded {
	struct event event; /* its texts are in the line and in `text` */
	struct str time;    /* as it is written; no data: it has none */
	unsigned time_rank;
	size_t used;
	char text[RECORDED_LINE_MAX];
};

/*
 * Read a line, which must stay as long as the event is used. ERR_INVALID: it is no such event, and `why` goes on behind
 * its place ("is no JSON object"). ERR_UNSUPPORTED: its log source is none of which this build has events, and `why`
 * says which.
 */
ERR_CHECK enum err recorded_read(struct recorded *r, struct str line, char why[RECORDED_WHY_MAX]);

/* Which name of an event's time that is, the lowest number before others; RECORDED_TIME_NAMES: it is none. */
unsigned recorded_time_rank(struct str name);
