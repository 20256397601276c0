/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decodes sshd's verdicts ("Accepted", "Failed", "Invalid user") and its other messages about accounts. Messages about
 * connections that have not authenticated are in sshd_preauth.c. Never takes src from a place that a user name can
 * reach.
 */
#include "agent/sensors/log/sshd.h"

#include "agent/sensors/log/peer.h"
#include "agent/sensors/log/scan.h"
#include "agent/sensors/log/sshd_preauth.h"

/* Whether a name is that method's, alone or before a "/" and what devices are behind it. */
static inline bool is_method(struct str name, struct str method)
{
	return str_starts(name, method) && (name.len == method.len || name.data[method.len] == '/');
}

static uint8_t method_of(struct str name)
{
	if (is_method(name, STR("password")))
		return METHOD_PASSWORD;
	if (is_method(name, STR("publickey")) || is_method(name, STR("rsa")))
		return METHOD_PUBLICKEY;
	if (str_starts(name, STR("keyboard-interactive")) || str_starts(name, STR("challenge-response")))
		return METHOD_KEYBOARD;
	if (is_method(name, STR("hostbased")) || str_starts(name, STR("rhosts")))
		return METHOD_HOSTBASED;
	if (str_starts(name, STR("gssapi")) || str_starts(name, STR("kerberos")))
		return METHOD_GSSAPI;
	return is_method(name, STR("none")) ? METHOD_NONE : METHOD_OTHER;
}

/* A key and its fingerprint, "ED25519 SHA256:..." or "RSA 8c:e3:...", and nothing else. */
static bool is_key(struct str info)
{
	struct str print = info;
	struct str kind = str_cut(&print, ' ');

	if (kind.len == 0 || kind.len > 32 || print.len < 8 || str_find_byte(print, ' ') != SIZE_MAX)
		return false;
	return str_find_byte(print, ':') != SIZE_MAX;
}

/* Take " from A port N" from the back of *s, which becomes U. An empty U may have one blank or two before "from". */
static bool take_back_from(struct str *s, struct auth_event *a)
{
	struct str rest = *s;

	if (!peer_take_back(&rest, a))
		return false;
	if (str_equal(rest, STR("from ")))
		rest.len = 0;
	else if (!str_take_back(&rest, STR(" from "))) {
		peer_clear(a);
		return false;
	}
	*s = rest;
	return true;
}

/*
 * "U from A port N ssh2: INFO". The attacker chooses U and a part of INFO. If INFO is only a key, it cannot have a
 * second address, so the last one is true. Otherwise src is set only if a single place looks like one.
 */
static bool take_with_info(struct str *s, struct auth_event *a)
{
	struct auth_event found = *a;
	struct str user = STR_NONE, info = STR_NONE;
	size_t places = 0, at = 0;

	for (;;) {
		size_t hit = str_find(str_sub(*s, at, SIZE_MAX), STR(" ssh"));

		if (hit == SIZE_MAX)
			break;
		at += hit + 4;
		struct str head = str_sub(*s, 0, at - 4), tail = str_sub(*s, at, SIZE_MAX);
		struct auth_event here = *a;

		if ((str_take(&tail, STR("2: ")) || str_take(&tail, STR("1: "))) && take_back_from(&head, &here)) {
			places++;
			found = here;
			user = head;
			info = tail;
		}
	}
	if (places == 0)
		return false;
	*a = found;
	*s = user;
	if (places > 1 && !is_key(info)) {
		peer_clear(a);
		*s = STR_NONE;
	}
	return true;
}

/*
 * Read all that follows "for " in a verdict. Sets src, user, and the reason if the text says that no such user exists.
 */
