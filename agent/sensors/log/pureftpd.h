/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pure-FTPd: "(WHO@A) [LEVEL] TEXT". Texts from messages_en.h. WHO is "?" until a login succeeded and the name of
 * an account then, so no client can imitate the address, which comes first.
 */
#pragma once

#include "agent/sensors/log/sensor.h"

#include <stdbool.h>

bool pureftpd_decode(const struct sensor_line *line, struct event *out);
