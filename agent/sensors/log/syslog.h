/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes the frame from a syslog line: stamp, host, program and process number. The rest is the program's message.
 *
 * These frames are recognised, each with or without "<PRI>" before it:
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
 *	<38>1 2026-11-22T11:58:01Z host prog pid id [sd] msg	RFC 5424; also without "<38>1 " (rsyslog's
 *								RSYSLOG_SyslogProtocol23Format, cut)
 *	1795348681.123456 host prog[pid]: msg			journalctl -o short-unix
 *	[   12.345678] host prog[pid]: msg			journalctl -o short-monotonic, short-delta
 *	@4000000067402c0b12345678 prog[pid]: msg		TAI64N (multilog, s6-log, svlogd -t)
 *
 * The program is the first word that has the form of a tag, and only at a place where a tag belongs: a line that has
 * "sshd[1]: ..." further on is not one of sshd. Of a program that is a path, only the last part is kept.
 * "sshd(pam_unix)[1]: msg", the style of old PAM, is the program "sshd" with a message that begins with "(pam_unix)".
 *
 * A reader of a log cannot know which program wrote a line: every program that may write to the syslog socket
 * (logger(1)) chooses its name itself.
 */
#pragma once

#include "agent/base/str.h"
#include "agent/sensors/log/sensor.h"

#include <stdbool.h>
#include <stdint.h>

/* Read a line that has one of the frames above. Fills *out except for stamp_us. False: it has none of them. */
bool syslog_frame(struct str line, struct sensor_line *out);

/*
 * Read a line whose stamp is of another form (stamp_other.h) and has `len` bytes, with what follows a stamp of RFC 3164
 * above. Fills *out except for stamp_us. False: it has no program's name there.
 */
bool syslog_behind(struct str line, size_t len, struct sensor_line *out);

/*
 * Read a line "[host ]prog[pid]: msg", whose stamp another program has removed. Fills *out except for stamp_us. Without
 * a process number the line would look like one of another log, so then the result is false.
 */
bool syslog_unstamped(struct str line, struct sensor_line *out);

/* The time of a frame's stamp, in microseconds since 1970. 0: it has no year or no zone, or there is no such time. */
int64_t syslog_stamp_us(struct str stamp);

/*
 * Take "message repeated 3 times: [ MSG]" (rsyslog) or "Last message 'MSG' repeated 3 times, suppressed by syslog-ng on
 * HOST": *message becomes MSG, and the result is 3. 0: the message does not have this form and is unchanged.
 */
uint32_t syslog_repeats(struct str *message);

/* Whether a message begins as the first two forms do. It is asked for each line, so it looks at one byte only. */
static inline bool syslog_may_repeat(struct str message)
{
	return message.len > 16 && (message.data[0] == 'm' || message.data[0] == 'L');
}

/*
 * Returns 3 for the line "Nov 22 11:58:01 host last message repeated 3 times" (syslogd, sysklogd, BusyBox) and for what
 * other daemons write in its place ("last message buffered 3 times", metalog's "Last output repeated 3 times"), and 0
 * for any other line. The repeated message is that of the line before; see repeat.h.
 */
uint32_t syslog_last_repeated(struct str line);
