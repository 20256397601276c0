/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decodes the lines of login of util-linux, shadow and BusyBox, and the connections that telnetd, inetd and xinetd
 * report.
 *
 * util-linux writes the address before the name ("FROM A FOR U, reason"), so its lines are read from the front. The
 * others write it after the name ("invalid password for 'U' on 'TTY' from 'A'"), so theirs are read from the back. src
 * stays empty if a terminal is in the place of the address. BusyBox writes one line for three tries, so repeats is 3.
 */
#pragma once

#include "agent/sensors/log/sensor.h"

#include <stdbool.h>

/* Decode a line, as `decode` of struct sensor says. */
bool login_decode(const struct sensor_line *line, struct event *out);
