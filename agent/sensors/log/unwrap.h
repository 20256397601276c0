/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes a line out of the wrapping that a container engine or journalctl(1) puts around it:
 *	{"log":"TEXT\n","stream":"stderr","time":"2026-11-22T10:00:00.1Z"}	Docker's json-file driver
 *	2026-11-22T10:00:00.123456789Z stderr F TEXT				CRI (containerd, CRI-O)
 *	STAMP<tab>TAG<tab>{"log":"TEXT","source":"stderr",...}			fluentd's files
 *	{"MESSAGE":"TEXT","SYSLOG_IDENTIFIER":"sshd","_PID":"801",...}		journalctl -o json, json-seq, json-sse
 *	{"MESSAGE":"TEXT","PROGRAM":"sshd","PID":"801",...}			syslog-ng's $(format-json)
 *	{"msg":"TEXT","syslogtag":"sshd[801]:",...}				rsyslog: "msg" or "message", and one of
 *										"programname", "app-name", "syslogtag"
 * Who writes TEXT is not known of the first three.
 *
 * Engines cut long messages into lines of their own: P stands in place of F, or a long "log" has no line feed at its
 * end. What comes next begins in the middle of a message, where its client chose, so it may look like any other line.
 * Neither is read.
 */
#pragma once

#include "agent/sensors/log/sensor.h"

#include <stdbool.h>

#define UNWRAP_TEXT_MAX 4096 /* bytes of the longest text; a longer one is not read */

/* What a source's lines so far say about its next one: which of the engine's streams have an unfinished message. */
enum unwrap_streams {
	UNWRAP_STDOUT = 1,
	UNWRAP_STDERR = 2,
	UNWRAP_BOTH = 3, /* a line was lost, and may have been the beginning of a message */
};

enum unwrap_reading {
	UNWRAP_NONE,  /* it is no wrapped line, or an ambiguous one */
	UNWRAP_PART,  /* a part of a message, or one without text, or a text that is too long */
	UNWRAP_WHOLE, /* *out is filled */
};

/*
 * Read a wrapped line. *unfinished is kept for the source, 0 before its first line. UNWRAP_WHOLE: out->message is its
 * text, out->line the whole line, out->stamp_us when it was written (0: not said), and out->program and out->pid who
 * wrote it, if that is known. The text of JSON lies in memory of this file, valid until the next call.
 */
enum unwrap_reading unwrap(struct str line, uint8_t *unfinished, struct sensor_line *out);

/* Whether a line is a JSON object, behind one of the beginnings above or without. */
bool unwrap_is_json(struct str line);

/*
 * Read one member of a JSON object, "NAME" : "VALUE", with a comma behind it or without. The strings lie in memory of
 * this file, valid until the next call; *value has no data if it is no string, or too long. False: it is no member.
 */
bool unwrap_member(struct str line, struct str *name, struct str *value);
