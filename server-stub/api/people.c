/* SPDX-License-Identifier: Apache-2.0 */
/* Who somebody is, in JSON, and the change of one's own password, for which the old one is asked. */
#include "server-stub/api/people.h"

#include "agent/base/key.h"
#include "server-stub/api/body.h"
#include "server-stub/api/caller.h"
#include "server-stub/api/passcode.h"
#include "server-stub/api/reply.h"
#include "server-stub/api/serve.h"
#include "server-stub/api/tries.h"
#include "server-stub/api/work.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void people_put(const struct call *call, struct json *j)
{
	const struct person *user = &call->user;

	json_key(j, "user");
	json_text(j, user->name);
	json_key(j, "role");
	json_text(j, user->role);
	json_key(j, "must_change");
	json_bool(j, user->must_change);
	json_key(j, "must_enrol");
	json_bool(j, caller_must_enrol(call));
	json_key(j, "second_factor");
	json_bool(j, person_has_factor(user));
	json_key(j, "app");
	json_bool(j, person_has_app(user));
	json_key(j, "passkeys");
	json_int(j, user->passkeys);
	json_key(j, "recovery_codes_left");
	json_int(j, passcode_left(user));
	json_key(j, "sso");
	json_bool(j, person_is_sso(user));
}

struct work *people_work(struct call *call, const char *name)
{
	struct work *w = calloc(1, sizeof(*w));
	struct person user;
	enum err err = w ? person_get(call->api->env.store, name, &user) : ERR_NO_MEMORY;

	if (err && err != ERR_NOT_FOUND) {
		free(w);
		reply_store(call, err, "user", "");
		return NULL;
	}
	/* Who has no password here takes as long as who is not known. */
	if (!err && user.password[0] == '$')
		memcpy(w->hash, user.password, sizeof(w->hash));
	snprintf(w->user, sizeof(w->user), "%s", name);
	return w;
}

static void password_done(struct work *w)
{
	struct call *call = w->call;
	struct person user;

	if (!w->is_right) {
		reply_error(call, FAULT_WRONG_PASSWORD, "The old password is wrong.");
		return;
	}
	if (!w->made[0]) {
		reply_error(call, FAULT_BUSY, "There is no memory to hash the new password; try again.");
		return;
	}
	enum err err = serve_begin(call);

	if (!err)
		err = person_get(call->api->env.store, w->user, &user);
	if (!err) {
		memcpy(user.password, w->made, sizeof(user.password));
		user.must_change = false;
		user.failures = 0;
		err = person_put(call->api->env.store, &user);
	}
	if (!err)
		err = person_session_keep(call->api->env.store, w->user, call->session.token_sha256);
	if (err) {
		reply_store(call, err, "user", w->user);
		return;
	}
	tries_forgive(call, w->user);
	reply_nothing(call);
}

static bool is_good_password(struct call *call, const char *old, const char *wanted)
{
	if (strlen(wanted) < PEOPLE_PASSWORD_MIN) {
		reply_error(call, FAULT_WEAK_PASSWORD, "The new password is shorter than %d bytes.",
			    PEOPLE_PASSWORD_MIN);
		return false;
	}
	if (strcmp(old, wanted) == 0 || strstr(wanted, call->user.name) == wanted) {
		reply_error(call, FAULT_WEAK_PASSWORD,
			    "The new password is the old one, or begins with the user name.");
		return false;
	}
	return true;
}

void people_password(struct call *call)
{
	char old[WORK_PASSWORD_MAX], wanted[WORK_PASSWORD_MAX];
	struct work *w = NULL;
	json_t *body = body_read(call, "old new");

	if (!body)
		return;
	if (body_text(call, body, &(struct body_text){"old", old, sizeof(old), true}) &&
	    body_text(call, body, &(struct body_text){"new", wanted, sizeof(wanted), true}) &&
	    is_good_password(call, old, wanted) && tries_allow(call, call->user.name))
		w = people_work(call, call->user.name);
	json_decref(body);
	if (w) {
		memcpy(w->password, old, sizeof(w->password));
		memcpy(w->wanted, wanted, sizeof(w->wanted));
		w->done = password_done;
		tries_begin(call, w);
	}
	key_wipe(old, sizeof(old));
	key_wipe(wanted, sizeof(wanted));
}

void people_me(struct call *call)
{
	struct json *j = reply_json(call, 200);

	json_begin_object(j);
	people_put(call, j);
	reply_time(j, "expires", call->session.expires_us);
	json_end_object(j);
}
