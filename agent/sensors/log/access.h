/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Access logs of web servers whose format was declared (common/access_format.h), or is JSON with names that are known:
 * those of Caddy, of Traefik, and of nginx's own variables. A line that does not have the declared format in all its
 * parts gives no event.
 *
 * The client is the other end of the connection; if that is one of the proxies that the settings trust, it is the last
 * address in X-Forwarded-For that is none of these, since clients may write what they like before it. Where a trusted
 * proxy does not say for whom it asks, nobody is the client.
 */
#pragma once

#include "agent/base/addr.h"
#include "agent/common/access_format.h"
#include "agent/event/event.h"

#include <stdbool.h>

/* How a log is read. Zero: nothing was declared, and no proxy is trusted. */
struct access_log {
	const struct access_format *format; /* NULL: none was declared */
	const struct addr *proxies;
	unsigned proxy_count;
};

enum access_reading {
	ACCESS_STRANGE, /* the line does not have the format */
	ACCESS_NOTHING, /* it has, and is about no log-in */
	ACCESS_EVENT,	/* *out is filled */
};

/*
 * Decode a line. *out must have been prepared as for a sensor; its strings lie in the line or in memory of this file,
 * valid until the next call. out->stamp_us is set for ACCESS_NOTHING, too.
 */
enum access_reading access_decode(const struct access_log *log, struct str line, struct event *out);

/* Whether the address is that of a trusted proxy. */
bool access_is_proxy(const struct access_log *log, const struct addr *a);

/* The values of a line, by field; empty: it has none. Shared with access_json.c. */
struct access_values {
	struct str field[ACCESS_FIELDS];
	uint8_t service; /* enum auth_service */
	struct str name; /* of SERVICE_OTHER */
};
