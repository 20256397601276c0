/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A login asks the limits first, then a worker compares the password, then a session is written. For a name that no
 * user has the worker compares with a hash whose password was not kept, in the same time.
 */
#include "server-stub/api/login.h"

#include "agent/base/clock.h"
#include "agent/base/key.h"
#include "agent/base/now.h"
#include "server-stub/api/body.h"
#include "server-stub/api/caller.h"
#include "server-stub/api/cookie.h"
#include "server-stub/api/factor.h"
#include "server-stub/api/people.h"
#include "server-stub/api/reply.h"
#include "server-stub/api/serve.h"
#include "server-stub/api/sessions.h"
#include "server-stub/api/tries.h"
#include "server-stub/api/work.h"

#include <stdio.h>
#include <string.h>

/* A new session of that kind for call->user, that ends LOGIN_SESSION_US from now or at until_us if that is earlier; its
 * token into text. */
static enum err session_make(struct call *call, uint8_t kind, int64_t until_us, char text[SESSIONS_TOKEN])
{
	struct person_session *session = &call->session;

	*session = (struct person_session){.created_us = clock_wall_us(), .kind = kind};
	session->used_us = session->created_us;
	session->expires_us = session->created_us + LOGIN_SESSION_US;
	if (session->expires_us > until_us)
		session->expires_us = until_us;
	snprintf(session->user, sizeof(session->user), "%s", call->user.name);
	sessions_token(session, text);
	return person_session_put(call->api->env.store, session);
}

static bool refuse(struct call *call)
{
	reply_error(call, FAULT_LOGIN_FAILED, "The user name or the password is wrong.");
	return false;
}

/* Whether there is a session now; false after an answer. */
static bool begin(struct work *w, uint8_t kind, char token[SESSIONS_TOKEN])
{
	struct call *call = w->call;
	struct person u;
	enum err err;

	if (!w->is_right)
		return refuse(call);
	if (!factor_passes(call, w->user, w->code))
		return false;
	err = serve_begin(call);
	if (!err)
		err = person_get(call->api->env.store, w->user, &u);
	/* The password may have been changed since the worker began, or the operator shut out. */
	if (!err && strcmp(u.password, w->hash) != 0)
		return refuse(call);
	if (!err) {
		call->user = u;
		err = session_make(call, kind, INT64_MAX, token);
	}
	if (err) {
		reply_store(call, err, "user", "");
		return false;
	}
	tries_forgive(call, w->user);
	return true;
}

/* `token` NULL: the answer's body has none. */
static void answer(struct call *call, const char *token)
{
	struct json *j = reply_json(call, 200);

	json_begin_object(j);
	if (token) {
		json_key(j, "token");
		json_text(j, token);
	}
	reply_time(j, "expires", call->session.expires_us);
	people_put(call, j);
	json_end_object(j);
}

static void program_done(struct work *w)
{
	char token[SESSIONS_TOKEN];

	if (begin(w, SESSION_PROGRAM, token))
		answer(w->call, token);
	key_wipe(token, sizeof(token));
}

static void answer_browser(struct call *call, const char *token)
{
	char cookie[COOKIE_MAX];

	cookie_write(token, cookie);
	reply_header(call, "Set-Cookie", cookie);
	answer(call, NULL);
	key_wipe(cookie, sizeof(cookie));
}

static void browser_done(struct work *w)
{
	char token[SESSIONS_TOKEN];

	if (begin(w, SESSION_BROWSER, token))
		answer_browser(w->call, token);
	key_wipe(token, sizeof(token));
}

enum err login_open(struct call *call, const struct person *u, enum person_session_kind kind)
{
	char token[SESSIONS_TOKEN];
	enum err err;

	call->user = *u;
	err = session_make(call, (uint8_t)kind, INT64_MAX, token);
	if (!err)
		answer_browser(call, token);
	key_wipe(token, sizeof(token));
	return err;
}

enum err login_hand_over(struct call *call, const struct person *u, const struct person_session *by)
{
	uint8_t kind = by->kind == SESSION_SSO_FACTOR ? SESSION_DESK_FACTOR : SESSION_DESK;
	char token[SESSIONS_TOKEN];
	enum err err;

	call->user = *u;
	err = session_make(call, kind, by->expires_us, token);
	if (!err)
		answer(call, token);
	key_wipe(token, sizeof(token));
	return err;
}

/* `name` is the member that says who, of `known`, those of the body. */
static void try(struct call *call, const char *known, const char *name, void (*done)(struct work *w))
{
	char user[STORE_NAME_MAX], password[WORK_PASSWORD_MAX], code[PASSCODE_MAX];
	struct work *w = NULL;
	json_t *body = body_read(call, known);

	if (!body)
		return;
	if (body_text(call, body, &(struct body_text){name, user, sizeof(user), true}) &&
	    body_text(call, body, &(struct body_text){"password", password, sizeof(password), true}) &&
	    body_text(call, body, &(struct body_text){"code", code, sizeof(code), false})) {
		str_show(str_from(user), call->detail, STORE_NAME_MAX);
		if (tries_allow(call, user))
			w = people_work(call, user);
	}
	json_decref(body);
	if (w) {
		memcpy(w->password, password, sizeof(w->password));
		memcpy(w->code, code, sizeof(w->code));
		w->done = done;
		tries_begin(call, w);
	}
	key_wipe(password, sizeof(password));
}

void login_program(struct call *call)
{
	try(call, "user password code", "user", program_done);
}

/* Another site's page must not log somebody in either: what they do would then be done in its name. */
void login_browser(struct call *call)
{
	if (caller_is_page(call))
		try(call, "name password code", "name", browser_done);
}

void login_end(struct call *call)
{
	char cookie[COOKIE_MAX];
	enum err err = serve_begin(call);

	if (!err)
		err = person_session_remove(call->api->env.store, call->session.token_sha256);
	if (err) {
		reply_store(call, err, "session", "");
		return;
	}
	if (person_session_is_page(&call->session)) {
		cookie_write("", cookie);
		reply_header(call, "Set-Cookie", cookie);
	}
	reply_nothing(call);
}
