/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decodes the lines of login, getty and telnetd. Never looks for an address between the fixed texts around the name,
 * which the attacker chooses; login.h says from which end each line is read.
 */
#include "agent/sensors/log/login.h"

#include "agent/sensors/log/peer.h"

#define BUSYBOX_TRIES 3

static bool is_terminal(struct str s)
{
	return str_starts(s, STR("tty")) || str_starts(s, STR("pts/")) || str_starts(s, STR("/dev/")) ||
	       str_starts(s, STR("console")) || str_starts(s, STR("hvc")) || str_starts(s, STR("<"));
}

static void set_host(struct auth_event *a, struct str host)
{
	struct str rest = host;
	size_t colon = str_find_byte(host, ':');

	if (is_terminal(host))
		return;
	/* The host that BusyBox' telnetd writes down for login has a port; an address of IPv6 is in brackets then. */
	if (colon == SIZE_MAX || (colon != str_find_back(host, STR(":")) && !str_starts(host, STR("["))))
		peer_set(a, host);
	else if (!peer_take_back_colon(&rest, a) || rest.len)
		peer_clear(a);
}

static void set_user(struct auth_event *a, struct str user)
{
	if (str_equal(user, STR("(unknown)")) || str_equal(user, STR("UNKNOWN"))) {
		a->reason = REASON_UNKNOWN_USER;
		return;
	}
	a->user = user;
}

/* Take " on 'TTY'[ from 'A']" from the back of *s. */
static bool take_back_place(struct str *s, struct auth_event *a)
{
	struct str rest = *s;

	if (!str_take_back(&rest, STR("'")))
		return false;
	size_t from = str_find_back(rest, STR(" from '")), on = str_find_back(rest, STR(" on '"));

	if (on == SIZE_MAX)
		on = str_find_back(rest, STR(" on `")); /* shadow before 4.1 */
	if (on == SIZE_MAX)
		return false;
	if (from != SIZE_MAX && from > on) {
		set_host(a, str_sub(rest, from + 7, SIZE_MAX));
		if (rest.data[from - 1] != '\'') {
			peer_clear(a);
			return false;
		}
	}
	s->len = on;
	return true;
}

/* "invalid password for 'U' on 'TTY'[ from 'A']". shadow has two blanks before "on" and logs every try. */
static bool invalid_password(struct str s, bool cut, struct auth_event *a)
{
	a->reason = REASON_BAD_CREDENTIAL;
	bool placed = take_back_place(&s, a);

	if (placed && !str_take_back(&s, STR(" ")))
		a->repeats = a->repeats ? a->repeats : BUSYBOX_TRIES;
	if (!str_take_back(&s, STR("'")))
		return false;
	if (cut)
		peer_clear(a);
	set_user(a, s);
	return true;
}

/* "FROM A FOR U, REASON" (util-linux), " on 'TTY' from 'A' FOR 'U', REASON" (shadow). REASON is pam_strerror(3)'s. */
static bool failed_for(struct str s, struct auth_event *a)
{
	size_t at = str_find(s, STR(" FOR ")), comma;
	struct str head, user;

	if (at == SIZE_MAX)
		return false;
	head = str_sub(s, 0, at);
	user = str_sub(s, at + 5, SIZE_MAX);
	comma = str_find_back(user, STR(", "));
	if (comma != SIZE_MAX) {
		if (str_find(str_sub(user, comma, SIZE_MAX), STR("not known")) != SIZE_MAX)
			a->reason = REASON_UNKNOWN_USER;
		user.len = comma;
	}
	if (str_take(&head, STR("FROM ")))
		set_host(a, head);
	else if (head.len && !take_back_place(&head, a))
		return false;
	if ((str_starts(user, STR("'")) || str_starts(user, STR("`"))) && str_take_back(&user, STR("'")))
		user = str_sub(user, 1, SIZE_MAX);
	set_user(a, user);
	return true;
}

