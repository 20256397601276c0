/* SPDX-License-Identifier: Apache-2.0 */
/*
 * login of util-linux, shadow and BusyBox, and the connections that telnetd, inetd and xinetd report.
 *
 * util-linux writes the address before the name ("FROM A FOR U, reason"), so its lines are read from the front. The
 * others write it after the name ("invalid password for 'U' on 'TTY' from 'A'") and are read from the back. A terminal
 * in the place of the address leaves src empty. BusyBox logs once for three tries; its event has repeats = 3.
 */
#pragma once

#include "agent/sensors/log/sensor.h"

#include <stdbool.h>

bool login_decode(const struct sensor_line *line, struct event *out);
