/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decodes sshd's messages about connections that ended without a verdict. The table has a row per message. Such a
 * connection is a probe, also if it named a user, because a server that takes no passwords writes nothing else about a
 * client that wants to try them. A probe does not count beside an attempt of the same connection (rules/attempt.h).
 * Never takes src from a place that a user name can reach.
 */
#include "agent/sensors/log/sshd_preauth.h"

#include "agent/sensors/log/peer.h"

enum shape {
	FRONT,	      /* the address comes next; the text after it is not read */
	NAMED,	      /* "[invalid user U |authenticating user U |user U ]A port N[: text]" */
	CLOSED,	      /* as NAMED, without text; see closed() */
	DISCONNECTED, /* the same; see disconnected() */
	LEFT,	      /* "A[ port N]: CODE: TEXT" of a disconnect message */
	IDENT,	      /* a quoted identification string, then "' from A port N" */
	PENALTY,      /* "#N from [A]:N ..." */
	TIMED_OUT,    /* "A to B, pid = N" */
	SRCLIMIT,     /* "FAMILY: new A/BITS ..." */
	LOOKUP,	      /* "NAME [A] failed ..." */
	MAPS,	      /* "A maps to NAME, but ..." */
	ALONE,	      /* no address in it; "for U" at the end */
	GREETING,     /* no address in it; see greeting() */
	BROKEN,	      /* as ALONE, and information after authentication */
};

static const struct row {
	struct str prefix;
	uint8_t shape, outcome, reason, trace;
} rows[] = {
	{STR("Connection closed by "), CLOSED, AUTH_PROBE, REASON_DISCONNECT, TRACE_DAEMON},
	{STR("Connection reset by "), CLOSED, AUTH_PROBE, REASON_DISCONNECT, TRACE_DAEMON},
	{STR("Disconnected from "), DISCONNECTED, AUTH_PROBE, REASON_DISCONNECT, TRACE_DAEMON},
	{STR("Received disconnect from "), LEFT, AUTH_PROBE, REASON_DISCONNECT, TRACE_DAEMON},
	{STR("Disconnecting: Too many "), ALONE, AUTH_FAILURE, REASON_TOO_MANY, TRACE_ERROR},
	{STR("Disconnecting: "), ALONE, AUTH_PROBE, REASON_PROTOCOL, TRACE_ERROR},
	{STR("Disconnecting "), NAMED, AUTH_PROBE, REASON_PROTOCOL, TRACE_ERROR},
	{STR("Unable to negotiate with "), FRONT, AUTH_PROBE, REASON_NEGOTIATION, TRACE_DAEMON},
	{STR("Unable to negotiate a "), ALONE, AUTH_PROBE, REASON_NEGOTIATION, TRACE_DAEMON},
	{STR("Bad protocol version identification '"), IDENT, AUTH_PROBE, REASON_PROTOCOL, TRACE_DAEMON},
	{STR("banner exchange: Connection from "), FRONT, AUTH_PROBE, REASON_PROTOCOL, TRACE_DAEMON},
	{STR("Did not receive identification string from "), FRONT, AUTH_PROBE, REASON_NO_IDENT, TRACE_ERROR},
	{STR("kex_exchange_identification: "), GREETING, AUTH_PROBE, REASON_PROTOCOL, TRACE_ERROR},
	{STR("ssh_dispatch_run_fatal: Connection from "), NAMED, AUTH_PROBE, REASON_PROTOCOL, TRACE_DAEMON},
	{STR("Timeout before authentication for connection from "), TIMED_OUT, AUTH_PROBE, REASON_DISCONNECT,
	 TRACE_DAEMON},
	{STR("Timeout before authentication for "), FRONT, AUTH_PROBE, REASON_DISCONNECT, TRACE_DAEMON},
	{STR("Protocol major versions differ for "), FRONT, AUTH_PROBE, REASON_PROTOCOL, TRACE_DAEMON},
	{STR("Protocol major versions differ: "), ALONE, AUTH_PROBE, REASON_PROTOCOL, TRACE_DAEMON},
	{STR("Read from socket failed: "), BROKEN, AUTH_PROBE, REASON_DISCONNECT, TRACE_DAEMON},
	{STR("Write failed: "), BROKEN, AUTH_PROBE, REASON_DISCONNECT, TRACE_DAEMON},
	{STR("packet_write_wait: Connection from "), NAMED, AUTH_INFO, REASON_DISCONNECT, TRACE_DAEMON},
	{STR("packet_write_poll: Connection from "), NAMED, AUTH_INFO, REASON_DISCONNECT, TRACE_DAEMON},
	{STR("Timeout, client not responding from "), NAMED, AUTH_INFO, REASON_DISCONNECT, TRACE_DAEMON},
	{STR("Bad packet length "), ALONE, AUTH_PROBE, REASON_PROTOCOL, TRACE_ERROR},
	{STR("Corrupted MAC on input"), ALONE, AUTH_PROBE, REASON_PROTOCOL, TRACE_ERROR},
	{STR("no matching "), ALONE, AUTH_PROBE, REASON_NEGOTIATION, TRACE_DAEMON},
	{STR("scanned from "), FRONT, AUTH_PROBE, REASON_PROTOCOL, TRACE_DAEMON},
	{STR("probed from "), FRONT, AUTH_PROBE, REASON_PROTOCOL, TRACE_DAEMON},
	{STR("drop connection #"), PENALTY, AUTH_PROBE, REASON_TOO_MANY, TRACE_DAEMON},
	{STR("srclimit_penalise: "), SRCLIMIT, AUTH_INFO, REASON_TOO_MANY, TRACE_DAEMON},
	{STR("Connection from "), FRONT, AUTH_INFO, REASON_NONE, TRACE_DAEMON},
	{STR("Read error from remote host "), NAMED, AUTH_INFO, REASON_DISCONNECT, TRACE_DAEMON},
	{STR("reverse mapping checking getaddrinfo for "), LOOKUP, AUTH_INFO, REASON_NONE, TRACE_DAEMON},
	{STR("Address "), MAPS, AUTH_INFO, REASON_NONE, TRACE_DAEMON},
};

