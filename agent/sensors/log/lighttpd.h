/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lighttpd: its error log ("2026-11-22 11:58:01: (mod_auth.c.828) password doesn't match for /x username: U IP: A",
 * http_auth.c before 1.4.42), the same through syslog, and its access log. Texts from mod_auth.c.
 *
 * Path and name are the attacker's and come before the address, which is read from the end of the line. A syslog
 * daemon may cut lines, and so put text of the attacker at the end: long lines from syslog leave src empty.
 */
#pragma once

#include "agent/sensors/log/sensor.h"

#include <stdbool.h>

bool lighttpd_decode(const struct sensor_line *line, struct event *out);
