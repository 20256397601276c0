/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the source of packets tells the packet sensor, and what caltropd gives that source beside the log's socket. The
 * numbers have the machine's own byte order, since nothing of it leaves the machine.
 */
#pragma once

#include "agent/common/settings.h"

#include <stdint.h>

#define PACKET_SAMPLE_VERSION 1

enum packet_sample_kind {
	PACKET_SAMPLE_LOGGED = 1,    /* a packet that the firewall's rules logged */
	PACKET_SAMPLE_CONNECTED = 2, /* remote connected to a decoy of the guard: its address is not forged */
	PACKET_SAMPLE_KINDS = 3,
};

struct packet_sample {
	uint8_t version;    /* PACKET_SAMPLE_VERSION */
	uint8_t kind;	    /* enum packet_sample_kind */
	uint8_t protocol;   /* enum connection_protocol of event/connection.h */
	uint8_t family;	    /* 4 or 6, of both addresses. An IPv4 address may be mapped into IPv6 */
	uint8_t remote[16]; /* who sent it; network order, IPv4 in the first four */
	uint8_t local[16];
	uint16_t remote_port, local_port;
};

#define PACKET_WHY_MAX 316

/* Comes with `decoys` listening sockets (SCM_RIGHTS, unix(7)). */
struct packet_given {
	uint32_t decoys;	  /* at most SETTINGS_DECOYS_MAX */
	char why[PACKET_WHY_MAX]; /* what the device is blind to, and which decoys it cannot have, as a sentence; or
				     empty */
};
