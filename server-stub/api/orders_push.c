/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A new order. Either the call says what it wants and the fleet's own key signs, or the order comes signed by an
 * operator's key and is checked and passed on as it is. It is durable before any device hears of it; one that needs
 * more signatures than it has waits for them (orders_sign.c).
 *
 * The Idempotency-Key header makes the order's id a digest of user and key: the same call again finds the order there,
 * also after a restart, and answers with it. A different order under a used key is refused.
 */
#include "server-stub/api/orders.h"

#include "agent/base/clock.h"
#include "agent/base/now.h"
#include "proto/order.h"
#include "server-stub/api/aim.h"
#include "server-stub/api/args.h"
#include "server-stub/api/body.h"
#include "server-stub/api/reply.h"
#include "server-stub/api/serve.h"
#include "server-stub/api/signatures.h"
#include "server-stub/fleet/fleet_bundle.h"

#include <mbedtls/base64.h>
#include <sodium.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct push {
	struct call *call;
	struct order order;
	struct registry_order *stored; /* api->order */
	bool lacks;		       /* it needs more signatures than it has */
	bool again;		       /* the idempotency key was used before, for this very order */
};

/* -- what it says -- */

/* One verb with its params, or a list of steps of that form. */
static bool read_steps(struct push *p, json_t *body)
{
	struct call *call = p->call;
	json_t *list = json_object_get(body, "steps"), *one;
	size_t i;

	if (!list) {
		p->order.step_count = 1;
		return args_read_step(call, body, &p->order.steps[0]);
	}
	if (json_object_get(body, "verb") || json_object_get(body, "params")) {
		reply_error(call, FAULT_INVALID, "Say 'steps', or one 'verb' with its 'params', not both.");
		return false;
	}
	if (!json_array_size(list) || json_array_size(list) > ORDER_STEPS_MAX) {
		reply_error(call, FAULT_INVALID, "'steps' is a list of 1 to %d.", ORDER_STEPS_MAX);
		return false;
	}
	json_array_foreach(list, i, one)
	{
		if (!json_is_object(one)) {
			reply_error(call, FAULT_INVALID, "A step is an object with 'verb' and 'params'.");
			return false;
		}
		if (!body_known(call, one, "verb params when") || !args_read_step(call, one, &p->order.steps[i]))
			return false;
		p->order.step_count = (uint8_t)(i + 1);
	}
	return true;
}

static bool check(struct push *p)
{
	char why[ORDER_WHY_MAX];
	enum err err = order_check_steps(&p->order, why);

	if (err)
		reply_error(p->call, err == ERR_PROTECTED ? FAULT_PROTECTED : FAULT_INVALID, "%s", why);
	return err == ERR_OK;
}

static void make_id(struct push *p)
{
	struct str key = http_header(p->call->http, "idempotency-key");
	uint8_t digest[32];
	char text[STORE_NAME_MAX + sizeof(digest) + 32];

	if (!key.len) {
		randombytes_buf(p->order.id, sizeof(p->order.id));
		return;
	}
	struct buf b = buf_over(text, sizeof(text));

	/* Its own digest first: keys of any length are different keys. */
	key_sha256(key.data, key.len, digest);
	buf_printf(&b, "caltrop order %s ", p->call->user.name);
	buf_bytes(&b, digest, sizeof(digest));
	key_sha256(text, b.len, digest);
	memcpy(p->order.id, digest, sizeof(p->order.id));
}

/* Whether the order is there already; sets p->again. false after an error answer. */
static bool look_again(struct push *p)
{
	struct order before;
	char why[ORDER_WHY_MAX];
	enum err err = registry_order_get(p->call->api->env.store, p->order.id, p->stored);

	if (err == ERR_NOT_FOUND)
		return true;
	if (!err)
		err = order_decode(p->stored->order, p->stored->order_len, &before, why);
	if (err) {
		reply_store(p->call, err, "order", "");
		return false;
	}
	p->again = order_same(&before, &p->order);
	if (!p->again)
		reply_error(p->call, FAULT_ALREADY_USED,
			    "This order id or Idempotency-Key was used for another order.");
	return p->again;
}

static bool read_aim(struct push *p, json_t *body)
{
	struct aim aim = {.call = p->call};

	if (!aim_read(&aim, body))
		return false;
	p->order.target_kind = aim.kind;
	p->order.target_count = aim.named_count;
	memcpy(p->order.targets, aim.named, sizeof(aim.named));
	memcpy(p->order.group, aim.group, sizeof(aim.group));
	return true;
}

static bool compose(struct push *p, json_t *body)
{
	struct call *call = p->call;
	int64_t expires = ORDERS_WINDOW_DEFAULT_S;

	if (!body_number(call, body,
			 &(struct body_number){"expires_in_s", 1, ORDER_WINDOW_MAX_S - ORDERS_BEFORE_S, &expires}))
		return false;
	p->order.created_s = clock_wall_us() / SECOND_US;
	p->order.not_before_s = p->order.created_s - ORDERS_BEFORE_S;
	p->order.not_after_s = p->order.created_s + expires;
	snprintf(p->order.author, sizeof(p->order.author), "%s", call->user.name);
	if (!read_steps(p, body) || !check(p) || !read_aim(p, body) ||
	    !body_flag(call, body, "dry_run", &p->order.dry_run))
		return false;
	make_id(p);
	if (!look_again(p))
		return false;
	if (p->again)
		return true;
	enum err err = fleet_sign(call->api->env.fleet, &p->order, p->stored);

	if (err == ERR_DENIED)
		reply_error(call, FAULT_ORDER_KEY_REQUIRED,
			    "This fleet's orders are signed by operators: use caltrop order push --order-key FILE.");
	else if (err == ERR_REVOKED)
		reply_error(
			call, FAULT_ORDER_KEY_REQUIRED,
			"The service's own order key is trusted no longer: use caltrop order push --order-key FILE.");
	else if (err)
		reply_error(call, FAULT_SIGN, "The order can't be signed: %s.", err_text(err));
	return err == ERR_OK;
}