static bool take_subject(struct str s, struct auth_event *a)
{
	struct str rest = s;
	bool versioned = str_take_back(&rest, STR(" ssh2")) || str_take_back(&rest, STR(" ssh1"));

	if (versioned ? !take_back_from(&rest, a) : !take_with_info(&rest, a)) {
		/* Other servers do not write "ssh2", and some logs cut it off. Then there is only one place. */
		if (versioned || !take_back_from(&rest, a) || str_find(rest, STR(" from ")) != SIZE_MAX)
			return false;
	}
	if (str_take(&rest, STR("invalid user ")) || str_take(&rest, STR("illegal user ")))
		a->reason = REASON_UNKNOWN_USER;
	if (str_equal(rest, STR("<invalid username>"))) {
		a->reason = REASON_UNKNOWN_USER;
		rest = STR_NONE;
	}
	a->user = rest;
	return true;
}

/* "METHOD for [invalid user ]U from A port N ssh2[: INFO]" */
static bool verdict(struct str s, struct auth_event *a, uint8_t outcome)
{
	struct str method = str_sub(s, 0, scan_word(s));

	s = str_sub(s, method.len, SIZE_MAX);
	if (method.len > 40 || !str_take(&s, STR(" for ")))
		return false;
	a->outcome = outcome;
	a->method = method_of(method);
	/* A client uses "none" to ask which methods there are. That is not an attempt. */
	if (outcome == AUTH_FAILURE && a->method == METHOD_NONE)
		a->outcome = AUTH_INFO;
	if (!take_subject(s, a))
		return false;
	if (a->outcome == AUTH_FAILURE && a->reason == REASON_NONE)
		a->reason = REASON_BAD_CREDENTIAL;
	return true;
}

static bool invalid_user(struct str s, struct auth_event *a)
{
	a->outcome = AUTH_FAILURE;
	a->trace = TRACE_USER;
	a->reason = REASON_UNKNOWN_USER;
	if (!take_back_from(&s, a))
		return false;
	a->user = s;
	return true;
}

/* "U[ from A] not allowed because ...". U is an account, so it cannot imitate an address. */
static bool not_allowed(struct str s, struct auth_event *a)
{
	size_t at = str_find(s, STR(" not allowed because "));

	if (at == SIZE_MAX)
		return false;
	struct str head = str_sub(s, 0, at);

	a->outcome = AUTH_FAILURE;
	a->trace = TRACE_USER;
	a->reason = REASON_NOT_ALLOWED;
	take_back_from(&head, a);
	a->user = head;
	return true;
}

/* "Authentication failure for [illegal user ]U from A[ via B]" */
static bool pam_error(struct str s, struct auth_event *a)
{
	size_t at = str_find(s, STR(" for "));
	size_t via = str_find_back(s, STR(" via "));
	struct str cut = s;

	if (at == SIZE_MAX || at > 80)
		return false;
	a->outcome = AUTH_FAILURE;
	a->trace = TRACE_ERROR;
	a->reason =
		str_find(str_sub(s, 0, at), STR("not known")) != SIZE_MAX ? REASON_UNKNOWN_USER : REASON_BAD_CREDENTIAL;
	cut = str_sub(s, at + 5, SIZE_MAX);
	if (via != SIZE_MAX && via > at + 5 && str_find_byte(str_sub(s, via + 5, SIZE_MAX), ' ') == SIZE_MAX)
		cut.len = via - at - 5;
	if (!take_back_from(&cut, a))
		return false;
	if (str_take(&cut, STR("illegal user ")) || str_take(&cut, STR("invalid user ")))
		a->reason = REASON_UNKNOWN_USER;
	a->user = cut;
	return true;
}

/* "U with correct key but not from a permitted host (host=H, ip=A, required=...)". U is an account. */
static bool wrong_place(struct str s, struct auth_event *a)
{
	size_t at = str_find(s, STR(" with "));
	size_t ip = str_find(s, STR(", ip="));

	if (at == SIZE_MAX || str_find(s, STR(" not from a permitted ")) == SIZE_MAX)
		return false;
	a->outcome = AUTH_FAILURE;
	a->trace = TRACE_ERROR;
	a->reason = REASON_NOT_ALLOWED;
	a->method = METHOD_PUBLICKEY;
	a->user = str_sub(s, 0, at);
	if (ip != SIZE_MAX) {
		struct str text = str_sub(s, ip + 5, SIZE_MAX);

		peer_set(a, str_cut(&text, ','));
	} else if (str_take_back(&s, STR(").")) || str_take_back(&s, STR(")"))) {
		size_t open = str_find_back(s, STR(" ("));

		if (open != SIZE_MAX)
			peer_set(a, str_sub(s, open + 2, SIZE_MAX));
	}
	return true;
}

