/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decodes the messages of dropbear 0.4x to 2025.x. Format: svr-auth*.c, svr-session.c and svr-main.c.
 *
 * dropbear names a user only if the account exists, and otherwise says "nonexistent user"; patched versions give the
 * name then, too. The address is at the end, or in <> right after "Exit before auth from". The text of an exit may
 * quote the client's identification string and is cut at 150 bytes, so it is never searched for an address.
 */
#pragma once

#include "agent/sensors/log/sensor.h"

#include <stdbool.h>

/* Decode a line, as `decode` of struct sensor says. */
bool dropbear_decode(const struct sensor_line *line, struct event *out);
