/* SPDX-License-Identifier: Apache-2.0 */
/* Operators in JSON. Their hashes never leave the store; a one-time password is in one answer, once. */
#include "server-stub/api/users.h"

#include "agent/base/key.h"
#include "server-stub/api/body.h"
#include "server-stub/api/page.h"
#include "server-stub/api/query.h"
#include "server-stub/api/reply.h"
#include "server-stub/api/serve.h"
#include "server-stub/api/work.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_disabled(const struct person *u)
{
	return strcmp(u->password, PERSON_DISABLED) == 0;
}

/* `password` NULL: only what may be seen later. */
static void put(struct json *j, const struct person *u, const char *password)
{
	json_begin_object(j);
	json_key(j, "name");
	json_text(j, u->name);
	json_key(j, "role");
	json_text(j, u->role);
	json_key(j, "state");
	json_text(j, is_disabled(u) ? "disabled" : u->must_change ? "one-time" : "active");
	json_key(j, "second_factor");
	json_bool(j, person_has_factor(u));
	json_key(j, "sso");
	json_bool(j, person_is_sso(u));
	if (password) {
		json_key(j, "password");
		json_text(j, password);
	}
	json_end_object(j);
}

/* -- list -- */

static bool each(void *arg, const struct person *u)
{
	struct page *page = arg;

	if (!page_room(page))
		return false;
	put(page->j, u, NULL);
	return true;
}

void users_list(struct call *call)
{
	struct page page;
	enum err err;

	if (!page_begin(&page, call))
		return;
	page.limit = UINT32_MAX;
	err = person_list(call->api->env.store, each, &page);
	if (err)
		reply_store(call, err, "user", "");
	else
		page_end(&page);
}

/* -- who, and what may be done to them -- */

/* A transaction, and the operator that the path names; false after an answer. */
static bool begin(struct call *call, struct person *u)
{
	char name[STORE_NAME_MAX];
	enum err err = query_unescape(call->arg, name, sizeof(name)) == ERR_OK ? serve_begin(call) : ERR_NOT_FOUND;

	if (!err)
		err = person_get(call->api->env.store, name, u);
	if (!err)
		return true;
	str_show(call->arg, name, sizeof(name));
	reply_store(call, err, "user", name);
	return false;
}

struct search {
	const char *but;
	bool found;
};

static bool is_admin(void *arg, const struct person *u)
{
	struct search *s = arg;

	/* Nobody here knows whether a provider will let its admins in. */
	s->found = route_role(u->role) == ROLE_ADMIN && !is_disabled(u) && !person_is_sso(u) &&
		   strcmp(u->name, s->but) != 0;
	return !s->found;
}

/* Whether another admin can log in once this operator can do so no more as one; false after an answer. */
static bool is_dispensable(struct call *call, const struct person *u)
{
	struct search other = {.but = u->name};
	enum err err = person_list(call->api->env.store, is_admin, &other);

	if (err)
		reply_store(call, err, "user", u->name);
	else if (!other.found)
		reply_error(call, FAULT_PROTECTED, "%s is the last admin who can log in; name another one first.",
			    u->name);
	return !err && other.found;
}

static bool is_role(struct call *call, const char *role)
{
	if (route_role(role))
		return true;
	reply_error(call, FAULT_INVALID, "A role is viewer, responder, admin or auditor.");
	return false;
}

/* Whether the change was written; false after an answer. */
static bool is_written(struct call *call, const struct person *u, enum err err)
{
	snprintf(call->detail, sizeof(call->detail), "%s, %s", u->name, u->role);
	if (err)
		reply_store(call, err, "user", u->name);
	return !err;
}

/* -- change -- */

void users_role(struct call *call)
{
	struct person u;
	char role[sizeof(u.role)];
	json_t *body = body_read(call, "role");
	bool good = body && body_text(call, body, &(struct body_text){"role", role, sizeof(role), true}) &&
		    is_role(call, role);

	json_decref(body);
	if (!good || !begin(call, &u))
		return;
	if (person_is_sso(&u)) {
		reply_error(call, FAULT_PROTECTED, "The role of %s comes from the groups that the provider names.",
			    u.name);
		return;
	}
	if (route_role(role) != ROLE_ADMIN && !is_disabled(&u) && !is_dispensable(call, &u))
		return;
	memcpy(u.role, role, sizeof(u.role));
	if (is_written(call, &u, person_change(call->api->env.store, &u)))
		put(reply_json(call, 200), &u, NULL);
}

