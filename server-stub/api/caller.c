/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a call's headers to its session and user. A bearer token counts before a cookie: only a program sends one. A
 * browser sends its cookie by itself, also when another site's page makes it call; so a call by cookie has to show that
 * a page of ours made it. Says nothing of what they may do.
 */
#include "server-stub/api/caller.h"

#include "agent/base/clock.h"
#include "agent/base/key.h"
#include "agent/base/now.h"
#include "server-stub/api/cookie.h"
#include "server-stub/api/reply.h"

#include <string.h>

#define USE_US (5 * MINUTE_US) /* a use is written down this often, so that few calls wait for the disk */

enum err caller_find(struct api *api, const uint8_t token_sha256[STORE_HASH], struct person_session *session,
		     struct person *user)
{
	enum err err = person_session_get(api->env.store, token_sha256, session);

	if (err)
		return err;
	if (person_session_over(session, clock_wall_us()))
		return ERR_EXPIRED;
	return person_get(api->env.store, session->user, user);
}

bool caller_must_enrol(const struct call *call)
{
	return call->api->env.factor_required && call->session.kind != SESSION_TOKEN &&
	       call->session.kind != SESSION_SSO_FACTOR && call->session.kind != SESSION_DESK_FACTOR &&
	       (route_role(call->user.role) & ROLE_ACT) && !person_has_factor(&call->user);
}

static bool is_local(const struct call *call)
{
	return (call->addr.family == 4 && call->addr.bytes[0] == 127) ||
	       (call->addr.family == 6 && addr_is_special(&call->addr) && call->addr.bytes[15] == 1);
}

static bool reads(const struct call *call)
{
	return call->http->method == METHOD_GET || call->http->method == METHOD_HEAD;
}

/*
 * A page of another origin cannot add a header of its own without our leave, which nobody gets (there is no OPTIONS),
 * and browsers say where a call comes from (Fetch Metadata): "none" is somebody who typed the address.
 */
bool caller_is_page(struct call *call)
{
	struct str site = http_header(call->http, "sec-fetch-site");
	bool is_ours =
		str_empty(site) || str_equal(site, STR("same-origin")) || (reads(call) && str_equal(site, STR("none")));

	if (is_ours && (reads(call) || str_equal(http_header(call->http, "x-caltrop"), STR("1"))))
		return true;
	reply_error(call, FAULT_CROSS_SITE,
		    "With a cookie only this service's own pages call; what changes something needs X-Caltrop: 1.");
	return false;
}

/* The call's token, and whether it is a cookie; false after an answer. */
static bool read_token(struct call *call, struct str *token, bool *by_cookie)
{
	struct str header = http_header(call->http, "authorization");
	enum err err = cookie_find(http_header(call->http, "cookie"), token);

	*by_cookie = str_empty(header) && err == ERR_OK;
	if (*by_cookie)
		return caller_is_page(call);
	if (str_empty(header) && err == ERR_EXISTS) {
		reply_error(call, FAULT_BAD_REQUEST, "The session's cookie stands twice.");
		return false;
	}
	struct str scheme = str_cut(&header, ' ');

	*token = header;
	if (str_equal_fold(scheme, STR("Bearer")) && !str_empty(header))
		return true;
	reply_header(call, "WWW-Authenticate", "Bearer");
	reply_error(call, FAULT_LOGIN_REQUIRED, "Log in first (POST /api/v1/login) and send its token as bearer.");
	return false;
}

/* The next call tries again to write down what cannot be written now. */
static void note_use(struct call *call)
{
	int64_t now_us = clock_wall_us();

	if (now_us - call->session.used_us >= USE_US)
		(void)!person_session_use(call->api->env.store, call->session.token_sha256, now_us);
}

static bool needs_none(const struct call *call)
{
	struct str token;

	return (call->route->flags & ROUTE_PUBLIC) ||
	       ((call->route->flags & ROUTE_LOCAL) && is_local(call) &&
		str_empty(http_header(call->http, "authorization")) &&
		cookie_find(http_header(call->http, "cookie"), &token) == ERR_NOT_FOUND);
}

bool caller_known(struct call *call)
{
	struct str token;
	uint8_t digest[STORE_HASH];
	bool by_cookie;

	if (needs_none(call))
		return true;
	if (!read_token(call, &token, &by_cookie))
		return false;
	key_sha256(token.data, token.len, digest);
	enum err err = caller_find(call->api, digest, &call->session, &call->user);

	if (err == ERR_OK && person_session_is_page(&call->session) != by_cookie)
		err = ERR_NOT_FOUND;
	if (err == ERR_OK) {
		if (call->session.kind == SESSION_TOKEN)
			memcpy(call->user.role, call->session.role, sizeof(call->user.role));
		note_use(call);
		return true;
	}
	call->user = (struct person){0};
	call->session = (struct person_session){0};
	if (err != ERR_NOT_FOUND && err != ERR_EXPIRED) {
		reply_store(call, err, "session", "");
		return false;
	}
	reply_header(call, "WWW-Authenticate", "Bearer error=\"invalid_token\"");
	reply_error(call, FAULT_SESSION_EXPIRED, "The session is unknown or has expired; log in again.");
	return false;
}
