/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of connection events. JSON has the words of the small enumerations, so they are never changed. */
#include "agent/event/kinds.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

const char *const connection_protocols[CONNECTION_PROTOCOLS] = {NULL, "tcp", "udp"};

const char *const connection_sources[CONNECTION_SOURCES] = {NULL, "bpf", "conntrack", "diag"};

static const char *const actions[CONNECTION_ACTIONS] = {"opened", "accepted", "failed", "tried"};

static const char *const directions[CONNECTION_DIRECTIONS] = {NULL, "outgoing", "incoming", "local"};

static const char *const initiated[CONNECTION_INITIATED_WORDS] = {NULL, "true", "false"};

#define AT(member) offsetof(struct event, connection.member)
#define WORDS(list) .words = list, .words_count = COUNT(list)

/* The source's port is no key: it is another one for each connection. */
static const struct field fields[] = {
	{.name = "action",
	 .type = FIELD_WORD,
	 .tag = 1,
	 .flags = FIELD_KEY | FIELD_SHOWN,
	 .offset = AT(action),
	 WORDS(actions),
	 .ocsf = "activity_name"},
	{.name = "direction",
	 .type = FIELD_WORD,
	 .tag = 2,
	 .flags = FIELD_KEY | FIELD_SHOWN,
	 .offset = AT(direction),
	 WORDS(directions),
	 .ocsf = "connection_info.direction"},
	{.name = "protocol",
	 .type = FIELD_WORD,
	 .tag = 3,
	 .flags = FIELD_KEY | FIELD_SHOWN,
	 .offset = AT(protocol),
	 WORDS(connection_protocols),
	 .sigma = "Protocol",
	 .ocsf = "connection_info.protocol_name"},
	{.name = "src",
	 .type = FIELD_ADDR,
	 .tag = 4,
	 .flags = FIELD_KEY | FIELD_SHOWN | FIELD_IS_SRC,
	 .offset = AT(src),
	 .sigma = "SourceIp",
	 .ocsf = "src_endpoint.ip"},
	{.name = "src_port",
	 .type = FIELD_U16,
	 .tag = 5,
	 .flags = FIELD_DETAIL,
	 .offset = AT(src_port),
	 .sigma = "SourcePort",
	 .ocsf = "src_endpoint.port"},
	{.name = "dst",
	 .type = FIELD_ADDR,
	 .tag = 6,
	 .flags = FIELD_KEY | FIELD_SHOWN,
	 .offset = AT(dst),
	 .sigma = "DestinationIp",
	 .ocsf = "dst_endpoint.ip"},
	{.name = "dst_port",
	 .type = FIELD_U16,
	 .tag = 7,
	 .flags = FIELD_KEY | FIELD_SHOWN,
	 .offset = AT(dst_port),
	 .sigma = "DestinationPort",
	 .ocsf = "dst_endpoint.port"},
	{.name = "image",
	 .type = FIELD_BYTES,
	 .tag = 8,
	 .flags = FIELD_KEY | FIELD_SHOWN | FIELD_IS_PROCESS,
	 .offset = AT(image),
	 .sigma = "Image",
	 .ocsf = "actor.process.file.path"},
	{.name = "user",
	 .type = FIELD_TEXT,
	 .tag = 9,
	 .flags = FIELD_SHOWN | FIELD_IS_ACCOUNT,
	 .offset = AT(user),
	 .sigma = "User",
	 .ocsf = "actor.user.name"},
	{.name = "pid",
	 .type = FIELD_U32,
	 .tag = 12,
	 .flags = FIELD_SHOWN,
	 .offset = AT(pid),
	 .sigma = "ProcessId",
	 .ocsf = "actor.process.pid"},
	{.name = "uid",
	 .type = FIELD_TEXT,
	 .tag = 13,
	 .flags = FIELD_KEY | FIELD_DETAIL,
	 .offset = AT(uid),
	 .ocsf = "actor.user.uid"},
	{.name = "name",
	 .type = FIELD_BYTES,
	 .tag = 14,
	 .flags = FIELD_KEY | FIELD_DETAIL,
	 .offset = AT(name),
	 .ocsf = "actor.process.name"},
	{.name = "initiated",
	 .type = FIELD_WORD,
	 .tag = 15,
	 .flags = FIELD_DETAIL,
	 .offset = AT(initiated),
	 WORDS(initiated),
	 .sigma = "Initiated"},
	{.name = "source",
	 .type = FIELD_WORD,
	 .tag = 16,
	 .flags = FIELD_DETAIL,
	 .offset = AT(source),
	 WORDS(connection_sources),
	 .ocsf = "metadata.log_provider"},
	{.name = "hits", .type = FIELD_U32, .tag = 17, .offset = AT(hits)},
	{.name = "last", .type = FIELD_U64, .tag = 18, .flags = FIELD_DETAIL, .offset = AT(last_s)},
};

const struct event_row connection_row = {"connection", EVENT_CONNECTION, 18, COUNT(fields), fields};
