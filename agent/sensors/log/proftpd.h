/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ProFTPD: "SERVER (NAME[A]): TEXT", "SERVER (NAME[A]) - TEXT". Text from modules/mod_auth.c and src/log.c. The
 * address comes first, before any name that the client chose, and is read from there. NAME is the host name of A and
 * is not used.
 */
#pragma once

#include "agent/sensors/log/sensor.h"

#include <stdbool.h>

bool proftpd_decode(const struct sensor_line *line, struct event *out);
