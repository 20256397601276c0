/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decodes the messages of OpenSSH's sshd, sshd-session and sshd-auth, from 3.x to 10.x. Format: auth.c, auth-pam.c,
 * packet.c, kex.c, sshd.c and srclimit.c of openssh-portable.
 *
 * The attacker chooses the user name (sshd cuts it to 100 bytes), the identification string, the text of a disconnect,
 * the key id of a certificate, and the client user and host of host-based authentication. Each message is read from
 * the end that has none of these.
 */
#pragma once

#include "agent/sensors/log/sensor.h"

#include <stdbool.h>

/* Decode a line, as `decode` of struct sensor says. */
bool sshd_decode(const struct sensor_line *line, struct event *out);
