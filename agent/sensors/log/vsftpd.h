/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vsftpd, in syslog ("vsftpd[1]: [U] FAIL LOGIN: Client "A"") and in its own file, where ctime(3) and "[pid 1]" come
 * first. Text from logging.c. The name comes before the address, and lines of other kinds quote what the client
 * sent, so a line that reads as if it had two clients leaves src empty.
 */
#pragma once

#include "agent/sensors/log/sensor.h"

#include <stdbool.h>

bool vsftpd_decode(const struct sensor_line *line, struct event *out);
