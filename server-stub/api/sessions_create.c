/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes API tokens. One may do no more than its operator, may be kept to some actions, and ends by itself; it also ends
 * when its operator's role, password or second factor changes, as every session does. Of an operator from single
 * sign-on it ends with the session that made it.
 */
#include "server-stub/api/sessions.h"

#include "agent/base/clock.h"
#include "agent/base/key.h"
#include "agent/base/now.h"
#include "server-stub/api/body.h"
#include "server-stub/api/reply.h"
#include "server-stub/api/serve.h"

#include <sodium.h>

#include <stdio.h>
#include <string.h>

#define TTL_DEFAULT_S (90 * 86400)
#define TTL_MIN_S 60
#define TTL_MAX_S (365 * 86400)

_Static_assert(SESSIONS_TOKEN == sodium_base64_ENCODED_LEN(32, sodium_base64_VARIANT_URLSAFE_NO_PADDING), "its length");

void sessions_token(struct person_session *session, char text[SESSIONS_TOKEN])
{
	uint8_t token[32];

	randombytes_buf(token, sizeof(token));
	sodium_bin2base64(text, SESSIONS_TOKEN, token, sizeof(token), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	key_wipe(token, sizeof(token));
	key_sha256(text, strlen(text), session->token_sha256);
}

static bool is_role(struct call *call, const char *role)
{
	uint8_t own = route_role(call->user.role), wanted = route_role(role);

	if (!wanted)
		reply_error(call, FAULT_INVALID, "A role is viewer, responder, admin or auditor.");
	else if (!route_covers(own, wanted))
		reply_error(call, FAULT_FORBIDDEN, "A token may do no more than %s, who is %s.", call->user.name,
			    call->user.role);
	return wanted && route_covers(own, wanted);
}

/* Whether there is an action for each word. */
static bool is_scope(struct call *call, const char *scope)
{
	struct str rest = str_from(scope);
	char shown[STORE_NAME_MAX];

	while (rest.len) {
		struct str word = str_cut(&rest, ' ');
		const struct route *r = call->api->routes;

		while (r->path && !route_names(word, r->action))
			r++;
		if (r->path)
			continue;
		str_show(word, shown, sizeof(shown));
		reply_error(call, FAULT_INVALID,
			    "There is no action '%s'; they are called as in the audit log, such as device.list or "
			    "incident.*, with one space between them.",
			    shown);
		return false;
	}
	return true;
}

static bool read_wish(struct call *call, json_t *body, struct person_session *x, int64_t *ttl_s)
{
	return body_text(call, body, &(struct body_text){"name", x->name, sizeof(x->name), true}) &&
	       body_text(call, body, &(struct body_text){"role", x->role, sizeof(x->role), true}) &&
	       body_text(call, body, &(struct body_text){"scope", x->scope, sizeof(x->scope), false}) &&
	       body_number(call, body, &(struct body_number){"ttl_s", TTL_MIN_S, TTL_MAX_S, ttl_s}) &&
	       body_plain(call, "A token's", x->name) && is_role(call, x->role) && is_scope(call, x->scope);
}

static void put(struct call *call, const struct person_session *x, const char *text)
{
	struct json *j = reply_json(call, 201);

	json_begin_object(j);
	json_key(j, "token");
	json_text(j, text);
	json_key(j, "name");
	json_text(j, x->name);
	json_key(j, "role");
	json_text(j, x->role);
	json_key(j, "scope");
	json_text(j, x->scope);
	reply_time(j, "expires", x->expires_us);
	json_end_object(j);
}

void sessions_create(struct call *call)
{
	struct person_session x = {.created_us = clock_wall_us(), .kind = SESSION_TOKEN};
	char text[SESSIONS_TOKEN];
	int64_t ttl_s = TTL_DEFAULT_S;
	json_t *body = body_read(call, "name role scope ttl_s");
	bool good = body && read_wish(call, body, &x, &ttl_s);
	enum err err;

	json_decref(body);
	if (!good)
		return;
	memcpy(x.user, call->user.name, sizeof(x.user));
	x.used_us = x.created_us;
	x.expires_us = x.created_us + ttl_s * SECOND_US;
	/* Only a provider says when an operator of its own is gone, and it is asked when a session begins. */
	if (person_is_sso(&call->user) && x.expires_us > call->session.expires_us)
		x.expires_us = call->session.expires_us;
	sessions_token(&x, text);
	err = serve_begin(call);
	if (!err)
		err = person_session_put(call->api->env.store, &x);
	snprintf(call->detail, sizeof(call->detail), "%s, %s, for %.128s", x.name, x.role,
		 x.scope[0] ? x.scope : "all of it");
	if (err)
		reply_store(call, err, "session", "");
	else
		put(call, &x, text);
	key_wipe(text, sizeof(text));
}
