/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decodes the lines of su of shadow, util-linux, BusyBox and BSD, and of doas: "failed auth for USER", "failed command
 * for USER: COMMAND", "command not permitted for USER: COMMAND", "USER ran command COMMAND as TARGET from FOLDER".
 * `user` is the account that asked, and `target` the one that it asked for, which may be any text. src is never set,
 * because the attempt comes from this machine.
 */
#pragma once

#include "agent/sensors/log/sensor.h"

#include <stdbool.h>

/* Decode a line, as `decode` of struct sensor says. */
bool su_decode(const struct sensor_line *line, struct event *out);
