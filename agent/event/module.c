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
	{.name = "image",
	 .type = FIELD_BYTES,
	 .tag = 7,
	 .flags = FIELD_KEY | FIELD_SHOWN | FIELD_IS_PROCESS,
	 .offset = AT(image),
	 .sigma = "Image",
	 .ocsf = "actor.process.file.path"},
	{.name = "user",
	 .type = FIELD_TEXT,
	 .tag = 8,
	 .flags = FIELD_KEY | FIELD_SHOWN | FIELD_IS_ACCOUNT,
	 .offset = AT(user),
	 .sigma = "User",
	 .ocsf = "actor.user.name"},
	{.name = "pid",
	 .type = FIELD_U32,
	 .tag = 9,
	 .flags = FIELD_SHOWN,
	 .offset = AT(pid),
	 .sigma = "ProcessId",
	 .ocsf = "actor.process.pid"},
	{.name = "loginuid",
	 .type = FIELD_TEXT,
	 .tag = 12,
	 .flags = FIELD_KEY | FIELD_SHOWN,
	 .offset = AT(loginuid),
	 .sigma = "LogonId",
	 .ocsf = "actor.process.auid"},
};

const struct event_row module_row = {"module", EVENT_MODULE, 32, FIELD_COUNT(fields), fields, NULL};
