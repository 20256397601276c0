/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decodes the lines of PAM modules. For a wrong password they come about two seconds before the daemon's own line.
 * Never takes the service from the text of a message, only from the program that logged it.
 */
#include "agent/sensors/log/pam.h"

#include "agent/sensors/log/peer.h"
#include "agent/sensors/log/scan.h"
#include "agent/sensors/log/service.h"

static bool is_module_byte(char c)
{
	return ((unsigned char)(c - 'a') < 26) | scan_is_digit(c) | (c == '_');
}

/* "pam_unix(sshd:auth): ", "pam_unix: ", "(pam_unix) ", "(pam_unix)[123]: ". *module gets no brackets. */
static bool take_module(struct str *s, struct str *module)
{
	struct str rest = *s;
	bool old = str_take(&rest, STR("("));
	size_t len = 0;

	while (len < rest.len && len < 40 && is_module_byte(rest.data[len]))
		len++;
	*module = str_sub(rest, 0, len);
	rest = str_sub(rest, len, SIZE_MAX);
	if (old) {
		if (!str_take(&rest, STR(")")))
			return false;
		if (str_starts(rest, STR("[")))
			str_cut(&rest, ']');
		str_take(&rest, STR(":"));
	} else {
		if (str_starts(rest, STR("(")))
			str_cut(&rest, ')');
		if (!str_take(&rest, STR(":")))
			return false;
	}
	*s = rest;
	return str_take(s, STR(" "));
}

/* The offset of the first " rhost=". Going word by word is faster here than a search. */
static size_t find_rhost(struct str s)
{
	struct str rest = s;

	for (;;) {
		size_t len = scan_word(rest);

		if (len == rest.len)
			return SIZE_MAX;
		rest = str_sub(rest, len, SIZE_MAX);
		if (str_starts(rest, STR(" rhost=")))
			return (size_t)(rest.data - s.data);
		rest = str_sub(rest, 1, SIZE_MAX);
	}
}

/* FTP daemons give the tried name as ruser, also if no account has it. */
static bool is_ftp(uint8_t service)
{
	return service == SERVICE_VSFTPD || service == SERVICE_PROFTPD || service == SERVICE_PUREFTPD;
}

static struct str ruser_of(struct str s, size_t first)
{
	size_t at = str_find(s, STR(" ruser="));

	return at < first ? str_sub(s, at + 7, first - at - 7) : STR_NONE;
}

/*
 * "logname=L uid=N euid=N tty=T ruser=R rhost=A[  user=U]" (pam_unix), the same with one blank and always a user
 * (pam_sss). pam.h says who chooses R and U.
 */
static void take_fields(struct str s, bool cut, struct auth_event *a)
{
	size_t first = find_rhost(s);

	if (first == SIZE_MAX)
		return;
	struct str rest = str_sub(s, first + sizeof(" rhost=") - 1, SIZE_MAX);
	struct str host = str_sub(rest, 0, scan_word(rest));

	rest = str_trim(str_sub(rest, host.len, SIZE_MAX));
	if (a->service == SERVICE_SSHD) {
		if (str_take(&rest, STR("user=")))
			a->user = rest;
		peer_set(a, host);
		return;
	}
	if (cut || str_find(rest, STR("rhost=")) != SIZE_MAX)
		return;
	if (str_take(&rest, STR("user=")))
		a->user = rest;
	if (a->service == SERVICE_SU || a->service == SERVICE_SUDO) {
		/* Who asks is logged in here: a typing error, wherever he came from, is no attack from there. */
		a->target = a->user;
		a->user = ruser_of(s, first);
		return;
	}
	if (a->user.len == 0 && is_ftp(a->service)) {
		a->user = ruser_of(s, first);
	}
	peer_set(a, host);
}

