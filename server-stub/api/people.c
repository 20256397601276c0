/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A login asks the limits first (of the name at its address, and of the address), then a worker compares the password,
 * then a session is written. For a name that no user has the worker compares with a hash whose password was not kept,
 * in the same time.
 */
#include "server-stub/api/people.h"

#include "agent/base/clock.h"
#include "agent/base/key.h"
#include "agent/base/now.h"
#include "server-stub/api/body.h"
#include "server-stub/api/reply.h"
#include "server-stub/api/serve.h"
#include "server-stub/api/work.h"

#include <sodium.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a try to log in counts against: the name at the address, and the address. */
struct keys {
	uint64_t pair, address;
};

/* An IPv6 caller is its /64: it has as many addresses as it likes. */
static struct keys keys_of(const struct call *call, const char *user)
{
	const struct limit *l = call->api->limit;
	struct addr net = addr_mask(&call->addr, call->addr.family == 6 ? 64 : 32);
	char text[ADDR_TEXT_MAX];
	struct str address = str_from(addr_text(&net, text));

	return (struct keys){limit_key_pair(l, str_from(user), address), limit_key_address(l, address)};
}

static bool may_try(struct call *call, const char *user)
{
	int64_t now_us = clock_mono_us();
	struct keys k = keys_of(call, user);
	unsigned by_pair = limit_wait_s(call->api->limit, k.pair, now_us);
	unsigned by_address = limit_wait_s(call->api->limit, k.address, now_us);
	unsigned wait_s = by_pair > by_address ? by_pair : by_address;
	char text[16];

	if (!wait_s)
		return true;
	snprintf(text, sizeof(text), "%u", wait_s);
	reply_header(call, "Retry-After", text);
	reply_error(call, FAULT_TOO_MANY_FAILURES, "Too many wrong passwords; try again in %u s.", wait_s);
	return false;
}

/* Hands a password to a worker. The try counts from now on, or many at a time would all be let through. */
static void try(struct call *call, struct work *w)
{
	struct limit *l = call->api->limit;
	int64_t now_us = clock_mono_us();
	struct keys k = keys_of(call, w->user);
	unsigned by_address = limit_failures(l, k.address, now_us);

	w->rank = limit_failures(l, k.pair, now_us);
	w->rank = w->rank > by_address ? w->rank : by_address;
	if (!work_start(call, w))
		return;
	limit_try(l, k.pair, LIMIT_PAIR_MAX_S, now_us);
	limit_try(l, k.address, LIMIT_ADDRESS_MAX_S, now_us);
}

/* The password was right. What was tried in other names from there still counts. */
static void passed(struct call *call, const char *user)
{
	struct limit *l = call->api->limit;
	struct keys k = keys_of(call, user);
	unsigned tries = limit_failures(l, k.pair, clock_mono_us());

	limit_forgive(l, k.pair, tries);
	limit_forgive(l, k.address, tries);
}

/* A new session for call->user; its token into text. */
static enum err session_make(struct call *call, char text[64], struct person_session *session)
{
	uint8_t token[32];

	randombytes_buf(token, sizeof(token));
	sodium_bin2base64(text, 64, token, sizeof(token), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	key_wipe(token, sizeof(token));
	*session = (struct person_session){.created_us = clock_wall_us()};
	session->expires_us = session->created_us + PEOPLE_SESSION_US;
	snprintf(session->user, sizeof(session->user), "%s", call->user.name);
	key_sha256(text, strlen(text), session->token_sha256);
	return person_session_put(call->api->env.store, session);
}

static void put_user(struct json *j, const struct person *user)
{
	json_key(j, "user");
	json_text(j, user->name);
	json_key(j, "role");
	json_text(j, user->role);
	json_key(j, "must_change");
	json_bool(j, user->must_change);
}

static void login_done(struct work *w)
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
	passed(call, w->user);
	struct json *j = reply_json(call, 200);

	json_begin_object(j);
	json_key(j, "token");
	json_text(j, token);
	reply_time(j, "expires", session.expires_us);
	put_user(j, &call->user);
	json_end_object(j);
	key_wipe(token, sizeof(token));
}

/* The work for a user's password; its hash is empty when there is no such user. NULL after an answer. */
static struct work *prepare(struct call *call, const char *name)
{
	struct work *w = calloc(1, sizeof(*w));
	struct person user;
	enum err err = w ? person_get(call->api->env.store, name, &user) : ERR_NO_MEMORY;

	if (err && err != ERR_NOT_FOUND) {
		free(w);
		reply_store(call, err, "user", "");
		return NULL;
	}
	if (!err)
		memcpy(w->hash, user.password, sizeof(w->hash));
	snprintf(w->user, sizeof(w->user), "%s", name);
	return w;
}

void people_login(struct call *call)
{
	char user[STORE_NAME_MAX], password[WORK_PASSWORD_MAX];
	struct work *w = NULL;
	json_t *body = body_read(call, "user password");

	if (!body)
		return;
	if (body_text(call, body, &(struct body_text){"user", user, sizeof(user), true}) &&
	    body_text(call, body, &(struct body_text){"password", password, sizeof(password), true})) {
		str_show(str_from(user), call->detail, STORE_NAME_MAX);
		if (may_try(call, user))
			w = prepare(call, user);
	}
	json_decref(body);
	if (w) {
		memcpy(w->password, password, sizeof(w->password));
		w->done = login_done;
		try(call, w);
	}
	key_wipe(password, sizeof(password));
}

void people_logout(struct call *call)
{
	enum err err = serve_begin(call);

	if (!err)
		err = person_session_remove(call->api->env.store, call->session.token_sha256);
	if (err)
		reply_store(call, err, "session", "");
	else
		reply_nothing(call);
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
	passed(call, w->user);
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
	    is_good_password(call, old, wanted) && may_try(call, call->user.name))
		w = prepare(call, call->user.name);
	json_decref(body);
	if (w) {
		memcpy(w->password, old, sizeof(w->password));
		memcpy(w->wanted, wanted, sizeof(w->wanted));
		w->done = password_done;
		try(call, w);
	}
	key_wipe(old, sizeof(old));
	key_wipe(wanted, sizeof(wanted));
}

void people_me(struct call *call)
{
	struct json *j = reply_json(call, 200);

	json_begin_object(j);
	put_user(j, &call->user);
	reply_time(j, "expires", call->session.expires_us);
	json_end_object(j);
}
