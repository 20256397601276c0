/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decodes dropbear's lines about logins, failed passwords and connections that ended without a login. Never looks for
 * an address in text that a client sent.
 */
#include "agent/sensors/log/dropbear.h"

#include "agent/sensors/log/peer.h"
#include "agent/sensors/log/stamp.h"

/* Texts in which "'U' ... from A:N" follows. The first letter is lower case in versions before 0.53. */
static const struct row {
	struct str text; /* after the first letter */
	char first;
	uint8_t outcome, method, reason;
} rows[] = {
	{STR("ad password attempt for "), 'b', AUTH_FAILURE, METHOD_PASSWORD, REASON_BAD_CREDENTIAL},
	{STR("ad PAM password attempt for "), 'b', AUTH_FAILURE, METHOD_PASSWORD, REASON_BAD_CREDENTIAL},
	{STR("oo-long password attempt for "), 't', AUTH_FAILURE, METHOD_PASSWORD, REASON_BAD_CREDENTIAL},
	{STR("ogin attempt for nonexistent user"), 'l', AUTH_FAILURE, METHOD_NONE, REASON_UNKNOWN_USER},
	{STR("ogin attempt with wrong user "), 'l', AUTH_FAILURE, METHOD_NONE, REASON_NOT_ALLOWED},
	{STR("assword auth succeeded for "), 'p', AUTH_SUCCESS, METHOD_PASSWORD, REASON_NONE},
	{STR("AM password auth succeeded for "), 'p', AUTH_SUCCESS, METHOD_PASSWORD, REASON_NONE},
	{STR("ubkey auth succeeded for "), 'p', AUTH_SUCCESS, METHOD_PUBLICKEY, REASON_NONE},
	{STR("ubkey auth bad signature for "), 'p', AUTH_FAILURE, METHOD_PUBLICKEY, REASON_BAD_CREDENTIAL},
	{STR("uth succeeded with blank password for "), 'a', AUTH_SUCCESS, METHOD_PASSWORD, REASON_NONE},
	{STR("hild connection from"), 'c', AUTH_INFO, METHOD_NONE, REASON_NONE},
	{STR("lient trying multiple usernames"), 'c', AUTH_PROBE, METHOD_NONE, REASON_PROTOCOL},
};

/* Texts that name a user and have no address. They refuse an account that exists. */
static const struct {
	struct str before, after;
} refusals[] = {
	{STR("User account '"), STR("' is locked")},
	{STR("User '"), STR("' has blank password, rejected")},
	{STR("User '"), STR("' has invalid shell, rejected")},
};

/* Read the quoted name of "'U' ...". s ends before the address, so its last quote is the closing one. */
static struct str quoted(struct str s)
{
	size_t open = str_find_byte(s, '\''), close = s.len;

	while (close > 0 && s.data[close - 1] != '\'')
		close--;
	if (open == SIZE_MAX || close < open + 2)
		return STR_NONE;
	return str_sub(s, open + 1, close - open - 2);
}

static bool from_row(struct str s, bool cut, struct auth_event *a)
{
	char first = (char)(s.data[0] | 0x20);
	struct str rest = str_sub(s, 1, SIZE_MAX);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].first != first || !str_take(&rest, rows[i].text))
			continue;
		a->outcome = rows[i].outcome;
		a->method = rows[i].method;
		a->reason = rows[i].reason;
		if (rows[i].reason == REASON_NOT_ALLOWED)
			a->trace = TRACE_USER; /* before the password is asked for */
		/* Some versions leave the address out. The exit that follows has it. */
		if (rest.len == 0 && rows[i].reason == REASON_UNKNOWN_USER)
			return true;
		if (!peer_take_back_colon(&rest, a))
			return false;
		if (rows[i].outcome == AUTH_INFO)
			return true;
		if (!str_take_back(&rest, STR(" from ")))
			return false;
		a->user = quoted(rest);
		if (rows[i].reason == REASON_NOT_ALLOWED)
			a->user = rest;
		if (str_equal(a->user, STR("<invalid username>"))) { /* PAM is asked for it, too */
			a->user = STR_NONE;
			a->reason = REASON_UNKNOWN_USER;
			a->trace = TRACE_ERROR; /* the name was refused before, and PAM still asks */
		}
		if (cut)
			peer_clear(a);
		return true;
	}
	return false;
}

/* "Logins are restricted to the group G but user 'U' is not a member" */
static bool not_in_group(struct str s, struct auth_event *a)
{
	size_t user = str_find(s, STR(" but user '"));

	if (!str_starts(s, STR("Logins are restricted to the group ")) || user == SIZE_MAX)
		return false;
	a->user = str_sub(s, user + sizeof(" but user '") - 1, SIZE_MAX);
	return str_take_back(&a->user, STR("' is not a member"));
}

