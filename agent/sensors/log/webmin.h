/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decodes the log-ins of Webmin and Usermin (miniserv.pl): "Invalid login as USER from A", "Non-existent login as USER
 * from A", "Successful login as USER from A". The client chooses USER; A is the server's word and stands last.
 */
#pragma once

#include "agent/sensors/log/sensor.h"

#include <stdbool.h>

/* Decode a line, as `decode` of struct sensor says. */
bool webmin_decode(const struct sensor_line *line, struct event *out);
