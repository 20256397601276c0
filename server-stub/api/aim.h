/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who an order or an object is for: named devices, a group, or all. The devices are found, and must be approved; their
 * ids are then in api->order_devices until the call is over.
 */
#pragma once

#include "proto/order.h"
#include "server-stub/api/call.h"

#include <jansson.h>

#define AIM_DEVICES_MAX 20000 /* devices that one call may be for */

struct aim {
	struct call *call;
	uint8_t kind; /* enum order_target */
	uint8_t named_count;
	uint8_t named[ORDER_TARGETS_MAX][STORE_ID];
	char group[ORDER_GROUP_MAX];

	/* private */
	unsigned cap, scanned;
	uint8_t last[STORE_ID];
};

/* Read 'devices', 'group' or 'all' of a body, and find the devices. False after an error answer. */
bool aim_read(struct aim *a, json_t *body);

/* Add a device to api->order_devices. False after an error answer. */
bool aim_add(struct aim *a, const uint8_t id[STORE_ID]);

/* Find the devices of an aim whose kind, names and group are set. False after an error answer. */
bool aim_find(struct aim *a);
