/* SPDX-License-Identifier: Apache-2.0 */
/* Decodes ProFTPD's lines about logins, failed logins and refused logins. Never looks for an address in the text. */
#include "agent/sensors/log/proftpd.h"

#include "agent/sensors/log/peer.h"

/* "SERVER (NAME[A])" and what separates it from the text. */
static bool take_client(struct str *s, struct auth_event *a)
{
	struct str rest = *s;
	size_t open = str_find(rest, STR(" ("));

	if (open == SIZE_MAX || open > 256)
		return false;
	rest = str_sub(rest, open + 2, SIZE_MAX);
	struct str name = str_cut(&rest, '[');
	struct str host = str_cut(&rest, ']');

	if (name.len > 256 || str_find_byte(name, ' ') != SIZE_MAX || !str_take(&rest, STR(")")) || !peer_set(a, host))
		return false;
	if (!str_take(&rest, STR(": ")) && !str_take(&rest, STR(" - ")))
		return false;
	*s = rest;
	return true;
}

/* "USER U (Login failed): REASON", "USER U: no such user found from H [A] to B:21", "USER U: Login successful." */
static bool user(struct str s, struct auth_event *a)
{
	size_t end;

	a->outcome = AUTH_FAILURE;
	a->reason = REASON_BAD_CREDENTIAL;
	a->method = METHOD_PASSWORD;
	end = str_find_back(s, STR(": no such user found from "));
	if (end != SIZE_MAX) {
		a->reason = REASON_UNKNOWN_USER;
		a->user = str_sub(s, 0, end);
		return true;
	}
	end = str_find_back(s, STR(" (Login failed): "));
	if (end != SIZE_MAX) {
		struct str why = str_sub(s, end + sizeof(" (Login failed): ") - 1, SIZE_MAX);

		if (str_starts(why, STR("No such user")))
			a->reason = REASON_UNKNOWN_USER;
		else if (!str_starts(why, STR("Incorrect password")))
			a->reason = REASON_NOT_ALLOWED;
		a->user = str_sub(s, 0, end);
		return true;
	}
	if (!str_take_back(&s, STR(": Login successful.")) && !str_take_back(&s, STR(": Login successful")))
		return false;
	a->outcome = AUTH_SUCCESS;
	a->reason = REASON_NONE;
	a->user = s;
	return true;
}

static bool other(struct str s, struct auth_event *a)
{
	if (str_take(&s, STR("SECURITY VIOLATION: "))) {
		a->outcome = AUTH_FAILURE;
		a->reason = REASON_NOT_ALLOWED;
		if (str_take_back(&s, STR(" login attempted.")) || str_take_back(&s, STR(" login attempted")))
			a->user = str_equal(s, STR("Root")) ? STR("root") : s;
		return true;
	}
	if (str_starts(s, STR("Maximum login attempts"))) {
		a->outcome = AUTH_FAILURE;
		a->trace = TRACE_ERROR;
		a->reason = REASON_TOO_MANY;
		return true;
	}
	if (str_starts(s, STR("Connection from ")) && str_ends(s, STR(" denied."))) {
		a->outcome = AUTH_PROBE;
		a->reason = REASON_NOT_ALLOWED;
		return true;
	}
	a->outcome = AUTH_INFO;
	return str_starts(s, STR("FTP session opened")) || str_starts(s, STR("FTP session closed"));
}

bool proftpd_decode(const struct sensor_line *line, struct event *out)
{
	struct str s = line->message;
	struct auth_event *a = &out->auth;

	a->service = SERVICE_PROFTPD;
	if (peer_take_wrapped(s, line->may_be_cut, a))
		return true;
	if (!take_client(&s, a))
		return false;
	if (str_take(&s, STR("USER ")) || str_take(&s, STR("ANON ")))
		return user(s, a);
	return other(s, a);
}
