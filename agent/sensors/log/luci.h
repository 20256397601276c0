/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decodes the log-ins of OpenWrt's web interface, LuCI, which logs in the name of its web server: "luci: failed login
 * on /PATH for USER from A", "luci: accepted login on /PATH for USER from A" (modules/luci-base/luasrc/dispatcher.lua
 * and ucode/dispatcher.uc). The client chooses PATH and USER; A is the web server's word and stands last.
 */
#pragma once

#include "agent/sensors/log/sensor.h"

#include <stdbool.h>

/* Decode a line, as `decode` of struct sensor says. */
bool luci_decode(const struct sensor_line *line, struct event *out);
