/* SPDX-License-Identifier: Apache-2.0 */
/* Decodes old ftpd, rlogind and klogind. A name in brackets or not: an address beside a name is the one that counts. */
#include "agent/sensors/log/inetd.h"

#include "agent/sensors/log/peer.h"
#include "agent/sensors/log/service.h"

static const struct row {
	struct str text;
	struct str until; /* what follows HOST; empty: nothing */
	uint8_t outcome, reason, trace;
	bool user; /* it follows `until` */
} rows[] = {
	{STR("FTP LOGIN FAILED FROM "), STR(", "), AUTH_FAILURE, REASON_BAD_CREDENTIAL, TRACE_DAEMON, true},
	{STR("FTP LOGIN REFUSED FROM "), STR(", "), AUTH_FAILURE, REASON_NOT_ALLOWED, TRACE_DAEMON, true},
	{STR("FTP LOGIN FROM "), STR(" as "), AUTH_SUCCESS, REASON_NONE, TRACE_DAEMON, true},
	{STR("ANONYMOUS FTP LOGIN REFUSED FROM "), STR(""), AUTH_PROBE, REASON_NOT_ALLOWED, TRACE_DAEMON, false},
	{STR("repeated login failures from "), STR(""), AUTH_FAILURE, REASON_TOO_MANY, TRACE_ERROR, false},
	{STR("failed login from "), STR(""), AUTH_FAILURE, REASON_BAD_CREDENTIAL, TRACE_DAEMON, false},
	{STR("Authentication failed from "), STR(": "), AUTH_FAILURE, REASON_BAD_CREDENTIAL, TRACE_DAEMON, false},
	{STR("Connection from "), STR(" on illegal port"), AUTH_PROBE, REASON_PROTOCOL, TRACE_DAEMON, false},
	{STR("connection from "), STR(" at "), AUTH_INFO, REASON_NONE, TRACE_DAEMON, false},
};

/* "A", "NAME", "NAME [A]", "A (NAME)" */
static bool set_host(struct auth_event *a, struct str host)
{
	struct str rest = host, first = str_cut(&rest, ' ');

	if (rest.len == 0)
		return peer_set(a, first);
	if (str_take(&rest, STR("[")) && str_take_back(&rest, STR("]")))
		return peer_set(a, rest);
	return str_starts(rest, STR("(")) && str_ends(rest, STR(")")) && peer_set(a, first);
}

static bool from_row(const struct row *row, struct str s, struct auth_event *a)
{
	size_t end = row->until.len ? str_find(s, row->until) : s.len;

	if (end == SIZE_MAX)
		return false;
	a->outcome = row->outcome;
	a->reason = row->reason;
	a->trace = row->trace;
	if (row->user)
		a->user = str_sub(s, end + row->until.len, SIZE_MAX);
	return set_host(a, str_sub(s, 0, end));
}

bool inetd_decode(const struct sensor_line *line, struct event *out)
{
	struct auth_event *a = &out->auth;

	service_set(a, line->program);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct str s = line->message;

		if (str_take(&s, rows[i].text))
			return from_row(&rows[i], s, a);
	}
	return false;
}
