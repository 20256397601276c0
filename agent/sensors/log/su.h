/* SPDX-License-Identifier: Apache-2.0 */
/*
 * su of shadow, util-linux, BusyBox and BSD. user is who asked, target is as whom. No source: both names are those
 * of this machine, and the one asked for may be any text.
 */
#pragma once

#include "agent/sensors/log/sensor.h"

#include <stdbool.h>

bool su_decode(const struct sensor_line *line, struct event *out);
