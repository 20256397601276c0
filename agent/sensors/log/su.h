/* SPDX-License-Identifier: Apache-2.0 */
/*
 * su of shadow, util-linux, BusyBox and BSD. `user` is who asked, `target` is the account that was asked for. src is
 * never set: both names are accounts of this machine, and the one that was asked for may be any text.
 */
#pragma once

#include "agent/sensors/log/sensor.h"

#include <stdbool.h>

bool su_decode(const struct sensor_line *line, struct event *out);
