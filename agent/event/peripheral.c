/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of peripheral events. JSON has the words of the small enumerations, so they are never changed. */
#include "agent/event/kinds.h"

static const char *const actions[PERIPHERAL_ACTIONS] = {"attach", "detach"};

static const char *const classes[PERIPHERAL_CLASSES] = {NULL,	 "keyboard", "hid", "storage",	 "network", "audio",
							"video", "printer",  "hub", "smartcard", "other"};

#define AT(member) offsetof(struct event, peripheral.member)

static const struct field fields[] = {
	{.name = "action",
	 .type = FIELD_WORD,
	 .tag = 1,
	 .flags = FIELD_KEY | FIELD_SHOWN,
	 .offset = AT(action),
	 FIELD_WORDS(actions),
	 .ocsf = "activity_name"},
	{.name = "class",
	 .type = FIELD_WORD,
	 .tag = 2,
	 .flags = FIELD_KEY | FIELD_SHOWN,
	 .offset = AT(class),
	 FIELD_WORDS(classes),
	 .ocsf = "device.type"},
	{.name = "vendor",
	 .type = FIELD_TEXT,
	 .tag = 3,
	 .flags = FIELD_KEY | FIELD_SHOWN,
	 .offset = AT(vendor),
	 .ocsf = "device.vendor_name"},
	{.name = "product",
	 .type = FIELD_TEXT,
	 .tag = 4,
	 .flags = FIELD_KEY | FIELD_SHOWN,
	 .offset = AT(product),
	 .ocsf = "device.model"},
	{.name = "name",
	 .type = FIELD_BYTES,
	 .tag = 5,
	 .flags = FIELD_KEY | FIELD_SHOWN,
	 .offset = AT(name),
	 .ocsf = "device.name"},
	{.name = "serial",
	 .type = FIELD_BYTES,
	 .tag = 6,
	 .flags = FIELD_KEY,
	 .offset = AT(serial),
	 .ocsf = "device.uid"},
	{.name = "port", .type = FIELD_BYTES, .tag = 7, .flags = FIELD_KEY, .offset = AT(port)},
};

const struct event_row peripheral_row = {"peripheral", EVENT_PERIPHERAL, 33, FIELD_COUNT(fields), fields, NULL};
