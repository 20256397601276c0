/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of module events. JSON has the words of the small enumerations, so they are never changed. */
#include "agent/event/kinds.h"

static const char *const actions[MODULE_ACTIONS] = {"load", "unload"};

#define AT(member) offsetof(struct event, module.member)

static const struct field fields[] = {
	{.name = "action",
	 .type = FIELD_WORD,
	 .tag = 1,
	 .flags = FIELD_KEY | FIELD_SHOWN,
	 .offset = AT(action),
	 FIELD_WORDS(actions),
	 .ocsf = "activity_name"},
	{.name = "name",
	 .type = FIELD_BYTES,
	 .tag = 2,
	 .flags = FIELD_KEY | FIELD_SHOWN,
	 .offset = AT(name),
	 .sigma = "ImageLoaded",
	 .ocsf = "module.file.name"},
	{.name = "foreign", .type = FIELD_FLAG, .tag = 3, .flags = FIELD_KEY, .offset = AT(foreign)},
	{.name = "unsigned", .type = FIELD_FLAG, .tag = 4, .flags = FIELD_KEY, .offset = AT(unsigned_)},
	{.name = "forced", .type = FIELD_FLAG, .tag = 5, .flags = FIELD_KEY, .offset = AT(forced)},
	{.name = "taint", .type = FIELD_TEXT, .tag = 6, .flags = FIELD_KEY, .offset = AT(taint)},
};

const struct event_row module_row = {"module", EVENT_MODULE, 32, FIELD_COUNT(fields), fields, NULL};
