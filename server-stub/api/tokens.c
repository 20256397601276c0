/* SPDX-License-Identifier: Apache-2.0 */
/* Join tokens in JSON. The secret's hash never leaves the store; a token is named by its id. */
#include "server-stub/api/tokens.h"

#include "agent/base/clock.h"
#include "agent/base/key.h"
#include "agent/base/now.h"
#include "proto/token.h"
#include "server-stub/api/body.h"
#include "server-stub/api/page.h"
#include "server-stub/api/query.h"
#include "server-stub/api/reply.h"
#include "server-stub/api/serve.h"

#include <stdio.h>
#include <string.h>

#define TTL_DEFAULT_S 86400
#define TTL_MAX_S (365 * 86400)
#define USES_MAX 1000000
#define ID_HEX (sizeof(((struct registry_token *)0)->id) * 2)
#define ID_PREFIX_MIN 4

static const char *state_name(const struct registry_token *t, int64_t now_us)
{
	if (t->revoked)
		return "revoked";
	if (t->expires_us <= now_us)
		return "expired";
	return t->uses >= t->uses_max ? "used" : "valid";
}

static void id_hex(const struct registry_token *t, char hex[ID_HEX + 1])
{
	struct buf b = buf_over(hex, ID_HEX);

	buf_hex(&b, t->id, sizeof(t->id));
	hex[b.len] = 0;
}

/* `text` NULL: only what may be seen later. */
static void put(struct json *j, const struct registry_token *t, const char *text)
{
	char hex[ID_HEX + 1];

	id_hex(t, hex);
	json_begin_object(j);
	json_key(j, "id");
	json_text(j, hex);
	if (text) {
		json_key(j, "token");
		json_text(j, text);
	}
	json_key(j, "group");
	json_text(j, t->group);
	json_key(j, "state");
	json_text(j, state_name(t, clock_wall_us()));
	json_key(j, "uses");
	json_int(j, t->uses);
	json_key(j, "uses_max");
	json_int(j, t->uses_max);
	json_key(j, "approve");
	json_bool(j, t->approve);
	json_key(j, "created_by");
	json_text(j, t->created_by);
	reply_time(j, "created", t->created_us);
	reply_time(j, "expires", t->expires_us);
	json_end_object(j);
}

static bool each(void *arg, const struct registry_token *t)
{
	struct page *p = arg;

	if (!page_room(p))
		return false;
	put(p->j, t, NULL);
	return true;
}

void tokens_list(struct call *call)
{
	struct page p;

	if (!page_begin(&p, call))
		return;
	p.limit = UINT32_MAX;
	enum err err = registry_token_list(call->api->env.store, each, &p);

	if (err)
		reply_store(call, err, "token", "");
	else
		page_end(&p);
}

/* Group names go into certificates' neighbourhood, file names and command lines: plain words only. */
static bool is_group(struct call *call, const char *group)
{
	for (const char *c = group; *c; c++) {
		bool plain = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') ||
			     *c == '-' || *c == '_' || *c == '.';

		if (plain)
			continue;
		reply_error(call, FAULT_INVALID, "A group's name is of letters, digits and -_. only.");
		return false;
	}
	return true;
}

static void create(struct call *call, const struct fleet_token_request *request)
{
	char text[TOKEN_TEXT_MAX];
	struct registry_token made;
	enum err err = serve_begin(call);

	if (!err)
		err = fleet_token(call->api->env.fleet, call->api->env.store, request, clock_wall_us(), text,
				  sizeof(text), &made);
	if (err) {
		reply_store(call, err, "token", "");
		return;
	}
	id_hex(&made, call->detail);
	put(reply_json(call, 201), &made, text);
	key_wipe(text, sizeof(text));
}

void tokens_create(struct call *call)
{
	struct api_env *env = &call->api->env;
	char group[STORE_NAME_MAX] = "";
	int64_t ttl_s = TTL_DEFAULT_S, uses = 1;
	bool approve = false;
	json_t *body = body_read(call, "group ttl_s uses approve");

	if (!body)
		return;
	bool good = body_text(call, body, &(struct body_text){"group", group, sizeof(group), false}) &&
		    body_number(call, body, &(struct body_number){"ttl_s", 1, TTL_MAX_S, &ttl_s}) &&
		    body_number(call, body, &(struct body_number){"uses", 1, USES_MAX, &uses}) &&
		    body_flag(call, body, "approve", &approve) && is_group(call, group);

	json_decref(body);
	if (!good)
		return;
	create(call, &(struct fleet_token_request){
			     .group = group[0] ? group : "default",
			     .created_by = call->user.name,
			     .host = env->link_host,
			     .port = env->link_port,
			     .uses = (uint32_t)uses,
			     .ttl_s = ttl_s,
			     .approve = approve,
		     });
}

struct search {
	char want[ID_HEX + 1];
	struct registry_token found;
	unsigned count;
};

static bool look(void *arg, const struct registry_token *t)
{
	struct search *s = arg;
	char hex[ID_HEX + 1];

	id_hex(t, hex);
	if (strncmp(hex, s->want, strlen(s->want)) == 0) {
		s->found = *t;
		s->count++;
	}
	return s->count < 2;
}

void tokens_revoke(struct call *call)
{
	struct search s = {0};
	enum err err = query_unescape(call->arg, s.want, sizeof(s.want));

	if (!err && strlen(s.want) < ID_PREFIX_MIN)
		err = ERR_INVALID;
	if (!err)
		err = serve_begin(call);
	if (!err)
		err = registry_token_list(call->api->env.store, look, &s);
	if (!err && s.count != 1)
		err = s.count ? ERR_EXISTS : ERR_NOT_FOUND;
	if (!err) {
		s.found.revoked = true;
		err = registry_token_put(call->api->env.store, &s.found);
	}
	if (err) {
		reply_store(call, err, "token", s.want);
		return;
	}
	id_hex(&s.found, call->detail);
	put(reply_json(call, 200), &s.found, NULL);
}
