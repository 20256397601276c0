/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between connection and handler. A call that changes the store commits the change together with its row of the audit
 * log, so no change is without a row. The rows of calls that only read are written a little later, many in one
 * transaction.
 */
#include "server-stub/api/serve.h"

#include "agent/base/require.h"
#include "agent/base/say.h"
#include "server-stub/api/api_audit.h"
#include "server-stub/api/api_conn.h"
#include "server-stub/api/caller.h"
#include "server-stub/api/query.h"
#include "server-stub/api/reply.h"

#include <stdlib.h>
#include <string.h>

/* What an API token may do of what its role may. */
static bool is_in_scope(struct call *call)
{
	struct str scope = str_from(call->session.scope);
	bool is_named =
		str_empty(scope) || (call->route->flags & ROUTE_FIRST) || route_names(scope, call->route->action);

	if (call->session.kind != SESSION_TOKEN || (is_named && !(call->route->flags & ROUTE_PERSON)))
		return true;
	if (call->route->flags & ROUTE_PERSON)
		reply_error(call, FAULT_FORBIDDEN, "This is not for API tokens; log in.");
	else
		reply_error(call, FAULT_FORBIDDEN, "This API token is for %s, not for %s.", call->session.scope,
			    call->route->action);
	return false;
}

static bool authorise(struct call *call)
{
	if (call->route->flags & ROUTE_PUBLIC || !call->user.name[0])
		return true;
	if (call->user.must_change && !(call->route->flags & ROUTE_FIRST)) {
		reply_error(call, FAULT_PASSWORD_CHANGE_REQUIRED,
			    "This one-time password must be changed first (POST /api/v1/password).");
		return false;
	}
	if (caller_must_enrol(call) && !(call->route->flags & (ROUTE_FIRST | ROUTE_FACTOR))) {
		reply_error(call, FAULT_SECOND_FACTOR_SETUP_REQUIRED,
			    "The role %s needs a second factor; set one up first (POST /api/v1/factor).",
			    call->user.role);
		return false;
	}
	if (!(route_role(call->user.role) & call->route->roles)) {
		reply_error(call, FAULT_FORBIDDEN, "The role %s of %s does not allow this.", call->user.role,
			    call->user.name);
		return false;
	}
	return is_in_scope(call);
}

/* Sets call->route; false after an answer. */
static bool find_route(struct call *call)
{
	const struct route_ask ask = {call->http->method, call->http->path};
	char allow[ROUTE_ALLOW_MAX], shown[128];

	if (call->http->state == HTTP_BAD) {
		reply_error(call, FAULT_BAD_REQUEST, "%s", call->http->why);
		call->status = call->http->status;
		return false;
	}
	call->route = route_find(call->api->routes, ask, &call->arg, allow);
	if (!call->route && !allow[0]) {
		str_show(call->http->path, shown, sizeof(shown));
		reply_error(call, FAULT_NO_SUCH_PATH, "There is nothing at %s; see /api/v1/openapi.json.", shown);
		return false;
	}
	if (!call->route) {
		reply_header(call, "Allow", allow);
		reply_error(call, FAULT_METHOD_NOT_ALLOWED, "This path knows only %s.", allow);
		return false;
	}
	return true;
}

static bool is_query_known(struct call *call)
{
	char shown[128];
	struct str stranger;

	if (query_known(call->http->query, call->route->query, &stranger))
		return true;
	str_show(stranger, shown, sizeof(shown));
	reply_error(call, FAULT_UNKNOWN_PARAMETER, "There is no query parameter '%s' here; known: %s.", shown,
		    call->route->query[0] ? call->route->query : "none");
	return false;
}

enum err serve_begin(struct call *call)
{
	enum err err = store_begin(call->api->env.store);

	call->writes = err == ERR_OK;
	return err;
}

void serve_undo(struct call *call)
{
	store_rollback(call->api->env.store);
	call->writes = false;
}

/* What the handler wrote and the row that says so, in one commit. */
static void commit(struct call *call)
{
	enum err err;

	if (call->status >= 400) {
		store_rollback(call->api->env.store);
		return;
	}
	err = api_audit_write(call);
	if (!err)
		err = store_commit(call->api->env.store);
	else
		store_rollback(call->api->env.store);
	if (err) {
		reply_store(call, err, "change", "");
		return;
	}
	api_audit_written(call->api);
	if (call->committed)
		call->committed(call);
}

static void send_answer(struct call *call)
{
	char memory[1024];
	struct buf head = buf_over(memory, sizeof(memory));
	struct str body = buf_str(&call->body);

	reply_head(call, &head, body.len);
	require(!head.overflow);
	api_conn_answer(call->conn, buf_str(&head), call->http->method == METHOD_HEAD ? STR_NONE : body);
}

static void finish(struct call *call)
{
	bool wrote;

	require(call->status != 0);
	if (!call->streams && call->body.overflow)
		reply_error(call, FAULT_TOO_LARGE, "The answer is too large; ask for fewer with ?limit=.");
	wrote = call->writes && call->status < 400;
	if (call->writes)
		commit(call);
	if (!wrote || call->status >= 400)
		api_audit_note(call);
	call->api->count.requests[call->status / 100 % 6]++;
	if (say_would(SAY_DEBUG))
		say(SAY_DEBUG, "%s: %s calls %s: %u", call->address, call->user.name[0] ? call->user.name : "somebody",
		    call->route ? call->route->action : "what there is not", call->status);
	free(call->api->order_devices);
	call->api->order_devices = NULL;
	if (!call->streams)
		send_answer(call);
}

void serve_call(struct call *call)
{
	if (find_route(call) && caller_known(call) && authorise(call) && is_query_known(call))
		call->route->handle(call);
	if (!call->pending)
		finish(call);
}

void serve_done(struct call *call)
{
	call->pending = false;
	finish(call);
}
