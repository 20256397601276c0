/* SPDX-License-Identifier: Apache-2.0 */
/* Finding a row of the table (sensor.h). */
#pragma once

#include "agent/sensors/log/sensor.h"

/* The row for a syslog line: PAM's for a message of a PAM module, else its program's. NULL: there is none. */
const struct sensor *table_find(const struct sensor_line *line);
