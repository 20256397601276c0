/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes the frame off a syslog line: stamp, host, program, process id. What is left is what the program said.
 *
 * Understood, each with or without "<PRI>" before it:
 *	Nov 22 11:58:01 host prog[pid]: msg			RFC 3164; also without host (the datagram that
 *								syslog(3) sends), with a fraction (journalctl -o
 *								short-precise), with a year, with one-digit days
 *	Nov 22 11:58:01 host authpriv.info prog[pid]: msg	busybox syslogd; also "<4.6>" of FreeBSD
 *	Nov 22 11:58:01 [prog] msg				metalog
 *	Sun Nov 22 11:58:01 2026 authpriv.info prog[pid]: msg	logread
 *	2026-11-22T11:58:01.123456+00:00 host prog[pid]: msg	RFC 3339 (rsyslog, journalctl -o short-iso);
 *								also with a space for the T, without a zone,
 *								without host
 *	Sun 2026-11-22 11:58:01 UTC host prog[pid]: msg		journalctl -o short-full
 *	2026-11-22T11:58:01.12 auth.info: Nov 22 11:58:01 prog[pid]: msg
 *								socklog, also without the second stamp
 *	<38>1 2026-11-22T11:58:01Z host prog pid id [sd] msg	RFC 5424
 *
 * The program is the first word that has the form of a tag, and it must stand where a tag belongs: a line that
 * merely contains "sshd[1]: ..." further on is not one of sshd. A name given as path loses its folders.
 * "sshd(pam_unix)[1]: msg", the style of old PAM, is program "sshd" with a message that begins at "(pam_unix)".
 *
 * What no reader of a log can tell: whoever may write to the syslog socket (logger(1)) chooses the program name.
 */
#pragma once

#include "agent/base/str.h"
#include "agent/sensors/log/sensor.h"

#include <stdbool.h>
#include <stdint.h>

/* True and *out filled but for stamp_us, when the line has one of the frames above. */
bool syslog_frame(struct str line, struct sensor_line *out);

/*
 * "[host ]prog[pid]: msg", what is left where a reader has taken the stamps off: true and *out filled but for stamp_us.
 * The process number is what tells such a line from those of other logs.
 */
bool syslog_unstamped(struct str line, struct sensor_line *out);

/* Microseconds since 1970 of a frame's stamp; 0 when it lacks year or zone, or names no possible moment. */
int64_t syslog_stamp_us(struct str stamp);

/*
 * "message repeated 3 times: [ MSG]" (rsyslog): takes the wrapping off *message and returns 3. Returns 0 and
 * leaves *message alone when it is not there.
 */
uint32_t syslog_repeats(struct str *message);

/*
 * "Nov 22 11:58:01 host last message repeated 3 times" (syslogd, sysklogd, busybox): returns 3, and 0 for any
 * other line. What was repeated is the line before; see repeat.h.
 */
uint32_t syslog_last_repeated(struct str line);
