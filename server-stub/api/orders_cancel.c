/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes an order back from the devices that it was not sent to yet. An order that a device has cannot be called back:
 * it is done, refused or expired there, and the device says which.
 */
#include "server-stub/api/orders.h"

#include "agent/base/clock.h"
#include "server-stub/api/reply.h"
#include "server-stub/api/serve.h"

#include <string.h>

void orders_cancel(struct call *call)
{
	struct registry_order o;
	unsigned count = 0;
	enum err err = serve_begin(call);

	if (err) {
		reply_store(call, err, "order", "");
		return;
	}
	if (!orders_find(call, &o))
		return;
	orders_note(call, &o);
	err = registry_target_cancel(call->api->env.store, o.id, clock_wall_us(), &count);
	if (!err && count == 0) {
		reply_error(call, FAULT_ALREADY_SENT,
			    "No device waits for this order: it was sent to each, or its time is over.");
		return;
	}
	if (!err)
		err = orders_put(call, reply_json(call, 200), &o, ORDERS_ANSWER_MAX);
	if (err) {
		reply_store(call, err, "order", "");
		return;
	}
	memcpy(call->id, o.id, STORE_ID);
	call->committed = orders_tell;
}