/* -- signed by an operator -- */

static bool read_signatures(struct push *p, json_t *list)
{
	const struct signatures_of of = {p->call, p->stored->order, p->stored->order_len};
	struct object_signature given[STORE_SIGNATURES_MAX];

	if (!signatures_read(&of, list, given, &p->stored->signature_count))
		return false;
	for (unsigned i = 0; i < p->stored->signature_count; i++) {
		memcpy(p->stored->signatures[i].key_id, given[i].key_id, KEY_ID);
		memcpy(p->stored->signatures[i].bytes, given[i].bytes, given[i].len);
		p->stored->signatures[i].len = given[i].len;
	}
	return true;
}

static bool read_blob(struct push *p, const char *text)
{
	char why[ORDER_WHY_MAX] = "It is no base64.";
	size_t len = 0;

	*p->stored = (struct registry_order){.created_us = 0};
	if (mbedtls_base64_decode(p->stored->order, sizeof(p->stored->order), &len, (const unsigned char *)text,
				  strlen(text)) ||
	    order_decode(p->stored->order, len, &p->order, why)) {
		reply_error(p->call, FAULT_INVALID, "'order' is not the base64 of an order: %s", why);
		return false;
	}
	p->stored->order_len = (uint16_t)len;
	if (strcmp(p->order.author, p->call->user.name) != 0) {
		reply_error(p->call, FAULT_AUTHOR, "The order's author is %s, but %s sends it.", p->order.author,
			    p->call->user.name);
		return false;
	}
	if (order_window(&p->order, clock_wall_us() / SECOND_US) == ERR_EXPIRED) {
		reply_error(p->call, FAULT_EXPIRED, "The order's window is over.");
		return false;
	}
	return true;
}

static bool find_targets(struct push *p)
{
	struct aim aim = {.call = p->call, .kind = p->order.target_kind, .named_count = p->order.target_count};

	memcpy(aim.named, p->order.targets, sizeof(aim.named));
	memcpy(aim.group, p->order.group, sizeof(aim.group));
	return aim_find(&aim);
}

static bool on_signed(struct push *p, json_t *body)
{
	struct registry_order given;

	if (!read_blob(p, json_string_value(json_object_get(body, "order"))) ||
	    !read_signatures(p, json_object_get(body, "signatures")) || !check(p) || !find_targets(p))
		return false;
	given = *p->stored;
	if (!look_again(p))
		return false;
	if (!p->again)
		*p->stored = given;
	return true;
}

/* -- into the store and out to the devices -- */

static void fill(struct push *p)
{
	struct registry_order *o = p->stored;
	struct buf b = buf_over(o->detail, sizeof(o->detail) - 1);

	memcpy(o->id, p->order.id, STORE_ID);
	o->created_us = clock_wall_us();
	o->not_after_s = p->order.not_after_s;
	snprintf(o->author, sizeof(o->author), "%s", p->order.author);
	snprintf(o->verb, sizeof(o->verb), "%s", verb_name(p->order.steps[0].args.verb));
	order_describe(&b, &p->order);
	o->detail[b.len] = 0;
}

void orders_hand_over(struct call *call)
{
	struct api *api = call->api;

	if (api->env.push)
		api->env.push(api->env.context, &api->order, (const uint8_t(*)[STORE_ID])api->order_devices,
			      api->order_device_count);
}

static void note(struct push *p)
{
	snprintf(p->call->action, sizeof(p->call->action), "order.push.%s", verb_name(p->order.steps[0].args.verb));
	orders_note(p->call, p->stored);
}

/* Devices would refuse what nobody signed who may: whoever pushes it hears of it at once. */
static bool may_be_signed(struct push *p)
{
	struct fleet_bundle_tally tally;

	fleet_bundle_count(p->call->api->env.fleet, &tally, &p->order, p->stored);
	if (tally.counted == 0 && !p->again)
		reply_error(p->call, FAULT_UNKNOWN_KEY,
			    "The trust bundle does not let the key that signed it sign this order.");
	p->lacks = tally.counted < tally.needed;
	return tally.counted > 0 || p->again;
}

static void store(struct push *p)
{
	struct call *call = p->call;
	struct api *api = call->api;
	enum err err = ERR_OK;

	if (!p->again) {
		fill(p);
		err = serve_begin(call);
		if (!err)
			err = registry_order_put(api->env.store, p->stored,
						 (const uint8_t(*)[STORE_ID])api->order_devices,
						 api->order_device_count);
		if (!err && p->lacks)
			err = registry_order_hold(api->env.store, p->stored->id);
	}
	note(p);
	if (!err)
		err = orders_put(call, reply_json(call, p->again ? 200 : 201), p->stored, ORDERS_ANSWER_MAX);
	if (err)
		reply_store(call, err, "order", "");
	else if (!p->again)
		call->committed = p->lacks ? NULL : orders_hand_over;
}

void orders_push(struct call *call)
{
	struct push p = {.call = call, .stored = &call->api->order};
	json_t *body = body_read(call, "verb params steps devices group all expires_in_s dry_run order signatures");

	call->api->order_device_count = 0;
	if (!body)
		return;
	bool is_signed = json_is_string(json_object_get(body, "order"));

	if ((is_signed ? on_signed(&p, body) : compose(&p, body)) && may_be_signed(&p))
		store(&p);
	json_decref(body);
}