static bool too_many(struct str s, struct auth_event *a)
{
	if (!take_subject(s, a))
		return false;
	a->outcome = AUTH_FAILURE;
	a->trace = TRACE_ERROR;
	a->reason = REASON_TOO_MANY;
	return true;
}

static bool root_refused(struct str s, struct auth_event *a)
{
	a->outcome = AUTH_FAILURE;
	a->trace = TRACE_USER;
	a->reason = REASON_NOT_ALLOWED;
	a->user = STR("root");
	return peer_take(&s, a);
}

/* "U by PAM account configuration" */
static bool account_denied(struct str s, struct auth_event *a)
{
	if (!str_take_back(&s, STR(" by PAM account configuration")))
		return false;
	a->outcome = AUTH_FAILURE;
	a->trace = TRACE_ERROR;
	a->reason = REASON_NOT_ALLOWED;
	a->user = s;
	return true;
}

/* "invalid user U", without an address. "Invalid user U from A" comes beside it. */
static bool aside(struct str s, struct auth_event *a)
{
	a->outcome = AUTH_INFO;
	a->trace = TRACE_USER;
	a->reason = REASON_UNKNOWN_USER;
	a->user = s;
	return true;
}

static bool by_account(struct str s, struct auth_event *a)
{
	switch (s.data[0]) {
	case 'F': return str_take(&s, STR("Failed ")) && verdict(s, a, AUTH_FAILURE);
	case 'A':
		if (str_take(&s, STR("Accepted ")))
			return verdict(s, a, AUTH_SUCCESS);
		if (str_take(&s, STR("Authentication tried for ")))
			return wrong_place(s, a);
		return str_take(&s, STR("Access denied for user ")) && account_denied(s, a);
	case 'I':
		return (str_take(&s, STR("Invalid user ")) || str_take(&s, STR("Illegal user "))) && invalid_user(s, a);
	case 'P':
		if (str_take(&s, STR("PAM: ")))
			return pam_error(s, a);
		return (str_take(&s, STR("Postponed ")) || str_take(&s, STR("Partial "))) && verdict(s, a, AUTH_INFO);
	case 'U': return str_take(&s, STR("User ")) && not_allowed(s, a);
	case 'R': return str_take(&s, STR("ROOT LOGIN REFUSED FROM ")) && root_refused(s, a);
	case 'm': return str_take(&s, STR("maximum authentication attempts exceeded for ")) && too_many(s, a);
	case 'i':
		return (str_take(&s, STR("input_userauth_request: invalid user ")) ||
			str_take(&s, STR("input_userauth_request: illegal user "))) &&
		       aside(s, a);
	default: return false;
	}
}

bool sshd_decode(const struct sensor_line *line, struct event *out)
{
	struct str s = line->message;
	struct auth_event *a = &out->auth;

	if (str_starts(s, STR("[ID "))) { /* Solaris: "[ID 800047 auth.info] " */
		str_cut(&s, ']');
		str_take(&s, STR(" "));
	}
	if (!str_take(&s, STR("error: ")))
		str_take(&s, STR("fatal: "));
	struct sshd_mark mark = {
		.preauth = str_take_back(&s, STR(" [preauth]")),
		.cut = line->may_be_cut,
	};

	if (s.len == 0)
		return false;
	a->service = SERVICE_SSHD;
	if (!by_account(s, a) && !sshd_preauth(s, mark, a))
		return false;
	/* Who is named is named before the address; who gets in has an account, whose name is no forgery. */
	if (mark.cut && a->user.data && a->outcome != AUTH_SUCCESS)
		peer_clear(a);
	return true;
}
