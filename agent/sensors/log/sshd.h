/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The messages of OpenSSH's sshd, sshd-session and sshd-auth, from 3.x to 10.x. Texts from auth.c, auth-pam.c,
 * packet.c, kex.c, sshd.c and srclimit.c of openssh-portable.
 *
 * What an attacker chooses in them: the user name (cut to 100 bytes by sshd), the identification string, the text
 * of a disconnect, the key id of a certificate, the client user and host of host-based authentication. Each message
 * is read from the end where none of these is.
 */
#pragma once

#include "agent/sensors/log/sensor.h"

#include <stdbool.h>

bool sshd_decode(const struct sensor_line *line, struct event *out);