/* "session opened for user U(uid=0) by (uid=0)", "session closed for user U" */
static bool session(struct str s, struct auth_event *a)
{
	if (!str_take(&s, STR("session ")))
		return false;
	if (str_take(&s, STR("opened for user "))) {
		a->granted = true;
		size_t by = str_find_back(s, STR(" by "));

		if (by != SIZE_MAX)
			s.len = by;
		size_t open = str_find_byte(s, '(');

		if (open != SIZE_MAX && open > 0)
			s.len = open;
	} else if (!str_take(&s, STR("closed for user "))) {
		return false;
	}
	if (a->service == SERVICE_SU || a->service == SERVICE_SUDO)
		a->target = s;
	else
		a->user = s;
	return true;
}

static bool failure(struct str s, bool cut, struct auth_event *a)
{
	if (!str_starts(s, STR("uthentication failure;")))
		return false;
	a->outcome = AUTH_FAILURE;
	a->reason = REASON_BAD_CREDENTIAL;
	take_fields(s, cut, a);
	return true;
}

/* "... for user U ...", "user U (uid) ..." of pam_faillock, pam_tally2 and pam_unix's account stage. */
static bool account(struct str s, struct auth_event *a)
{
	static const struct {
		struct str before, after;
		uint8_t reason;
	} texts[] = {
		{STR("Consecutive login failures for user "), STR(" account temporarily locked"), REASON_TOO_MANY},
		{STR("user "), STR(" has exceeded"), REASON_TOO_MANY},
		{STR("user "), STR(" tally "), REASON_TOO_MANY},
		{STR("account "), STR(" has expired"), REASON_NOT_ALLOWED},
		{STR("check pass; user unknown"), STR(""), REASON_UNKNOWN_USER},
		{STR("bad username ["), STR("]"), REASON_UNKNOWN_USER},
		{STR("authentication success;"), STR(""), REASON_NONE},
		{STR("auth could not identify password for ["), STR("]"), REASON_NONE},
		{STR("conversation failed"), STR(""), REASON_NONE},
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct str rest = s;

		if (!str_take(&rest, texts[i].before))
			continue;
		size_t end = texts[i].after.len ? str_find(rest, texts[i].after) : 0;

		if (end == SIZE_MAX)
			continue;
		a->reason = texts[i].reason;
		rest.len = end;
		if (str_ends(rest, STR(")")) && str_find_back(rest, STR(" (")) != SIZE_MAX)
			rest.len = str_find_back(rest, STR(" ("));
		if (rest.len)
			a->user = rest;
		return true;
	}
	return false;
}

/* "2 more authentication failures; logname=...": each of them had a line before. */
static bool more_failures(struct str s, bool cut, struct auth_event *a)
{
	uint64_t number = 0;

	if (str_number(str_cut(&s, ' '), UINT32_MAX, &number) != ERR_OK ||
	    !str_starts(s, STR("more authentication fail")))
		return false;
	take_fields(s, cut, a);
	return true;
}

bool pam_decode(const struct sensor_line *line, struct event *out)
{
	struct str s = line->message, module;
	struct auth_event *a = &out->auth;
	bool cut = line->may_be_cut;

	service_set(a, line->program);
	a->outcome = AUTH_INFO;
	a->trace = TRACE_PAM;
	if (pam_is_sentence(s)) {
		if (a->service != SERVICE_SSHD && a->service != SERVICE_DROPBEAR)
			a->trace = TRACE_DAEMON;
		return failure(str_sub(s, 1, SIZE_MAX), cut, a);
	}
	if (str_take(&s, STR("PAM ")))
		return more_failures(s, cut, a);
	if (!take_module(&s, &module) || s.len < 8)
		return false;
	/* The verdict of one module is not that of the whole stack. */
	a->trace = str_equal(module, STR("pam_unix")) ? TRACE_PAM : TRACE_MODULE;
	if ((s.data[0] == 'a' || s.data[0] == 'A') && failure(str_sub(s, 1, SIZE_MAX), cut, a))
		return true;
	if (session(s, a) || more_failures(s, cut, a))
		return true;
	if (str_starts(s, STR("authentication success;"))) {
		a->granted = true;
		take_fields(s, cut, a);
		return true;
	}
	return account(s, a);
}