void users_disable(struct call *call)
{
	struct person u;

	if (!begin(call, &u) || (!person_is_sso(&u) && !is_dispensable(call, &u)))
		return;
	snprintf(u.password, sizeof(u.password), "%s", PERSON_DISABLED);
	if (is_written(call, &u, person_change(call->api->env.store, &u)))
		put(reply_json(call, 200), &u, NULL);
}

/* -- one-time passwords -- */

/* The hash is made. The operator may have been changed meanwhile, so they are read anew, in a transaction. */
static enum err read_anew(struct work *w, struct person *u)
{
	enum err err = w->made[0] ? serve_begin(w->call) : ERR_NO_MEMORY;

	return err ? err : person_get(w->call->api->env.store, w->user, u);
}

static void admit(struct work *w, struct person *u, uint16_t status)
{
	if (is_written(w->call, u, person_readmit(w->call->api->env.store, u, w->made)))
		put(reply_json(w->call, status), u, w->wanted);
}

static void refuse_twin(struct call *call, const char *name)
{
	reply_error(call, FAULT_ALREADY_USED, "There is an operator of the name %s already.", name);
}

static void add_done(struct work *w)
{
	struct person u = {.name = ""};
	enum err err = read_anew(w, &u);

	if (!err) {
		refuse_twin(w->call, w->user);
	} else if (err != ERR_NOT_FOUND) {
		reply_store(w->call, err, "user", w->user);
	} else {
		snprintf(u.name, sizeof(u.name), "%s", w->user);
		snprintf(u.role, sizeof(u.role), "%s", w->role);
		admit(w, &u, 201);
	}
}

static void reset_done(struct work *w)
{
	struct person u;
	enum err err = read_anew(w, &u);

	if (err)
		reply_store(w->call, err, "user", w->user);
	else
		admit(w, &u, 200);
}

static void make_password(struct call *call, const struct person *u, void (*done)(struct work *w))
{
	struct work *w = calloc(1, sizeof(*w));

	if (!w) {
		reply_store(call, ERR_NO_MEMORY, "user", u->name);
		return;
	}
	w->only_hash = true;
	w->done = done;
	snprintf(w->user, sizeof(w->user), "%s", u->name);
	snprintf(w->role, sizeof(w->role), "%s", u->role);
	fleet_password_make(w->wanted);
	work_start(call, w);
}

/* Who has no password gets none: the provider lets them in again, with a new second factor. */
static void reset_sso(struct call *call)
{
	struct person u;

	if (begin(call, &u) && is_written(call, &u, person_readmit(call->api->env.store, &u, PERSON_SSO)))
		put(reply_json(call, 200), &u, NULL);
}

void users_add(struct call *call)
{
	struct person u = {.name = ""}, other;
	json_t *body = body_read(call, "name role");
	bool good = body && body_text(call, body, &(struct body_text){"name", u.name, sizeof(u.name), true}) &&
		    body_text(call, body, &(struct body_text){"role", u.role, sizeof(u.role), true}) &&
		    body_plain(call, "An operator's", u.name) && is_role(call, u.role);

	json_decref(body);
	if (!good)
		return;
	if (person_get(call->api->env.store, u.name, &other) == ERR_OK)
		refuse_twin(call, u.name);
	else
		make_password(call, &u, add_done);
}

void users_reset(struct call *call)
{
	struct person u;
	char name[STORE_NAME_MAX];
	enum err err = ERR_NOT_FOUND;

	if (query_unescape(call->arg, name, sizeof(name)) == ERR_OK)
		err = person_get(call->api->env.store, name, &u);
	if (err) {
		str_show(call->arg, name, sizeof(name));
		reply_store(call, err, "user", name);
		return;
	}
	if (person_is_sso(&u))
		reset_sso(call);
	else
		make_password(call, &u, reset_done);
}
