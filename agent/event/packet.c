/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of packet events. JSON has the words of the small enumerations, so they are never changed. */
#include "agent/event/kinds.h"

static const char *const actions[PACKET_ACTIONS] = {"hit", "touch", "handshake", "scan", "scans"};

#define AT(member) offsetof(struct event, packet.member)

/* The names in Sigma rules are those of its category "firewall". */
static const struct field fields[] = {
	{.name = "action",
	 .type = FIELD_WORD,
	 .tag = 1,
	 .flags = FIELD_KEY | FIELD_SHOWN,
	 .offset = AT(action),
	 FIELD_WORDS(actions),
	 .sigma = "action",
	 .ocsf = "activity_name"},
	{.name = "protocol",
	 .type = FIELD_WORD,
	 .tag = 2,
	 .flags = FIELD_KEY | FIELD_SHOWN,
	 .offset = AT(protocol),
	 .words = connection_protocols,
	 .words_count = CONNECTION_PROTOCOLS,
	 .sigma = "protocol",
	 .ocsf = "connection_info.protocol_name"},
	{.name = "src",
	 .type = FIELD_ADDR,
	 .tag = 3,
	 .flags = FIELD_KEY | FIELD_SHOWN | FIELD_IS_SRC,
	 .offset = AT(src),
	 .sigma = "src_ip",
	 .ocsf = "src_endpoint.ip"},
	{.name = "src_port",
	 .type = FIELD_U16,
	 .tag = 4,
	 .flags = FIELD_DETAIL,
	 .offset = AT(src_port),
	 .sigma = "src_port",
	 .ocsf = "src_endpoint.port"},
	{.name = "dst",
	 .type = FIELD_ADDR,
	 .tag = 5,
	 .flags = FIELD_KEY | FIELD_SHOWN,
	 .offset = AT(dst),
	 .sigma = "dst_ip",
	 .ocsf = "dst_endpoint.ip"},
	{.name = "dst_port",
	 .type = FIELD_U16,
	 .tag = 6,
	 .flags = FIELD_KEY | FIELD_SHOWN,
	 .offset = AT(dst_port),
	 .sigma = "dst_port",
	 .ocsf = "dst_endpoint.port"},
	{.name = "ports", .type = FIELD_U32, .tag = 7, .offset = AT(ports)},
	{.name = "packets", .type = FIELD_U32, .tag = 8, .offset = AT(packets), .ocsf = "traffic.packets"},
	{.name = "window", .type = FIELD_U32, .tag = 9, .offset = AT(window_s)},
	{.name = "sources", .type = FIELD_U32, .tag = 12, .offset = AT(sources)},
	{.name = "last", .type = FIELD_TIME, .tag = 13, .flags = FIELD_DETAIL, .offset = AT(last_s)},
};

const struct event_row packet_row = {"packet", EVENT_PACKET, 35, FIELD_COUNT(fields), fields, NULL};
