/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who sent packets to ports that nobody serves, and to which: at most CONFIG_PACKET_SOURCES_MAX sources; then the one
 * whose last packet is the oldest makes room and is counted. Where bans are of IPv6 networks, such a network is one
 * source. Of each source the last PACKET_PORTS_MAX different ports are known, so a window over them slides exactly.
 */
#pragma once

#include "agent/base/addr.h"
#include "agent/base/lru.h"
#include "agent/base/now.h"

#include <stddef.h>
#include <stdint.h>

#define PACKET_PORTS_MAX 32u /* as SETTINGS_SCAN_PORTS_MAX allows rules to count */

struct packet_port {
	uint32_t at_s; /* CLOCK_BOOTTIME of its last packet */
	uint16_t port;
	uint8_t protocol; /* enum connection_protocol */
};

struct packet_source {
	struct addr addr; /* of the last packet */
	uint8_t port_count;
	uint32_t packets;	 /* since it was first seen */
	uint32_t told;		 /* packets at the last event about its scan; 0: there was none */
	uint32_t hits_reported;	 /* events about single packets */
	uint32_t handshakes;	 /* with decoys, since */
	int64_t handshakes_us;	 /* this */
	int64_t last_us;	 /* CLOCK_BOOTTIME of the last packet */
	uint64_t last_s;	 /* the same in seconds since 1970 */
	struct packet_port last; /* of the last packet */
	struct packet_port ports[PACKET_PORTS_MAX];
};

#define PACKET_SOURCES_HEADS (4u * CONFIG_PACKET_SOURCES_MAX + 16u) /* at most, whatever power of two it becomes */
#define PACKET_SOURCES_BYTES (PACKET_SOURCES_HEADS + CONFIG_PACKET_SOURCES_MAX * (sizeof(struct packet_source) + 16u))

struct packet_sources {
	struct lru lru;
	uint8_t prefix6; /* bits of an IPv6 address that are one source */
	uint64_t memory[PACKET_SOURCES_BYTES / sizeof(uint64_t) + 1];
};

/* Begin an empty table. Its pages are written only as it fills. */
void packet_sources_init(struct packet_sources *t, uint8_t prefix6);

/* A packet: who sent it, to which port, and when. */
struct packet_noted {
	const struct addr *addr;
	uint16_t port;
	uint8_t protocol; /* enum connection_protocol */
	struct now now;
};

/* Note a packet, and return its source, which is never NULL. A source that sent nothing for window_us begins anew. */
struct packet_source *packet_sources_note(struct packet_sources *t, const struct packet_noted *packet,
					  int64_t window_us);

/* How many different ports the source tried within the window that ends with its last packet. */
uint32_t packet_sources_ports(const struct packet_source *s, int64_t window_us);

/* Row number `row`, from 0 on, from the oldest; NULL: there are fewer. */
const struct packet_source *packet_sources_at(const struct packet_sources *t, uint32_t row);
