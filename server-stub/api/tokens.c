/* SPDX-License-Identifier: Apache-2.0 */
/* Join tokens in JSON. The secret's hash never leaves the store; a token is named by its id. */
#include "server-stub/api/tokens.h"

#include "agent/base/clock.h"
#include "agent/base/key.h"
#include "agent/base/now.h"
#include "proto/token.h"
#include "server-stub/api/body.h"
#include "server-stub/api/ids.h"
#include "server-stub/api/names.h"
#include "server-stub/api/page.h"
#include "server-stub/api/reply.h"
#include "server-stub/api/serve.h"

#include <stdio.h>
#include <string.h>

#define TTL_DEFAULT_S 86400
#define TTL_MAX_S (365 * 86400)
#define USES_MAX 1000000
#define ID_HEX (sizeof(((struct registry_token *)0)->id) * 2)

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
static void put(struct call *call, struct json *j, const struct registry_token *t, const char *text)
{
	static const uint8_t none[STORE_ID];
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
	if (memcmp(t->device, none, STORE_ID) != 0)
		names_put(call->api, j, t->device);
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

struct list {
	struct page page;
	struct call *call;
};

static bool each(void *arg, const struct registry_token *t)
{
	struct list *l = arg;

	if (!page_room(&l->page))
		return false;
	put(l->call, l->page.j, t, NULL);
	return true;
}

void tokens_list(struct call *call)
{
	struct list l = {.call = call};

	if (!page_begin(&l.page, call))
		return;
	l.page.limit = UINT32_MAX;
	enum err err = registry_token_list(call->api->env.store, each, &l);

	if (err)
		reply_store(call, err, "token", "");
	else
		page_end(&l.page);
}

/* What a token is asked for by. */
struct wish {
	char group[STORE_NAME_MAX], device[STORE_NAME_MAX];
	int64_t ttl_s, uses;
	bool approve;
};

/* Log the token and, if it is for one, the device. */
static void note(struct call *call, const struct registry_token *t, const struct registry_device *d)
{
	struct buf b = buf_over(call->detail, sizeof(call->detail) - 1);

	buf_hex(&b, t->id, sizeof(t->id));
	if (!d)
		return;
	buf_text(&b, " for ");
	buf_hex(&b, d->id, STORE_ID);
	buf_printf(&b, " %s", d->name);
}

static void create(struct call *call, const struct wish *wish, const struct registry_device *d)
{
	const struct api_env *env = &call->api->env;
	const char *group = d ? d->group : wish->group;
	const struct fleet_token_request request = {
		.group = group[0] ? group : "default",
		.created_by = call->user.name,
		.host = env->link_host,
		.port = env->link_port,
		.uses = (uint32_t)wish->uses,
		.ttl_s = wish->ttl_s,
		.approve = wish->approve,
		.device = d ? d->id : NULL,
	};
	char text[TOKEN_TEXT_MAX];
	struct registry_token made;
	enum err err = fleet_token(env->fleet, env->store, &request, clock_wall_us(), text, sizeof(text), &made);

	if (err) {
		reply_store(call, err, "token", "");
		return;
	}
	note(call, &made, d);
	put(call, reply_json(call, 201), &made, text);
	key_wipe(text, sizeof(text));
}

static void create_for(struct call *call, const struct wish *wish)
{
	struct registry_device d;
	enum err err;

	if (wish->group[0] || wish->uses != 1 || wish->approve) {
		reply_error(call, FAULT_INVALID,
			    "A token for a device lets that one in, once, and it stays in its group: device goes with "
			    "none of group, uses and approve.");
		return;
	}
	err = registry_device_find(call->api->env.store, wish->device, &d);
	if (err)
		reply_store(call, err, "device", wish->device);
	else
		create(call, wish, &d);
}

void tokens_create(struct call *call)
{
	struct wish wish = {.ttl_s = TTL_DEFAULT_S, .uses = 1};
	json_t *body = body_read(call, "group ttl_s uses approve device");

	if (!body)
		return;
	bool good = body_text(call, body, &(struct body_text){"group", wish.group, sizeof(wish.group), false}) &&
		    body_text(call, body, &(struct body_text){"device", wish.device, sizeof(wish.device), false}) &&
		    body_number(call, body, &(struct body_number){"ttl_s", 1, TTL_MAX_S, &wish.ttl_s}) &&
		    body_number(call, body, &(struct body_number){"uses", 1, USES_MAX, &wish.uses}) &&
		    body_flag(call, body, "approve", &wish.approve) && body_plain(call, "A group's", wish.group);

	bool is_empty = good && json_object_get(body, "device") && !wish.device[0];

	json_decref(body);
	if (is_empty)
		reply_error(call, FAULT_INVALID, "The member device is empty; it takes the name or id of a device.");
	if (!good || is_empty)
		return;
	enum err err = serve_begin(call);

	if (err)
		reply_store(call, err, "token", "");
	else if (wish.device[0])
		create_for(call, &wish);
	else
		create(call, &wish, NULL);
}

struct search {
	struct ids_search ids;
	struct registry_token found;
};

static bool look(void *arg, const struct registry_token *t)
{
	struct search *s = arg;

	if (ids_search_look(&s->ids, t->id))
		s->found = *t;
	return ids_search_goes_on(&s->ids);
}

void tokens_revoke(struct call *call)
{
	struct search s;
	enum err err = ids_search_begin(&s.ids, call->arg, REGISTRY_TOKEN_ID);

	if (!err)
		err = serve_begin(call);
	if (!err)
		err = registry_token_list(call->api->env.store, look, &s);
	if (!err)
		err = ids_search_end(&s.ids);
	if (!err) {
		s.found.revoked = true;
		err = registry_token_put(call->api->env.store, &s.found);
	}
	if (err) {
		reply_search(call, err, "token", &s.ids);
		return;
	}
	id_hex(&s.found, call->detail);
	put(call, reply_json(call, 200), &s.found, NULL);
}

struct of_device {
	const uint8_t *device;
	bool found;
	struct registry_token token;
};

static bool look_of(void *arg, const struct registry_token *t)
{
	struct of_device *o = arg;

	o->found = !t->revoked && t->uses < t->uses_max && memcmp(t->device, o->device, STORE_ID) == 0;
	if (o->found)
		o->token = *t;
	return !o->found;
}

enum err tokens_end(struct store *s, const uint8_t device[STORE_ID])
{
	struct of_device o = {.device = device};
	enum err err;

	do {
		o.found = false;
		err = registry_token_list(s, look_of, &o);
		o.token.revoked = true;
		if (err == ERR_OK && o.found)
			err = registry_token_put(s, &o.token);
	} while (err == ERR_OK && o.found);
	return err;
}