static bool refusal(struct str s, struct auth_event *a)
{
	a->outcome = AUTH_FAILURE;
	a->trace = TRACE_USER;
	a->reason = REASON_NOT_ALLOWED;
	if (str_equal(s, STR("root login rejected"))) {
		a->user = str_sub(s, 0, 4);
		return true;
	}
	if (not_in_group(s, a))
		return true;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		struct str rest = s;

		if (str_take(&rest, refusals[i].before) && str_take_back(&rest, refusals[i].after)) {
			a->user = rest;
			return true;
		}
	}
	return false;
}

/* " from <A:N>" */
static bool take_angle(struct str *s, struct auth_event *a)
{
	struct str rest = *s;

	if (!str_take(&rest, STR(" from <")))
		return false;
	struct str inside = str_cut(&rest, '>');

	if (!peer_take_back_colon(&inside, a) || inside.len)
		return false;
	*s = rest;
	return true;
}

/* "Max auth tries reached - user 'U' from A:N". The account exists, or the text has "is invalid". */
static bool too_many(struct str s, bool cut, struct auth_event *a)
{
	if (!str_take(&s, STR("Max auth tries reached")))
		return false;
	a->outcome = AUTH_FAILURE;
	a->trace = TRACE_ERROR;
	a->reason = REASON_TOO_MANY;
	struct auth_event end = *a;

	if (peer_take_back_colon(&s, &end)) {
		str_take_back(&s, STR(" from "));
		if (a->src.family == 0 && !cut)
			*a = end;
	}
	struct str user = quoted(s);

	if (user.len && !str_equal(user, STR("is invalid")))
		a->user = user;
	return true;
}

/* The client connected and disconnected without a try, as monitors and load balancers do. */
static bool is_hang_up(struct str s)
{
	return str_equal(s, STR("Exited normally")) || str_equal(s, STR("Failed to get remote version")) ||
	       str_starts(s, STR("Error reading")) || str_starts(s, STR("Remote host closed"));
}

/*
 * "Exit before auth[ from <A:N>]: [(user 'U', N fails): ]TEXT". Where passwords are not allowed, dropbear writes
 * nothing else about a client that wants to try them. A probe does not count beside an attempt of the same connection.
 */
static bool exit_before_auth(struct str s, bool cut, struct auth_event *a)
{
	take_angle(&s, a);
	if (!str_take(&s, STR(": ")))
		str_take(&s, STR(" "));
	a->outcome = AUTH_PROBE;
	a->reason = REASON_DISCONNECT;
	if (str_starts(s, STR("(user '"))) {
		size_t end = str_find(s, STR(" fails): "));

		if (end == SIZE_MAX)
			return false;
		a->user = quoted(str_sub(s, 0, end));
		s = str_sub(s, end + sizeof(" fails): ") - 1, SIZE_MAX);
	}
	if (too_many(s, cut, a))
		return true;
	if (!a->user.data && is_hang_up(s))
		a->trace = TRACE_ERROR;
	if (str_starts(s, STR("No matching algo")))
		a->reason = REASON_NEGOTIATION;
	else if (str_starts(s, STR("Incompatible remote version")) || str_starts(s, STR("Integrity error")) ||
		 str_starts(s, STR("Bad packet")))
		a->reason = REASON_PROTOCOL;
	return true;
}

/* "Exit (U)[ from <A:N>]: TEXT": the end of a session. */
static bool exit_session(struct str s, struct auth_event *a)
{
	size_t end = str_find(s, STR(")"));

	if (end == SIZE_MAX)
		return false;
	a->outcome = AUTH_INFO;
	a->user = str_sub(s, 0, end);
	s = str_sub(s, end + 1, SIZE_MAX);
	return take_angle(&s, a) || str_starts(s, STR(": "));
}

/* "[825] Jul 10 23:53:52 TEXT", which dropbear writes to standard error, with or without a service manager's frame. */
static void take_own_head(struct str *s, struct auth_event *a)
{
	struct str rest = str_sub(*s, 1, SIZE_MAX);
	struct str number = str_cut(&rest, ']');
	uint64_t pid = 0;
	size_t len;

	if (str_number(number, UINT32_MAX, &pid) != ERR_OK || !str_take(&rest, STR(" ")))
		return;
	len = stamp_length(rest);
	if (len == 0)
		return;
	a->pid = (uint32_t)pid;
	*s = str_sub(rest, len, SIZE_MAX);
	str_take(s, STR(" "));
}

bool dropbear_decode(const struct sensor_line *line, struct event *out)
{
	struct str s = line->message;
	struct auth_event *a = &out->auth;

	a->service = SERVICE_DROPBEAR;
	if (s.data[0] == '[')
		take_own_head(&s, a);
	else if (line->program.len == 0)
		return false;
	if (s.len < 8)
		return false;
	if (str_take(&s, STR("Exit before auth")) || str_take(&s, STR("exit before auth"))) /* before 0.53 */
		return exit_before_auth(s, line->may_be_cut, a);
	if (str_take(&s, STR("Early exit"))) {
		if (!str_starts(s, STR(" from <")))
			return false;
		return exit_before_auth(s, line->may_be_cut, a);
	}
	if (str_take(&s, STR("Exit (")))
		return exit_session(s, a);
	return from_row(s, line->may_be_cut, a) || refusal(s, a);
}
