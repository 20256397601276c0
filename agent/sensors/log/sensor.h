/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sensor is a row of a table with a pure decoder, which makes at most one event of one line. The shell reads the
 * lines from its sources (log files, the syslog socket, the audit stream). A sensor does not know which source a line
 * is from.
 *
 * syslog.h takes the frame of a syslog line, and the program's name selects the row; its decoder looks at the message
 * only. A line without such a frame (web servers, audit records, vsftpd.log) is given to the rows with SENSOR_BARE, in
 * their order, until one recognises it.
 */
#pragma once

#include "agent/base/str.h"
#include "agent/event/event.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Syslog daemons cut long messages (log_cut.h). The end of a line may be missing then: an address that would stand
 * behind the attacker's text may be gone, may have lost its last digits, or may be part of that text. A decoder takes
 * the address of such a line only from a place before the attacker's text.
 */
#define SENSOR_CUT_MIN 220	   /* bytes from the program's name on, from which it may be */
#define SENSOR_CUT_MESSAGE_MIN 960 /* of a message without such a frame, or in the journal; svlogd keeps 1000 bytes */

enum sensor_flags {
	SENSOR_SYSLOG = 1, /* the row decodes messages of its programs */
	SENSOR_BARE = 2,   /* the row decodes lines without a syslog frame */
};

/* The parts of a log line. The strings lie in the line. */
struct sensor_line {
	struct str line;    /* all of it */
	struct str program; /* "sshd"; empty without a syslog frame */
	struct str message; /* what follows "program[pid]: "; the whole line without a syslog frame */
	struct str stamp;   /* as in the log; empty without a syslog frame */
	uint32_t pid;	    /* 0: the line has none */
	int64_t stamp_us;   /* microseconds since 1970; 0: the line has no stamp, or one without year and zone */
	bool may_be_cut;    /* see above */
};

struct sensor {
	const char *name;	     /* "sshd" */
	const char *const *programs; /* names in syslog lines, ended by NULL; NULL for a row with SENSOR_BARE only */
	unsigned flags;		     /* enum sensor_flags */
	/*
	 * Decode a line. True: it is about authentication, and *out is filled. The caller has set out->line,
	 * out->stamp_us and auth.pid. The time is linear in the length of the line.
	 */
	bool (*decode)(const struct sensor_line *line, struct event *out);
};

/* All sensors in this build, ended by a row with the name NULL. */
extern const struct sensor sensor_table[];

/*
 * Decode one log line of any bytes, at most 64 KiB, without its line feed. True: it was recognised, and *out is filled.
 * The guard, `caltrop parse`, the fuzzer and the benchmark all call this function.
 */
bool sensor_decode(struct str line, struct event *out);

/*
 * The same for a line with a syslog frame that no log's daemon has cut, such as an entry of the journal or what the
 * program sent to the guard's own socket: only what the program itself may have cut (SENSOR_CUT_MESSAGE_MIN, as
 * syslog(3) of musl and sshd do at 1024 bytes) has no end.
 */
bool sensor_decode_whole(struct str line, struct event *out);

/* The same, and whether a line that was not recognised has at least the frame of a syslog line. */
enum sensor_reading {
	SENSOR_EVENT = 1,    /* *out is filled */
	SENSOR_FRAMED = 2,   /* a program's line, and no event */
	SENSOR_NAMELESS = 3, /* the same, but its program is only the id of a container */
	SENSOR_STRANGE = 4,
};
enum sensor_reading sensor_read(struct str line, struct event *out);

/* Clear *out for a decoder that is no row, and complete what such a decoder has filled. */
void sensor_prepare(struct str line, struct event *out);
void sensor_finish(struct event *out);

/* Decode a line whose parts the caller has found; program and message must not be empty. True: *out is filled. */
bool sensor_decode_named(struct sensor_line *line, struct event *out);
