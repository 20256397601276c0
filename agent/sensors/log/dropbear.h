/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The messages of dropbear 0.4x to 2025.x. Texts from svr-auth*.c, svr-session.c and svr-main.c.
 *
 * dropbear names a user only when the account exists, and says "nonexistent user" otherwise; patched ones say the
 * name. The address stands at the end, or in <> right after "Exit before auth from". The text of an exit may quote
 * the client's identification string and is cut at 150 bytes, so it is never searched for an address.
 */
#pragma once

#include "agent/sensors/log/sensor.h"

#include <stdbool.h>

bool dropbear_decode(const struct sensor_line *line, struct event *out);
