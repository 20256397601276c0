/* SPDX-License-Identifier: Apache-2.0 */
/*
 * login of util-linux, shadow and BusyBox, and the connections that telnetd, inetd and xinetd report.
 *
 * util-linux says the source before the name ("FROM A FOR U, reason") and is read from the front. The others say it
 * after ("invalid password for 'U' on 'TTY' from 'A'") and are read from the back. A terminal in the place of the
 * source is none. BusyBox logs once per three tries; its line has repeats = 3.
 */
#pragma once

#include "agent/sensors/log/sensor.h"

#include <stdbool.h>

bool login_decode(const struct sensor_line *line, struct event *out);
