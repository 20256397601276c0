/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decodes lighttpd's error log ("2026-11-22 11:58:01: (mod_auth.c.828) password doesn't match for /x username: U IP:
 * A", http_auth.c before 1.4.42), the same through syslog, and its access log. Format: mod_auth.c.
 *
 * The attacker chooses path and name. They come before the address, so the address is read from the end of the line. A
 * syslog daemon may cut a line within the attacker's text, so src stays empty in long lines from syslog.
 */
#pragma once

#include "agent/sensors/log/sensor.h"

#include <stdbool.h>

/* Decode a line, as `decode` of struct sensor says. */
bool lighttpd_decode(const struct sensor_line *line, struct event *out);
