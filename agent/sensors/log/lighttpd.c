/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decodes refused passwords in lighttpd's error log, and hands its access log to http.c. Never reads an address from
 * the front.
 */
#include "agent/sensors/log/lighttpd.h"

#include "agent/sensors/log/http.h"
#include "agent/sensors/log/peer.h"
#include "agent/sensors/log/stamp.h"

/* "password doesn't match for PATH username: U" */
static bool basic(struct str s, struct auth_event *a)
{
	size_t at = str_find_back(s, STR(" username: "));

	a->method = METHOD_BASIC;
	if (at != SIZE_MAX)
		a->user = str_sub(s, at + sizeof(" username: ") - 1, SIZE_MAX);
	return true;
}

/* "auth failed for  U : wrong password", "auth failed for U: wrong password" */
static bool digest(struct str s, struct auth_event *a)
{
	a->method = METHOD_DIGEST;
	if (str_take(&s, STR("auth failed for "))) {
		if (!str_take_back(&s, STR(": wrong password")))
			return false;
		a->user = str_trim(s);
		return true;
	}
	a->outcome = AUTH_PROBE;
	a->reason = REASON_PROTOCOL;
	return true;
}

/* "(mod_auth.c.828) TEXT IP: A"; some versions 1.4.5x leave out the first bracket. */
static bool error_log(struct str s, bool cut, struct auth_event *a)
{
	str_take(&s, STR("("));
	if (!str_take(&s, STR("mod_auth.c.")) && !str_take(&s, STR("http_auth.c.")))
		return false;
	str_cut(&s, ')');
	str_take(&s, STR(" "));
	if (!peer_take_back(&s, a))
		return false;
	if (!str_take_back(&s, STR(", IP: ")) && !str_take_back(&s, STR(" IP: ")))
		return false;
	if (cut)
		peer_clear(a);
	a->outcome = AUTH_FAILURE;
	a->reason = REASON_BAD_CREDENTIAL;
	if (str_take(&s, STR("digest: ")))
		return digest(s, a);
	if (str_starts(s, STR("get_password failed")))
		a->reason = REASON_UNKNOWN_USER;
	return basic(s, a);
}

bool lighttpd_decode(const struct sensor_line *line, struct event *out)
{
	struct str s = line->message;
	bool sited;
	bool bare = line->program.len == 0;

	out->auth.service = SERVICE_LIGHTTPD;
	out->auth.shared = true; /* one process for all clients */
	if (bare && (unsigned char)(s.data[0] - '0') < 10) {
		size_t len = stamp_length(s);

		if (len && str_starts(str_sub(s, len, SIZE_MAX), STR(": ")))
			return error_log(str_sub(s, len + 2, SIZE_MAX), false, &out->auth);
	}
	if (!bare && (s.data[0] == '(' || s.data[0] == 'm'))
		return error_log(s, line->may_be_cut, &out->auth);
	return http_access(line, out, &sited) && (!bare || sited);
}
