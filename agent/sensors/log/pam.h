/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines that PAM modules log in the name of the program that called them: "pam_unix(sshd:auth): authentication
 * failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=A  user=root", in the style of Linux-PAM 0.7x to 1.7, also
 * of pam_sss, pam_ldap, pam_faillock, pam_tally2 and others. Texts from modules/pam_unix of linux-pam.
 *
 * The service of the event is the program's. ruser comes before rhost and user after it; which of them an attacker
 * chooses depends on the program: sshd leaves ruser empty, vsftpd puts the tried name there. So with sshd the first
 * rhost is true; for other programs a line with two of them, or one that may be cut, leaves src empty.
 *
 * "N more authentication failures" sums up what has been said line by line and is only information.
 */
#pragma once

#include "agent/sensors/log/sensor.h"

#include <stdbool.h>

/* Whether a message begins as those of PAM modules do. Cheap: most lines of other programs end here. */
static inline bool pam_begins(struct str message)
{
	return message.len > 8 && (message.data[0] == 'p' || message.data[0] == '(' || message.data[0] == 'P') &&
	       (memcmp(message.data, "pam_", 4) == 0 || memcmp(message.data, "(pam_", 5) == 0 ||
		(memcmp(message.data, "PAM ", 4) == 0 && (unsigned char)(message.data[4] - '0') < 10));
}

bool pam_decode(const struct sensor_line *line, struct event *out);
