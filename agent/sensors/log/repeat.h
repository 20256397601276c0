/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Some syslog daemons write "last message repeated 3 times" in place of three equal lines. For these, struct repeat
 * keeps the last recognised line of a source, and decodes it once more. Without it, two of three attempts on one
 * connection would not be counted on such a device.
 */
#pragma once

#include "agent/sensors/log/sensor.h"

#include <stdbool.h>
#include <stddef.h>

#define REPEAT_LINE_MAX 512 /* longer lines are not kept; daemons that write "repeated" cut them before */

struct repeat {
	char line[REPEAT_LINE_MAX];
	size_t len; /* 0: the line before was not recognised */
};

/*
 * As sensor_read(), and decodes "last message repeated" as the line before it, which out->line then is. *r must be
 * zero before the first line of a source.
 */
enum sensor_reading repeat_read(struct repeat *r, struct str line, struct event *out);
