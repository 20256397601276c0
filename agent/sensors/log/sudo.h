/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decodes sudo's "USER : [REASON ; ]TTY=... ; PWD=... ; USER=TARGET ; COMMAND=...". Format: plugins/sudoers/logging.c.
 * `user` is the account that asked. `target` stays empty if the working directory or the command looks like another
 * USER=. A command that ran is a success. For "3 incorrect password attempts" repeats is 3.
 */
#pragma once

#include "agent/sensors/log/sensor.h"

#include <stdbool.h>

/* Decode a line, as `decode` of struct sensor says. */
bool sudo_decode(const struct sensor_line *line, struct event *out);
