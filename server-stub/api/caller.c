/* SPDX-License-Identifier: Apache-2.0 */
/* From a call's headers to its session and user. Says nothing of what they may do. */
#include "server-stub/api/caller.h"

#include "agent/base/clock.h"
#include "agent/base/key.h"
#include "server-stub/api/reply.h"

enum err caller_find(struct api *api, const uint8_t token_sha256[STORE_HASH], struct person_session *session,
		     struct person *user)
{
	enum err err = person_session_get(api->env.store, token_sha256, session);

	if (err)
		return err;
	if (session->expires_us <= clock_wall_us())
		return ERR_EXPIRED;
	return person_get(api->env.store, session->user, user);
}

static bool is_local(const struct call *call)
{
	return (call->addr.family == 4 && call->addr.bytes[0] == 127) ||
	       (call->addr.family == 6 && addr_is_special(&call->addr) && call->addr.bytes[15] == 1);
}

bool caller_known(struct call *call)
{
	struct str token = http_header(call->http, "authorization");
	uint8_t digest[32];

	if ((call->route->flags & ROUTE_PUBLIC) ||
	    ((call->route->flags & ROUTE_LOCAL) && str_empty(token) && is_local(call)))
		return true;
	struct str scheme = str_cut(&token, ' ');

	if (!str_equal_fold(scheme, STR("Bearer")) || str_empty(token)) {
		reply_header(call, "WWW-Authenticate", "Bearer");
		reply_error(call, FAULT_LOGIN_REQUIRED,
			    "Log in first (POST /api/v1/login) and send its token as bearer.");
		return false;
	}
	key_sha256(token.data, token.len, digest);
	enum err err = caller_find(call->api, digest, &call->session, &call->user);

	if (err == ERR_OK)
		return true;
	call->user = (struct person){0};
	if (err != ERR_NOT_FOUND && err != ERR_EXPIRED) {
		reply_store(call, err, "session", "");
		return false;
	}
	reply_header(call, "WWW-Authenticate", "Bearer error=\"invalid_token\"");
	reply_error(call, FAULT_SESSION_EXPIRED, "The session is unknown or has expired; log in again.");
	return false;
}
