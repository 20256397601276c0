/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decodes the lines that PAM modules log in the name of the program that called them: "pam_unix(sshd:auth):
 * authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=A  user=root", in the style of Linux-PAM 0.7x to
 * 1.7, also of pam_sss, pam_ldap, pam_faillock, pam_tally2 and others. Format: modules/pam_unix of linux-pam.
 *
 * The service of the event is that of the program. ruser comes before rhost, and user after it. The program decides
 * which of them the attacker chooses: sshd leaves ruser empty, vsftpd puts the tried name there. So the first rhost of
 * sshd is the true one. For other programs src stays empty if a line has two of them or may have been cut.
 *
 * "authentication failure; logname= ..." without a module's name is what a daemon itself makes of its conversation with
 * PAM: its verdict, except sshd's and dropbear's, which have words of their own for that.
 *
 * "N more authentication failures" counts failures that had lines of their own, so it is only information.
 */
#pragma once

#include "agent/sensors/log/sensor.h"

#include <stdbool.h>

/* Whether a message begins as those of PAM modules do. It is asked for each line, so it looks at a few bytes only. */
static inline bool pam_begins(struct str message)
{
	return message.len > 8 && (message.data[0] == 'p' || message.data[0] == '(' || message.data[0] == 'P') &&
	       (memcmp(message.data, "pam_", 4) == 0 || memcmp(message.data, "(pam_", 5) == 0 ||
		(memcmp(message.data, "PAM ", 4) == 0 && (unsigned char)(message.data[4] - '0') < 10));
}

/* Whether a message is PAM's sentence without a module's name, as some daemons log it themselves. */
static inline bool pam_is_sentence(struct str message)
{
	return message.len > 40 && message.data[0] == 'a' &&
	       memcmp(message.data, "authentication failure; logname=", 32) == 0;
}

/* Decode a line, as `decode` of struct sensor says. */
bool pam_decode(const struct sensor_line *line, struct event *out);
