/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the devices that an order or an object is for. Changes nothing. */
#include "server-stub/api/aim.h"

#include "server-stub/api/body.h"
#include "server-stub/api/reply.h"

#include <stdlib.h>
#include <string.h>

bool aim_add(struct aim *a, const uint8_t id[STORE_ID])
{
	struct api *api = a->call->api;

	if (api->order_device_count == a->cap) {
		unsigned cap = a->cap ? a->cap * 2 : 32;
		void *grown = cap > AIM_DEVICES_MAX ? NULL : realloc(api->order_devices, (size_t)cap * STORE_ID);

		if (!grown) {
			reply_error(a->call, FAULT_TOO_MANY_DEVICES, "At most %d devices get it at once; use groups.",
				    AIM_DEVICES_MAX);
			return false;
		}
		api->order_devices = grown;
		a->cap = cap;
	}
	memcpy(api->order_devices[api->order_device_count++], id, STORE_ID);
	return true;
}

static bool is_fit(struct call *call, const struct registry_device *d)
{
	if (d->state == DEVICE_APPROVED)
		return true;
	reply_error(call, d->state == DEVICE_REVOKED ? FAULT_REVOKED : FAULT_NOT_APPROVED, "%s %s.", d->name,
		    d->state == DEVICE_REVOKED	  ? "is revoked"
		    : d->state == DEVICE_EXPECTED ? "has not joined yet"
						  : "is not approved yet: caltrop device approve");
	return false;
}

static bool add_named(struct aim *a, const char *name)
{
	struct registry_device d;
	enum err err = registry_device_find(a->call->api->env.store, name, &d);

	if (err) {
		reply_store(a->call, err, "device", name);
		return false;
	}
	if (!is_fit(a->call, &d))
		return false;
	for (unsigned i = 0; i < a->named_count; i++)
		if (memcmp(a->named[i], d.id, STORE_ID) == 0)
			return true;
	if (a->named_count == ORDER_TARGETS_MAX) {
		reply_error(a->call, FAULT_TOO_MANY_DEVICES, "At most %d devices can be named; use a group.",
			    ORDER_TARGETS_MAX);
		return false;
	}
	memcpy(a->named[a->named_count++], d.id, STORE_ID);
	return aim_add(a, d.id);
}

static bool add_approved(void *arg, const struct registry_device *d)
{
	struct aim *a = arg;

	a->scanned++;
	memcpy(a->last, d->id, STORE_ID);
	return d->state != DEVICE_APPROVED || aim_add(a, d->id);
}

/* All approved devices of a group, or of the fleet (""). */
static bool add_group(struct aim *a, const char *group)
{
	struct api *api = a->call->api;
	unsigned before;

	do {
		before = a->scanned;
		enum err err = registry_device_list(api->env.store, group[0] ? group : NULL, before ? a->last : NULL,
						    STORE_PAGE_MAX, add_approved, a);

		if (err)
			reply_store(a->call, err, "group", group);
		if (a->call->status)
			return false;
	} while (a->scanned > before);
	if (api->order_device_count)
		return true;
	reply_error(a->call, FAULT_NOT_FOUND, "There is no approved device%s%s.", group[0] ? " in group " : "", group);
	return false;
}

static bool read_devices(struct aim *a, json_t *list)
{
	size_t i;
	json_t *name;

	a->kind = ORDER_DEVICES;
	json_array_foreach(list, i, name)
	{
		if (!json_is_string(name)) {
			reply_error(a->call, FAULT_INVALID, "'devices' is not a list of names or ids.");
			return false;
		}
		if (!add_named(a, json_string_value(name)))
			return false;
	}
	if (a->named_count)
		return true;
	reply_error(a->call, FAULT_INVALID, "'devices' is empty.");
	return false;
}

bool aim_read(struct aim *a, json_t *body)
{
	json_t *list = json_object_get(body, "devices");
	bool all;

	if (!body_text(a->call, body, &(struct body_text){"group", a->group, sizeof(a->group), false}) ||
	    !body_flag(a->call, body, "all", &all))
		return false;
	if (!!list + !!a->group[0] + all != 1) {
		reply_error(a->call, FAULT_INVALID, "Say who it is for: one of 'devices', 'group' and 'all'.");
		return false;
	}
	if (list)
		return read_devices(a, list);
	a->kind = all ? ORDER_ALL : ORDER_GROUP;
	return add_group(a, a->group);
}

bool aim_find(struct aim *a)
{
	struct registry_device d;

	if (a->kind != ORDER_DEVICES)
		return add_group(a, a->kind == ORDER_GROUP ? a->group : "");
	for (unsigned i = 0; i < a->named_count; i++) {
		enum err err = registry_device_get(a->call->api->env.store, a->named[i], &d);

		if (err)
			reply_store(a->call, err, "device", "that it names");
		if (err || !is_fit(a->call, &d) || !aim_add(a, d.id))
			return false;
	}
	return true;
}
