/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decodes Pure-FTPd's "(WHO@A) [LEVEL] TEXT". Format: messages_en.h. WHO is "?" until a login has succeeded, and then
 * the name of an account, so no client can write an address before the true one.
 */
#pragma once

#include "agent/sensors/log/sensor.h"

#include <stdbool.h>

/* Decode a line, as `decode` of struct sensor says. */
bool pureftpd_decode(const struct sensor_line *line, struct event *out);
