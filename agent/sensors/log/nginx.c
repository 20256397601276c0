/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decodes refused passwords in nginx's error log, and hands its access log to http.c. Never takes an address from
 * behind a text that may have one of the client's.
 */
#include "agent/sensors/log/nginx.h"

#include "agent/base/addr.h"
#include "agent/sensors/log/http.h"
#include "agent/sensors/log/peer.h"

#define CUT_MIN 1000 /* nginx itself cuts at NGX_MAX_ERROR_STR, 2048 bytes */

static const struct str client_key = STR(", client: ");

/* Whether ", server: S, request: "" follows an address: S, which the settings choose, has no quote. */
static bool is_own(struct str s)
{
	size_t end = str_find(s, STR(", request: \""));

	return end != SIZE_MAX && str_starts(s, STR(" server: ")) && str_find_byte(str_sub(s, 0, end), '"') == SIZE_MAX;
}

/*
 * Find the first ", client: A, " of s. What may be before it is the server's own text, the name of a file, and the name
 * of a user, which has no colon (RFC 7617 2): so it is nginx's own, if what follows looks like it. Behind that the
 * client may write what it likes. In any other line it must be the only one.
 */
static void set_client(struct str s, struct auth_event *a)
{
	size_t at = str_find(s, client_key);

	if (at == SIZE_MAX)
		return;
	struct str rest = str_sub(s, at + client_key.len, SIZE_MAX), address = str_cut(&rest, ',');

	if (!is_own(rest) && str_find_back(s, client_key) != at)
		return;
	if (addr_parse(address, &a->src) != ERR_OK)
		peer_clear(a);
}

/* "U": password mismatch, client: ...", "U" was not found in "FILE", client: ..." */
static bool user(struct str s, struct auth_event *a)
{
	size_t mismatch = str_find(s, STR("\": password mismatch, client: "));
	size_t unknown = str_find(s, STR("\" was not found in \""));
	size_t end = mismatch < unknown ? mismatch : unknown;

	if (end == SIZE_MAX)
		return false;
	a->outcome = AUTH_FAILURE;
	a->reason = mismatch < unknown ? REASON_BAD_CREDENTIAL : REASON_UNKNOWN_USER;
	set_client(s, a);
	if (a->src.family)
		a->user = str_sub(s, 0, end);
	return true;
}

static bool error_text(struct str s, struct auth_event *a)
{
	if (str_starts(s, STR("*"))) {
		str_cut(&s, ' ');
	}
	a->method = METHOD_BASIC;
	if (str_take(&s, STR("user \"")))
		return user(s, a);
	if (str_starts(s, STR("no user/password was provided for basic authentication, client: "))) {
		a->outcome = AUTH_INFO; /* the request had no name, and the answer asks for one */
		set_client(s, a);
		return true;
	}
	a->outcome = AUTH_PROBE;
	a->method = METHOD_NONE;
	a->reason = REASON_NOT_ALLOWED;
	if (!str_starts(s, STR("access forbidden by rule, client: ")))
		return false;
	set_client(s, a);
	return true;
}

/* "2026/11/22 11:58:01 [error] 12#12: TEXT" */
static bool error_log(struct str s, struct auth_event *a)
{
	size_t at = s.len > 40 && s.data[4] == '/' && s.data[7] == '/' && s.data[19] == ' ' ? 20 : 0;

	s = str_sub(s, at, SIZE_MAX);
	if (at == 0 || !str_take(&s, STR("[")))
		return false;
	struct str level = str_cut(&s, ']');

	if (level.len > 6 || !str_take(&s, STR(" ")))
		return false;
	struct str process = str_cut(&s, ' ');
	struct str number = str_cut(&process, '#');
	uint64_t pid = 0;

	if (str_number(number, UINT32_MAX, &pid) != ERR_OK)
		return false;
	a->pid = (uint32_t)pid;
	return error_text(s, a);
}

bool nginx_decode(const struct sensor_line *line, struct event *out)
{
	struct str s = line->message;
	bool sited;
	bool bare = line->program.len == 0;

	out->auth.service = SERVICE_NGINX;
	out->auth.shared = true; /* a worker */
	if ((unsigned char)(s.data[0] - '0') < 10 && s.len > 20 && s.data[4] == '/') {
		if (!error_log(s, &out->auth))
			return false;
		if (line->may_be_cut || s.len >= CUT_MIN) {
			peer_clear(&out->auth);
			out->auth.user = STR_NONE;
		}
		return true;
	}
	return http_access(line, out, &sited) && (!bare || !sited);
}
