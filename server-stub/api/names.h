/* SPDX-License-Identifier: Apache-2.0 */
/* The names and groups of devices by id, kept for half a minute, because lists of events and receipts ask for the same
 * few. */
#pragma once

#include "agent/base/json.h"
#include "server-stub/api/call.h"

#include <stdbool.h>
#include <stdint.h>

#define NAMES_MAX 16384 /* 2.5 MiB when all are used */

struct names_entry {
	uint8_t id[STORE_ID];
	char name[STORE_NAME_MAX], group[STORE_NAME_MAX];
	int64_t until_us;
};

/* Write "device": id and "device_name": name or null. */
void names_put(struct api *api, struct json *j, const uint8_t id[STORE_ID]);

/* Whether the device is in the group, as of half a minute ago at most. */
bool names_in_group(struct api *api, const uint8_t id[STORE_ID], const char *group);
