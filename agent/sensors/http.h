/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The access logs that web servers share: "A ID U [22/Nov/2026:11:58:01 +0000] "REQUEST" STATUS BYTES ...", the
 * common and combined formats. nginx and Apache write "-" as ID, lighttpd the name of its virtual host; that is
 * how a bare line is told apart.
 *
 * The source comes first and is safe. The name is the attacker's; servers escape quotes in it, so the first quote
 * of a line opens the request and the first unescaped one after it ends it.
 *
 * 401 with a name is a failure; 401 without one is a probe (also what a browser gets on its first request, before
 * it asks for a password); 403 is a probe. Everything else is nobody's concern here.
 */
#pragma once

#include "agent/base/str.h"
#include "agent/event/event.h"

#include <stdbool.h>

/* True for 401 and 403; sets all but service, and *stamp_us. *id is the second word. */
bool http_access(struct str line, struct event *out, struct str *id);
