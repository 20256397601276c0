/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decodes nginx's error log ("2026/11/22 11:58:01 [error] 12#12: *3 user "U": password mismatch, client: A, server:
 * ..."), and its access log; both also through syslog. Format: ngx_http_auth_basic_module.c.
 *
 * The name comes before the address and is not escaped; request, host and referrer come after it. So src stays empty if
 * two places look like the address. It also stays empty in a line of the greatest length that nginx (2048 bytes) or a
 * syslog daemon writes, because the true address may have been cut off. The access log may still have it; see http.h.
 */
#pragma once

#include "agent/sensors/log/sensor.h"

#include <stdbool.h>

/* Decode a line, as `decode` of struct sensor says. */
bool nginx_decode(const struct sensor_line *line, struct event *out);
