/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a syslog daemon may have cut a line's end. BusyBox' keeps 255 bytes of what it is sent, or 511 if it was
 * built so, of which some 20 are priority and stamp, up to 36 with a zone. So a line may be cut that has, from its
 * program's name on, as many bytes as fill that; one that has more was not cut so short. Stamp and host, which the
 * daemon adds behind the cut, do not count, nor what a container engine or journalctl(1) wraps around.
 *
 * Other daemons keep a kilobyte and more (SENSOR_CUT_MESSAGE_MIN). A line is known for one of theirs by its stamp, if
 * it is OpenWrt's logd's, or by having this machine's name and no facility, as BusyBox would have written: another
 * machine's may have been passed on by one.
 */
#pragma once

#include "agent/base/str.h"
#include "agent/sensors/log/sensor.h"

#include <stdbool.h>

/* Say what this machine is called, for all lines of this process; empty, as at first: no line is this machine's. */
void log_cut_own_host(struct str name);

/* Whether a line of SENSOR_CUT_MIN bytes or more from its tag on may be cut. `line` and `stamp` must be set. */
bool log_cut_may_be(const struct sensor_line *line, const char *tag);
