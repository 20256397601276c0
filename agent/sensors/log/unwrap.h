/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes a line out of the wrapping that a container engine or journalctl(1) puts around it:
 *	{"log":"TEXT\n","stream":"stderr","time":"2026-11-22T10:00:00.1Z"}	Docker's json-file driver
 *	2026-11-22T10:00:00.123456789Z stderr F TEXT				CRI (containerd, CRI-O)
 *	{"MESSAGE":"TEXT","SYSLOG_IDENTIFIER":"sshd","_PID":"801",...}		journalctl -o json
 * Who writes TEXT is not known of the first two.
 */
#pragma once

#include "agent/sensors/log/sensor.h"

#include <stdbool.h>

#define UNWRAP_TEXT_MAX 4096 /* bytes of the longest text; a longer one is not read */

/*
 * Read a wrapped line. True: out->message is its text, out->line the whole line, out->stamp_us when it was written (0:
 * not said), and out->program and out->pid who wrote it, if that is known. The text of JSON lies in memory of this
 * file, valid until the next call. False: it is no wrapped line, or an unfinished or ambiguous one.
 */
bool unwrap(struct str line, struct sensor_line *out);

/*
 * Read one member of a JSON object, "NAME" : "VALUE", with a comma behind it or without. The strings lie in memory of
 * this file, valid until the next call; *value has no data if it is no string, or too long. False: it is no member.
 */
bool unwrap_member(struct str line, struct str *name, struct str *value);
