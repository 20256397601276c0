/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sensor is a description plus a pure decoder: one line of bytes in, at most one event out. The shell owns the
 * drivers that fetch lines (a tailed file, the syslog datagram socket, audit netlink); a sensor never knows which.
 *
 * For syslog lines the frame (time stamp, host, program, pid; classic RFC 3164, RFC 3339 and RFC 5424, with or
 * without "<PRI>") is taken off once by sensors/syslog.h, and the row is found by program name; what the decoder
 * sees is the message alone. Lines without such a frame (web-server logs, audit records, vsftpd.log, xferlog) are
 * offered to the rows marked SENSOR_BARE in table order.
 */
#pragma once

#include "agent/base/str.h"
#include "agent/event/event.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Syslog daemons cut long messages; BusyBox's keeps 255 bytes of one. Of a line of this length or more the end may be
 * missing: an address that would stand behind the attacker's text may be gone, may have lost its last digits, or may
 * be part of that text. So a decoder takes the address of such a line only from a place before the attacker's text.
 */
#define SENSOR_CUT_MIN 240

enum sensor_flags {
	SENSOR_SYSLOG = 1, /* rows matched by program name */
	SENSOR_BARE = 2,   /* rows that decode a whole line */
};

/* The frame of a log line, borrowed from it. */
struct sensor_line {
	struct str line;    /* all of it */
	struct str program; /* "sshd", empty for a bare line */
	struct str message; /* what follows "program[pid]: "; the whole line for a bare one */
	struct str stamp;   /* as logged; empty for a bare line */
	uint32_t pid;
	int64_t stamp_us; /* 0: none, or no year and zone in it */
	bool may_be_cut;  /* from syslog, and of SENSOR_CUT_MIN bytes or more */
};

struct sensor {
	const char *name;	     /* "sshd" */
	const char *const *programs; /* NULL-terminated syslog program names; NULL for bare rows */
	unsigned flags;		     /* enum sensor_flags */
	/* True and *out filled when the line says something about authentication. Must not read past its input,
	 * must be linear in its length. out->line, out->stamp_us and auth.pid are preset by the caller. */
	bool (*decode)(const struct sensor_line *line, struct event *out);
};

/* The visible table of all sensors in this build, ended by a row with name NULL. */
extern const struct sensor sensor_table[];

/*
 * Decode one log line (without its line feed; any bytes, at most 64 KiB). True and *out filled when it was
 * recognised. This is what the guard, `caltrop parse`, the fuzzer and the benchmark all call.
 */
bool sensor_decode(struct str line, struct event *out);
