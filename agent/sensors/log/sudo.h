/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sudo: "USER : [REASON ; ]TTY=... ; PWD=... ; USER=TARGET ; COMMAND=...". Text from plugins/sudoers/logging.c.
 * user is who asked; target is left out when the working directory or the command imitates another one. A command
 * that ran is a success. "3 incorrect password attempts" has repeats = 3.
 */
#pragma once

#include "agent/sensors/log/sensor.h"

#include <stdbool.h>

bool sudo_decode(const struct sensor_line *line, struct event *out);
