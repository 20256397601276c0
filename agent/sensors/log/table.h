/* SPDX-License-Identifier: Apache-2.0 */
/* Finding a row of the table (sensor.h). */
#pragma once

#include "agent/sensors/log/sensor.h"

/* The row for a syslog line: of PAM by its message, else of its program. NULL: nobody wants it. */
const struct sensor *table_find(const struct sensor_line *line);
