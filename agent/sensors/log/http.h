/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decodes the access logs that web servers write by default. "A - U [22/Nov/2026:11:58:01 +0000]
 * "REQUEST" STATUS BYTES" is the common format; the combined one adds "REFERRER" "AGENT", nginx's main one a third
 * text. lighttpd writes the name of the site, which is the client's `Host:`, in place of "-".
 *
 * An administrator can change the format, and a line does not say which one it has. If the format begins with the site
 * or with X-Forwarded-For, the client chooses the first word and can write any address there. So src is set only if the
 * line can be read in one way: the head is three words, the first an address, the second "-" or a name that is not an
 * address, the third not an address; the tail is one of the above, and no text in it is an address or the value of
 * X-Forwarded-For. From any other line only the outcome is used.
 *
 * One format cannot be recognised: the common one with a first word that the client chooses. Such a log must not be
 * given to the guard; README.md in this folder says so.
 *
 * Servers escape quotes, so the first quote of a line opens the request, and the next unescaped one ends it.
 *
 * http_answer.h says what the status means.
 */
#pragma once

#include "agent/event/event.h"
#include "agent/sensors/log/sensor.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Decode a line. True: it is about a log-in. Sets all members but the service; user and src only where the rules above
 * allow it; without a src only failures and probes are told. *sited is set if the second word is not "-".
 */
bool http_access(const struct sensor_line *line, struct event *out, bool *sited);

/* Whether a line could be of an access log: it has a time in brackets, a request in quotes and a status. */
bool http_has_form(struct str line);

/*
 * Whether a line that could be of an access log does not begin with an address ("- - - [22/Nov/2026:11:58:01 +0000]
 * ..."): then its format has there what a client sent, and other lines of the same log may have any address.
 */
bool http_is_doubtful(struct str line);

/* The time of "22/Nov/2026:11:58:01 +0000", in microseconds since 1970. 0: the text is not of this form. */
int64_t http_time_us(struct str text);
