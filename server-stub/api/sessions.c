/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions in JSON. The id of one is the beginning of its token's hash, from which nobody learns the token. */
#include "server-stub/api/sessions.h"

#include "agent/base/clock.h"
#include "server-stub/api/ids.h"
#include "server-stub/api/page.h"
#include "server-stub/api/reply.h"
#include "server-stub/api/serve.h"

#include <string.h>

#define ID_BYTES 8
#define ID_HEX (ID_BYTES * 2)

static void id_hex(const struct person_session *x, char hex[ID_HEX + 1])
{
	struct buf b = buf_over(hex, ID_HEX);

	buf_hex(&b, x->token_sha256, ID_BYTES);
	hex[b.len] = '\0';
}

/* An auditor sees who is logged in, and ends only their own. */
static bool sees(const struct call *call, const struct person_session *x)
{
	return strcmp(x->user, call->user.name) == 0 || (route_role(call->user.role) & ROLE_AUDIT);
}

static bool may_end(const struct call *call, const struct person_session *x)
{
	return strcmp(x->user, call->user.name) == 0 || route_role(call->user.role) == ROLE_ADMIN;
}

/* What an API token is for; its text never again. */
static void put_token(struct json *j, const struct person_session *x)
{
	json_key(j, "name");
	json_text(j, x->name);
	json_key(j, "role");
	json_text(j, x->role);
	json_key(j, "scope");
	json_text(j, x->scope);
}

static bool each(void *arg, const struct person_session *x)
{
	static const char *const kinds[SESSION_KINDS] = {"program", "browser", "token", "sso", "sso", "desk", "desk"};
	struct page *p = arg;
	struct json *j = p->j;
	char hex[ID_HEX + 1];

	if (person_session_over(x, clock_wall_us()) || !sees(p->call, x))
		return true;
	if (!page_room(p))
		return false;
	id_hex(x, hex);
	json_begin_object(j);
	json_key(j, "id");
	json_text(j, hex);
	json_key(j, "user");
	json_text(j, x->user);
	reply_time(j, "created", x->created_us);
	reply_time(j, "expires", x->expires_us);
	reply_time(j, "used", x->used_us);
	json_key(j, "kind");
	json_text(j, kinds[x->kind]);
	if (x->kind == SESSION_TOKEN)
		put_token(j, x);
	json_key(j, "present");
	json_bool(j, memcmp(x->token_sha256, p->call->session.token_sha256, STORE_HASH) == 0);
	json_end_object(j);
	return true;
}

void sessions_list(struct call *call)
{
	struct page p;
	enum err err;

	if (!page_begin(&p, call))
		return;
	p.limit = UINT32_MAX;
	err = person_session_list(call->api->env.store, each, &p);
	if (err)
		reply_store(call, err, "session", "");
	else
		page_end(&p);
}

struct search {
	const struct call *call;
	struct ids_search ids;
	struct person_session found;
};

static bool look(void *arg, const struct person_session *x)
{
	struct search *s = arg;

	if (sees(s->call, x) && ids_search_look(&s->ids, x->token_sha256))
		s->found = *x;
	return ids_search_goes_on(&s->ids);
}

/* The session that the path names; false after an answer. */
static bool find(struct call *call, struct search *s)
{
	enum err err = ids_search_begin(&s->ids, call->arg, ID_BYTES);

	if (!err)
		err = person_session_list(call->api->env.store, look, s);
	if (!err)
		err = ids_search_end(&s->ids);
	if (err)
		reply_search(call, err, "session", &s->ids);
	return !err;
}

void sessions_end(struct call *call)
{
	struct search s = {.call = call};
	struct buf detail = buf_over(call->detail, sizeof(call->detail) - 1);
	enum err err = serve_begin(call);

	if (err) {
		reply_store(call, err, "session", "");
		return;
	}
	if (!find(call, &s))
		return;
	if (!may_end(call, &s.found)) {
		reply_error(call, FAULT_FORBIDDEN, "This is a session of %s; only they and admins end it.",
			    s.found.user);
		return;
	}
	err = person_session_remove(call->api->env.store, s.found.token_sha256);
	if (err) {
		reply_store(call, err, "session", "");
		return;
	}
	buf_hex(&detail, s.found.token_sha256, ID_BYTES);
	buf_printf(&detail, " of %s", s.found.user);
	call->detail[detail.len] = '\0';
	reply_nothing(call);
}
