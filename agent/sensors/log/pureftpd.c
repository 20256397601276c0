/* SPDX-License-Identifier: Apache-2.0 */
/* Decodes Pure-FTPd's lines about logins, failed logins and connections. Never looks for an address in the text. */
#include "agent/sensors/log/pureftpd.h"

#include "agent/sensors/log/peer.h"

/* "(WHO@A) [LEVEL] " */
static bool take_client(struct str *s, struct auth_event *a)
{
	struct str rest = *s;

	if (!str_take(&rest, STR("(")))
		return false;
	size_t end = str_find(rest, STR(") ["));

	if (end == SIZE_MAX || end > 512)
		return false;
	struct str host = str_sub(rest, 0, end);

	str_cut(&host, '@');
	rest = str_sub(rest, end + 3, SIZE_MAX);
	str_cut(&rest, ']');
	if (!peer_set(a, host))
		return false;
	*s = rest;
	return str_take(s, STR(" "));
}

static bool in_brackets(struct str s, struct auth_event *a)
{
	if (!str_take(&s, STR("[")) || !str_take_back(&s, STR("]")))
		return false;
	a->user = s;
	return true;
}

bool pureftpd_decode(const struct sensor_line *line, struct event *out)
{
	struct str s = line->message;
	struct auth_event *a = &out->auth;

	a->service = SERVICE_PUREFTPD;
	if (!take_client(&s, a))
		return false;
	if (str_take(&s, STR("Authentication failed for user "))) {
		a->outcome = AUTH_FAILURE;
		a->reason = REASON_BAD_CREDENTIAL;
		a->method = METHOD_PASSWORD;
		return in_brackets(s, a);
	}
	if (str_take(&s, STR("Can't login as "))) {
		a->outcome = AUTH_FAILURE;
		a->reason = REASON_NOT_ALLOWED;
		s = str_cut(&s, ':');
		return in_brackets(s, a);
	}
	if (str_starts(s, STR("Too many authentication failures"))) {
		a->outcome = AUTH_FAILURE;
		a->trace = TRACE_ERROR;
		a->reason = REASON_TOO_MANY;
		return true;
	}
	if (str_take_back(&s, STR(" is now logged in"))) {
		a->outcome = AUTH_SUCCESS;
		a->method = METHOD_PASSWORD;
		a->user = s;
		return true;
	}
	a->outcome = AUTH_INFO;
	return str_starts(s, STR("New connection from "));
}