/* The text says "user U" only if U has authenticated, so a session ends here. */
static struct str take_user(struct str s, struct auth_event *a)
{
	bool invalid = str_take(&s, STR("invalid user "));

	if (!invalid && !str_take(&s, STR("authenticating user "))) {
		if (!str_take(&s, STR("user ")))
			return s;
		a->outcome = AUTH_INFO;
	}
	if (invalid && a->reason == REASON_DISCONNECT)
		a->reason = REASON_UNKNOWN_USER;
	str_take_back(&s, STR(" "));
	a->user = s;
	return STR_NONE;
}

/* Read "[... user U ]A port N" from the back, because the attacker chooses U. */
static bool named_at_end(struct str s, struct auth_event *a)
{
	if (!peer_take_back(&s, a))
		return false;
	return take_user(s, a).len == 0;
}

/*
 * "... user U A port N: TEXT". A TEXT that is known to its end is removed. Otherwise the attacker may have chosen TEXT
 * as well as U, so src is set only if a single place looks like an address.
 */
static bool named_with_text(struct str s, struct auth_event *a)
{
	struct auth_event found = *a;
	size_t places = 0, at = 0;

	if (str_take_back(&s, STR(": Too many authentication failures"))) {
		bool known = named_at_end(s, a);

		a->outcome = AUTH_FAILURE;
		a->reason = REASON_TOO_MANY;
		return known;
	}
	if (str_take_back(&s, STR(": Connection reset by peer")))
		return named_at_end(s, a);
	for (;;) {
		size_t hit = str_find(str_sub(s, at, SIZE_MAX), STR(": "));
		struct auth_event here = *a;

		if (hit == SIZE_MAX)
			break;
		at += hit + 2;
		if (named_at_end(str_sub(s, 0, at - 2), &here) && (here.src_port || !here.user.data)) {
			places++;
			found = here;
		}
	}
	if (places == 0)
		return false;
	*a = found;
	if (places > 1) {
		peer_clear(a);
		a->user = STR_NONE;
	}
	return true;
}

static bool named(struct str s, struct auth_event *a)
{
	/* The user changed within one connection. No ordinary client does that. */
	bool switched = str_find(s, STR(": Change of username or service not allowed: ")) != SIZE_MAX;

	if (!named_with_text(s, a) && !named_at_end(s, a))
		return false;
	if (switched)
		a->outcome = AUTH_PROBE;
	return true;
}

/* Whether a client says that it could not log in. Some versions leave out " [preauth]" there. */
static bool is_refused(struct str text)
{
	return str_ends(text, STR(": Auth fail")) ||
	       str_find(text, STR("authentication methods available")) != SIZE_MAX;
}

/* "A port N:11: TEXT" */
static bool left(struct str s, struct sshd_mark mark, struct auth_event *a)
{
	if (!peer_take(&s, a))
		return false;
	if (!mark.preauth && !is_refused(s))
		a->outcome = AUTH_INFO;
	return true;
}

