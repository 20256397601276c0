/* SPDX-License-Identifier: Apache-2.0 */
/* Decodes vsftpd's lines about logins, failed logins and connections. Never chooses between two addresses. */
#include "agent/sensors/log/vsftpd.h"

#include "agent/sensors/log/peer.h"
#include "agent/sensors/log/stamp.h"

/* Take "[pid 123] ", which syslog and the file have at different places. */
static void take_pid(struct str *s, struct auth_event *a)
{
	struct str rest = *s;
	uint64_t pid = 0;

	if (!str_take(&rest, STR("[pid ")) || str_number(str_cut(&rest, ']'), UINT32_MAX, &pid) != ERR_OK)
		return;
	str_take(&rest, STR(" "));
	a->pid = (uint32_t)pid;
	*s = rest;
}

/* "A"" or "A", "REASON"" */
static bool client(struct str s, struct auth_event *a)
{
	struct str host = str_cut(&s, '"');

	return (s.len == 0 || str_starts(s, STR(", "))) && peer_set(a, host);
}

static bool verb(struct str s, size_t at, struct auth_event *a)
{
	static const struct {
		struct str text;
		uint8_t outcome, reason, method;
	} verbs[] = {
		{STR("FAIL LOGIN"), AUTH_FAILURE, REASON_BAD_CREDENTIAL, METHOD_PASSWORD},
		{STR("OK LOGIN"), AUTH_SUCCESS, REASON_NONE, METHOD_PASSWORD},
		{STR("CONNECT"), AUTH_INFO, REASON_NONE, METHOD_NONE},
	};
	struct str head = str_sub(s, 0, at);

	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		struct str name = head;

		if (!str_take_back(&name, verbs[i].text))
			continue;
		a->outcome = verbs[i].outcome;
		a->reason = verbs[i].reason;
		a->method = verbs[i].method;
		if (name.len == 0)
			return true;
		if (!str_take(&name, STR("[")) || !str_take_back(&name, STR("] ")))
			return false;
		a->user = name;
		return true;
	}
	return false;
}

/*
 * "FTP response: Client "A", "530 REASON"", with log_ftp_protocol. A user that userlist or a missing TLS refuses has no
 * other line; a wrong password has FAIL LOGIN, too.
 */
static bool response(struct str s, struct auth_event *a)
{
	if (!str_take(&s, STR("FTP response: Client \"")))
		return false;
	struct str host = str_cut(&s, '"');

	if (!str_take(&s, STR(", \"530 ")) || str_find_byte(host, ' ') != SIZE_MAX)
		return false;
	bool denied = str_starts(s, STR("Permission denied"));

	if (!denied && !str_starts(s, STR("Login incorrect")))
		return false;
	a->outcome = AUTH_FAILURE;
	a->trace = denied ? TRACE_DAEMON : TRACE_ERROR;
	a->reason = denied ? REASON_NOT_ALLOWED : REASON_BAD_CREDENTIAL;
	a->method = METHOD_PASSWORD;
	return peer_set(a, host);
}

bool vsftpd_decode(const struct sensor_line *line, struct event *out)
{
	static const struct str key = STR(": Client \"");
	struct str s = line->message;
	struct auth_event *a = &out->auth;

	a->service = SERVICE_VSFTPD;
	size_t len = s.data[0] == '[' ? 0 : stamp_length(s);

	if (len >= 20 && str_starts(str_sub(s, len, SIZE_MAX), STR(" [pid ")))
		s = str_sub(s, len + 1, SIZE_MAX);
	else if (line->program.len == 0)
		return false;
	take_pid(&s, a);
	if (line->program.len && peer_take_wrapped(s, line->may_be_cut, a))
		return true;
	if (response(s, a))
		return true;
	size_t first = str_find(s, key), last = str_find_back(s, key);

	if (first == SIZE_MAX || !verb(s, last, a)) {
		/* One of the two clients is in the name or in a quoted command. Only the failure is certain. */
		if (first == last || !verb(s, first, a))
			return false;
	}
	if (first != last) {
		if (str_find(str_sub(s, 0, last), STR("FAIL LOGIN")) == SIZE_MAX)
			return false;
		a->outcome = AUTH_FAILURE;
		a->reason = REASON_BAD_CREDENTIAL;
		a->user = STR_NONE;
		return true;
	}
	if (!client(str_sub(s, first + key.len, SIZE_MAX), a))
		return false;
	if (line->may_be_cut)
		peer_clear(a);
	return true;
}
