/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nginx: its error log ("2026/11/22 11:58:01 [error] 12#12: *3 user "U": password mismatch, client: A, server: ..."),
 * and its access log; both also through syslog. Texts from ngx_http_auth_basic_module.c.
 *
 * The name comes before the address and is not escaped; request, host and referrer come after it. So src stays empty
 * where two places read like the address, and in a line of the greatest length that nginx (2048 bytes) or a syslog
 * daemon (256) writes: the true address may have been cut off. The access log may still have it; see http.h.
 */
#pragma once

#include "agent/sensors/log/sensor.h"

#include <stdbool.h>

bool nginx_decode(const struct sensor_line *line, struct event *out);
