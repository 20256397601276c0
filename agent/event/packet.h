/* SPDX-License-Identifier: Apache-2.0 */
/* A packet event: somebody sent packets to ports of the device that nobody serves. Its rows are in packet.c. */
#pragma once

#include "agent/base/addr.h"

#include <stdint.h>

enum packet_action {
	PACKET_HIT = 0,	  /* a packet came to a port that nobody serves */
	PACKET_TOUCH = 1, /* a first packet came to a decoy port, or a connection that does not count alone */
	PACKET_HANDSHAKE =
		2,	  /* src connected to a decoy, as often as the rule counts: it can hear the device's answers */
	PACKET_SCAN = 3,  /* src tried `ports` different ports within `window` */
	PACKET_SCANS = 4, /* more sources scan than are told of one by one */
	PACKET_ACTIONS = 5,
};

/*
 * Anybody can write any address as the source of a packet. Only a PACKET_HANDSHAKE proves that src is who sent it,
 * because the connection came about with a number that only src was told.
 */
struct packet_event {
	uint8_t action;	      /* enum packet_action */
	uint8_t protocol;     /* enum connection_protocol, of the last packet */
	struct addr src, dst; /* dst: the device's address */
	uint16_t src_port, dst_port;
	uint32_t ports; /* SCAN, and in tables: different ones within the window, PACKET_PORTS_MAX or more being that */
	uint32_t packets;  /* SCAN, and in tables: that were looked at since src was first seen */
	uint32_t window_s; /* SCAN: seconds */
	uint32_t sources;  /* SCANS: that were not told of */
	uint64_t last_s;   /* in tables: when the last packet came, seconds since 1970 */
};
