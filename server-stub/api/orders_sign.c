/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An order that needs more signatures than it came with waits here, and no device gets it. An approval is a signature
 * by another key over its very bytes. With the last that is needed it goes out, durable before any device hears of it.
 */
#include "server-stub/api/orders.h"

#include "agent/base/clock.h"
#include "agent/base/now.h"
#include "proto/order.h"
#include "server-stub/api/aim.h"
#include "server-stub/api/body.h"
#include "server-stub/api/reply.h"
#include "server-stub/api/serve.h"
#include "server-stub/api/signatures.h"
#include "server-stub/fleet/fleet_bundle.h"

#include <string.h>

struct approval {
	struct call *call;
	struct registry_order *stored; /* api->order */
	struct order order;
	bool enough; /* it has the signatures that it needs now */
};

/* -- who waits -- */

struct waiting {
	struct aim aim;
	bool failed; /* there is an error answer */
};

static bool collect(void *arg, const struct registry_target *t)
{
	struct waiting *w = arg;

	w->failed = t->state == TARGET_NEEDS_APPROVAL && !aim_add(&w->aim, t->device);
	return !w->failed;
}

static bool is_held(struct approval *a)
{
	struct call *call = a->call;
	struct api *api = call->api;
	char why[ORDER_WHY_MAX];
	struct waiting w = {.aim = {.call = call}};
	enum err err = registry_target_list(api->env.store, a->stored->id, collect, &w);

	if (w.failed)
		return false;
	if (!err)
		err = order_decode(a->stored->order, a->stored->order_len, &a->order, why);
	if (err)
		reply_store(call, err, "order", "");
	else if (api->order_device_count == 0)
		reply_error(call, FAULT_ALREADY_SENT, "This order waits for no signature.");
	else if (order_window(&a->order, clock_wall_us() / SECOND_US) == ERR_EXPIRED)
		reply_error(call, FAULT_EXPIRED, "The order's window is over.");
	else
		return true;
	return false;
}

/* -- what is added -- */

/* Nobody may fill the places with keys that count for nothing: what is added has to bring the order nearer. */
static bool add(struct approval *a, const struct object_signature *given, unsigned count)
{
	const struct fleet *f = a->call->api->env.fleet;
	struct registry_order *o = a->stored;
	struct fleet_bundle_tally before, after;

	fleet_bundle_count(f, &before, &a->order, o);
	for (unsigned i = 0; i < count; i++)
		if (o->signature_count < STORE_SIGNATURES_MAX &&
		    !object_message_signed_by(o->signatures, o->signature_count, given[i].key_id))
			o->signatures[o->signature_count++] = given[i];
	fleet_bundle_count(f, &after, &a->order, o);
	a->enough = after.counted >= after.needed;
	if (after.counted > before.counted)
		return true;
	reply_error(a->call, FAULT_NOT_APPROVED,
		    "A signature by a different key that may sign this order is needed: it has %u of %u.",
		    before.counted, before.needed);
	return false;
}

static bool read_signatures(struct approval *a, json_t *body)
{
	const struct signatures_of of = {a->call, a->stored->order, a->stored->order_len};
	struct object_signature given[OBJECT_MESSAGE_SIGNATURES_MAX];
	unsigned count;

	return signatures_read(&of, json_object_get(body, "signatures"), given, &count) && add(a, given, count);
}

/* -- what comes of it -- */

static void release(struct call *call)
{
	orders_tell(call);
	orders_hand_over(call);
}

static void keep(struct approval *a)
{
	struct call *call = a->call;
	struct store *s = call->api->env.store;
	enum err err = registry_order_sign(s, a->stored);

	if (!err && a->enough)
		err = registry_order_release(s, a->stored->id, clock_wall_us());
	if (!err)
		err = orders_put(call, reply_json(call, 200), a->stored, ORDERS_ANSWER_MAX);
	if (err) {
		reply_store(call, err, "order", "");
		return;
	}
	memcpy(call->id, a->stored->id, STORE_ID);
	call->committed = a->enough ? release : orders_tell;
}

void orders_sign(struct call *call)
{
	struct approval a = {.call = call, .stored = &call->api->order};
	json_t *body = body_read(call, "signatures");
	enum err err;

	call->api->order_device_count = 0;
	if (!body)
		return;
	err = serve_begin(call);
	if (err) {
		reply_store(call, err, "order", "");
	} else if (orders_find(call, a.stored)) {
		orders_note(call, a.stored);
		if (is_held(&a) && read_signatures(&a, body))
			keep(&a);
	}
	json_decref(body);
}
