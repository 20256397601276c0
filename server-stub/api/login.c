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
#include "server-stub/api/people.h"
#include "server-stub/api/reply.h"
#include "server-stub/api/serve.h"
#include "server-stub/api/tries.h"
#include "server-stub/api/work.h"

#include <sodium.h>

#include <stdio.h>
#include <string.h>

/* A new session for call->user; its token into text. */
static enum err session_make(struct call *call, char text[64], struct person_session *session)
{
	uint8_t token[32];

	randombytes_buf(token, sizeof(token));
	sodium_bin2base64(text, 64, token, sizeof(token), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	key_wipe(token, sizeof(token));
	*session = (struct person_session){.created_us = clock_wall_us()};
	session->expires_us = session->created_us + LOGIN_SESSION_US;
	snprintf(session->user, sizeof(session->user), "%s", call->user.name);
	key_sha256(text, strlen(text), session->token_sha256);
	return person_session_put(call->api->env.store, session);
}

static void done(struct work *w)
{
	struct call *call = w->call;
	struct person_session session;
	char token[64];
	enum err err;

	if (!w->is_right) {
		reply_error(call, FAULT_LOGIN_FAILED, "The user name or the password is wrong.");
		return;
	}
	err = person_get(call->api->env.store, w->user, &call->user);
	if (!err)
		err = serve_begin(call);
	if (!err)
		err = session_make(call, token, &session);
	if (err) {
		reply_store(call, err, "user", "");
		return;
	}
	tries_forgive(call, w->user);
	struct json *j = reply_json(call, 200);

	json_begin_object(j);
	json_key(j, "token");
	json_text(j, token);
	reply_time(j, "expires", session.expires_us);
	people_put(j, &call->user);
	json_end_object(j);
	key_wipe(token, sizeof(token));
}

void login_token(struct call *call)
{
	char user[STORE_NAME_MAX], password[WORK_PASSWORD_MAX];
	struct work *w = NULL;
	json_t *body = body_read(call, "user password");

	if (!body)
		return;
	if (body_text(call, body, &(struct body_text){"user", user, sizeof(user), true}) &&
	    body_text(call, body, &(struct body_text){"password", password, sizeof(password), true})) {
		str_show(str_from(user), call->detail, STORE_NAME_MAX);
		if (tries_allow(call, user))
			w = people_work(call, user);
	}
	json_decref(body);
	if (w) {
		memcpy(w->password, password, sizeof(w->password));
		w->done = done;
		tries_begin(call, w);
	}
	key_wipe(password, sizeof(password));
}

void login_end(struct call *call)
{
	enum err err = serve_begin(call);

	if (!err)
		err = person_session_remove(call->api->env.store, call->session.token_sha256);
	if (err)
		reply_store(call, err, "session", "");
	else
		reply_nothing(call);
}
