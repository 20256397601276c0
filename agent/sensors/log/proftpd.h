/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decodes ProFTPD's "SERVER (NAME[A]): TEXT" and "SERVER (NAME[A]) - TEXT". Format: modules/mod_auth.c and src/log.c.
 * The address comes before all names that a client chooses, so it is read from the front. NAME is the host name of A
 * and is not used.
 */
#pragma once

#include "agent/sensors/log/sensor.h"

#include <stdbool.h>

/* Decode a line, as `decode` of struct sensor says. */
bool proftpd_decode(const struct sensor_line *line, struct event *out);