/* "Disconnected from [... user U ]A port N". Before authentication " [preauth]" follows. */
static bool disconnected(struct str s, struct sshd_mark mark, struct auth_event *a)
{
	if (!named_at_end(s, a))
		return false;
	if (!mark.preauth && !a->user.data)
		a->outcome = AUTH_INFO;
	return true;
}

/*
 * A line without a user is that of a client that connected and disconnected, as monitors and load balancers do. Until
 * 7.5 sessions end so, too. So this line is only a second trace; another line of the same process shows whether
 * there was an attempt.
 */
static bool closed(struct str s, struct sshd_mark mark, struct auth_event *a)
{
	if (!named_at_end(s, a))
		return false;
	if (a->user.data)
		return true;
	a->trace = TRACE_ERROR;
	if (a->src_port == 0 && !mark.preauth) /* before 7.2 */
		a->outcome = AUTH_INFO;
	return true;
}

/* "kex_exchange_identification: TEXT": the client left before its greeting was complete, or sent something else. */
static bool greeting(struct str s, struct auth_event *a)
{
	if (str_equal(s, STR("Connection closed by remote host")) || str_ends(s, STR("Connection reset by peer")))
		a->outcome = AUTH_INFO;
	return true;
}

static bool ident(struct str s, struct sshd_mark mark, struct auth_event *a)
{
	if (!peer_take_back(&s, a) || !str_take_back(&s, STR("' from ")))
		return false;
	if (mark.cut)
		peer_clear(a);
	return true;
}

static bool srclimit(struct str s, struct auth_event *a)
{
	struct addr net;

	str_cut(&s, ' ');
	if (!str_take(&s, STR("new ")) && !str_take(&s, STR("extending ")))
		return false;
	if (addr_parse_prefix(str_cut(&s, ' '), &net) == ERR_OK && net.prefix == (net.family == 4 ? 32 : 128))
		a->src = net;
	return true;
}

static bool lookup(struct str s, struct auth_event *a)
{
	size_t at = str_find_back(s, STR("] failed"));

	if (at == SIZE_MAX)
		return false;
	s.len = at;
	at = str_find_back(s, STR(" ["));
	return at != SIZE_MAX && peer_set(a, str_sub(s, at + 2, SIZE_MAX));
}

static bool penalty(struct str s, struct auth_event *a)
{
	str_cut(&s, ' ');
	a->shared = true; /* the listener says it */
	return str_take(&s, STR("from ")) && peer_take_bracket(&s, a);
}

/* "A to B, pid = N": the listener of OpenSSH 9.8 and later says it of its child. */
static bool timed_out(struct str s, struct auth_event *a)
{
	size_t at = str_find_back(s, STR(", pid = "));
	uint64_t pid = 0;

	a->shared = true;
	if (at != SIZE_MAX && str_number(str_sub(s, at + 8, SIZE_MAX), UINT32_MAX, &pid) == ERR_OK && pid) {
		a->shared = false;
		a->conversation = (uint32_t)pid;
	}
	return peer_take(&s, a);
}

static bool alone(struct str s, struct auth_event *a)
{
	if (a->reason == REASON_TOO_MANY && str_take(&s, STR("authentication failures for ")))
		a->user = s;
	return true;
}

static bool broken(struct sshd_mark mark, struct auth_event *a)
{
	if (!mark.preauth)
		a->outcome = AUTH_INFO;
	return true;
}

static bool fill(const struct row *row, struct str s, struct sshd_mark mark, struct auth_event *a)
{
	switch (row->shape) {
	case FRONT: return peer_take(&s, a);
	case NAMED: return named(s, a);
	case CLOSED: return closed(s, mark, a);
	case GREETING: return greeting(s, a);
	case DISCONNECTED: return disconnected(s, mark, a);
	case LEFT: return left(s, mark, a);
	case IDENT: return ident(s, mark, a);
	case PENALTY: return penalty(s, a);
	case TIMED_OUT: return timed_out(s, a);
	case SRCLIMIT: return srclimit(s, a);
	case LOOKUP: return lookup(s, a);
	case MAPS: return peer_take(&s, a) && str_starts(s, STR(" maps to "));
	case BROKEN: return broken(mark, a);
	default: return alone(s, a);
	}
}

bool sshd_preauth(struct str s, struct sshd_mark mark, struct auth_event *a)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];

		if (row->prefix.data[0] != s.data[0] || !str_take(&s, row->prefix))
			continue;
		a->outcome = row->outcome;
		a->reason = row->reason;
		a->trace = row->trace;
		return fill(row, s, mark, a);
	}
	return peer_take_wrapped(s, mark.cut, a);
}
