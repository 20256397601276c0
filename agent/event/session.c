/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of session events. JSON has the words of the small enumerations, so they are never changed. */
#include "agent/event/kinds.h"

static const char *const actions[SESSION_ACTIONS] = {"begin", "end", "refused"};

static const char *const sources[SESSION_SOURCES] = {NULL, "wtmp", "logind"};

#define AT(member) offsetof(struct event, session.member)

static const struct field fields[] = {
	{.name = "action",
	 .type = FIELD_WORD,
	 .tag = 1,
	 .flags = FIELD_KEY | FIELD_SHOWN,
	 .offset = AT(action),
	 FIELD_WORDS(actions),
	 .ocsf = "activity_name"},
	{.name = "user",
	 .type = FIELD_BYTES,
	 .tag = 2,
	 .flags = FIELD_KEY | FIELD_SHOWN | FIELD_IS_ACCOUNT,
	 .offset = AT(user),
	 .sigma = "User",
	 .ocsf = "user.name"},
	{.name = "src",
	 .type = FIELD_ADDR,
	 .tag = 3,
	 .flags = FIELD_KEY | FIELD_SHOWN | FIELD_IS_SRC,
	 .offset = AT(src),
	 .sigma = "SourceIp",
	 .ocsf = "src_endpoint.ip"},
	{.name = "src_host",
	 .type = FIELD_BYTES,
	 .tag = 4,
	 .flags = FIELD_KEY,
	 .offset = AT(host),
	 .ocsf = "src_endpoint.hostname"},
	{.name = "tty",
	 .type = FIELD_BYTES,
	 .tag = 5,
	 .flags = FIELD_KEY | FIELD_SHOWN,
	 .offset = AT(tty),
	 .ocsf = "session.terminal"},
	{.name = "service",
	 .type = FIELD_BYTES,
	 .tag = 6,
	 .flags = FIELD_KEY,
	 .offset = AT(service),
	 .ocsf = "service.name"},
	{.name = "id", .type = FIELD_BYTES, .tag = 7, .flags = FIELD_DETAIL, .offset = AT(id), .ocsf = "session.uid"},
	{.name = "pid",
	 .type = FIELD_U32,
	 .tag = 8,
	 .flags = FIELD_DETAIL,
	 .offset = AT(pid),
	 .ocsf = "actor.process.pid"},
	{.name = "source",
	 .type = FIELD_WORD,
	 .tag = 9,
	 .flags = FIELD_DETAIL,
	 .offset = AT(source),
	 FIELD_WORDS(sources),
	 .ocsf = "metadata.log_provider"},
};

const struct event_row session_row = {"session", EVENT_SESSION, 34, FIELD_COUNT(fields), fields, NULL};