/* "FAILED LOGIN 1 FROM", "FAILED LOGIN (1) on", "FAILED LOGIN SESSION FROM", "TOO MANY LOGIN TRIES (3) FROM" */
static bool failed_login(struct str s, struct auth_event *a)
{
	a->reason = REASON_BAD_CREDENTIAL;
	if (str_take(&s, STR("TOO MANY LOGIN TRIES "))) {
		a->trace = TRACE_ERROR;
		a->reason = REASON_TOO_MANY;
	} else if (!str_take(&s, STR("FAILED LOGIN "))) {
		return false;
	}
	struct str count = s;

	if (!str_take(&s, STR("SESSION "))) {
		struct str number = str_cut(&count, ' ');
		uint64_t value;

		if (str_take(&number, STR("(")))
			str_take_back(&number, STR(")"));
		if (str_number(number, 1000000, &value) != ERR_OK)
			return false;
		if (count.len == 0)
			return false;
		/* The blank stays in s, because shadow's " on 'TTY'" begins with it. */
		s = str_starts(count, STR("FROM ")) ? count : (struct str){count.data - 1, count.len + 1};
	}
	return failed_for(s, a);
}

/* "LOGIN ON TTY BY U[ FROM A]", "DIALUP AT TTY BY U", "ROOT LOGIN ON TTY[ FROM A]" */
static bool util_linux_success(struct str s, struct auth_event *a)
{
	size_t by = str_find(s, STR(" BY ")), from = str_find_back(s, STR(" FROM "));
	size_t end = from == SIZE_MAX ? s.len : from;

	if (str_starts(s, STR("ROOT LOGIN ON "))) {
		a->user = STR("root");
	} else if ((str_starts(s, STR("LOGIN ON ")) || str_starts(s, STR("DIALUP AT "))) && by < end) {
		a->user = str_sub(s, by + 4, end - by - 4);
	} else {
		return false;
	}
	if (from != SIZE_MAX)
		set_host(a, str_sub(s, from + 6, SIZE_MAX));
	return true;
}

/* BusyBox "root login on 'TTY' from 'A'"; shadow "'U' logged in  on ...", "ROOT LOGIN  on ..." */
static bool quoted_success(struct str s, struct auth_event *a)
{
	take_back_place(&s, a);
	s = str_trim(s);
	if (str_equal(s, STR("root login")) || str_equal(s, STR("ROOT LOGIN"))) {
		a->user = STR("root");
		return true;
	}
	if (!str_take_back(&s, STR("' logged in")) || !str_take(&s, STR("'")))
		return false;
	a->user = s;
	return true;
}

/* tcpd and inetd in telnetd's name: "connect from A", "refused connect from A"; telnetd: "ttloop: ...". */
static bool telnet(struct str s, struct auth_event *a)
{
	a->service = SERVICE_TELNETD;
	a->outcome = AUTH_INFO;
	if (str_take(&s, STR("refused "))) {
		a->outcome = AUTH_PROBE;
		a->reason = REASON_NOT_ALLOWED;
	}
	if (str_take(&s, STR("connect from ")) || str_take(&s, STR("Connection from ")))
		return peer_take(&s, a);
	return false;
}

/* "START: telnet pid=1 from=A", "FAIL: telnet address from=A" */
static bool xinetd(struct str s, struct auth_event *a)
{
	a->service = SERVICE_TELNETD;
	a->outcome = AUTH_INFO;
	if (str_take(&s, STR("FAIL: telnet "))) {
		a->outcome = AUTH_PROBE;
		a->reason = REASON_NOT_ALLOWED;
	} else if (!str_take(&s, STR("START: telnet "))) {
		return false;
	}
	size_t from = str_find_back(s, STR("from="));

	return from != SIZE_MAX && peer_set(a, str_sub(s, from + 5, SIZE_MAX));
}

bool login_decode(const struct sensor_line *line, struct event *out)
{
	struct str s = line->message;
	struct auth_event *a = &out->auth;

	if (str_ends(line->program, STR("telnetd")))
		return telnet(s, a);
	if (str_equal(line->program, STR("xinetd")))
		return xinetd(s, a);
	a->service = SERVICE_LOGIN;
	a->outcome = AUTH_FAILURE;
	if (str_take(&s, STR("invalid password for '")))
		return invalid_password(s, line->may_be_cut, a);
	if (failed_login(s, a))
		return true;
	*a = (struct auth_event){.pid = a->pid, .repeats = a->repeats};
	a->service = SERVICE_LOGIN;
	a->outcome = AUTH_SUCCESS;
	a->method = METHOD_PASSWORD;
	return util_linux_success(s, a) || quoted_success(s, a);
}
