/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For syslog daemons that write "last message repeated 3 times" in place of three equal lines: keeps the last
 * recognised line of a source and decodes it once more. Without it two of three tries on one connection would pass
 * unseen on such a device.
 */
#pragma once

#include "agent/sensors/log/sensor.h"

#include <stdbool.h>
#include <stddef.h>

#define REPEAT_LINE_MAX 512 /* longer lines are not kept; syslogd of the kind that repeats cuts them before */

struct repeat {
	char line[REPEAT_LINE_MAX];
	size_t len; /* 0: the line before was not recognised */
};

/* As sensor_decode(), with the repetition of the line before; out->line is then the kept one. Zeroed at first. */
bool repeat_decode(struct repeat *r, struct str line, struct event *out);
