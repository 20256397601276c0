/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decodes vsftpd's lines in syslog ("vsftpd[1]: [U] FAIL LOGIN: Client "A"") and in its own file, where ctime(3) and
 * "[pid 1]" come first. Format: logging.c. The name comes before the address, and other lines quote what the client
 * sent, so src stays empty if a line looks as if it had two clients.
 */
#pragma once

#include "agent/sensors/log/sensor.h"

#include <stdbool.h>

/* Decode a line, as `decode` of struct sensor says. */
bool vsftpd_decode(const struct sensor_line *line, struct event *out);
