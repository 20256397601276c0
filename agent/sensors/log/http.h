/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The access logs that web servers write when nothing else was asked of them. "A - U [22/Nov/2026:11:58:01 +0000]
 * "REQUEST" STATUS BYTES" is the common format; the combined one adds "REFERRER" "AGENT", nginx's main one a third
 * text. lighttpd writes the name of the site, which is the client's `Host:`, in place of "-".
 *
 * Formats can be changed, and a line does not say which one it has: with the site first, or with what the client says
 * of proxies first, the first word is the client's, who can write any address there. So src is set only if the line
 * can be read in one way: the head is three words, the first an address, the second "-" or a name that is no
 * address, the third no address either; the tail is one of the above, and no text in it is an address or a claim about
 * proxies. Any other line says what happened, and neither who nor to whom.
 *
 * One kind remains that no line can show: a format that is the common one in all but that its first word is chosen by
 * the client. Such a log must not be given to the guard; README.md in this folder says so.
 *
 * Servers escape quotes, so the first quote of a line opens the request and the first unescaped one after it ends it.
 *
 * 401 with a name is a failure; 401 without one is a probe (also what a browser gets on its first request, before
 * it asks for a password); 403 is a probe. A line with any other status is not recognised.
 */
#pragma once

#include "agent/event/event.h"
#include "agent/sensors/log/sensor.h"

#include <stdbool.h>

/*
 * True for 401 and 403. Sets everything but the service; user and src only where the rules above allow it. *sited is
 * set when the second word is not "-".
 */
bool http_access(const struct sensor_line *line, struct event *out, bool *sited);
