/* SPDX-License-Identifier: Apache-2.0 */
/* A connection event: somebody connected, to the device or from it. Its rows are in connection.c. */
#pragma once

#include "agent/base/addr.h"
#include "agent/base/str.h"

#include <stdint.h>

enum connection_action {
	CONNECTION_OPENED = 0,	 /* the device connected to another end, or sent it the first datagram */
	CONNECTION_ACCEPTED = 1, /* another end connected to the device, or sent it the first datagram */
	CONNECTION_FAILED = 2,	 /* the device tried to connect, and was refused or heard nothing */
	CONNECTION_TRIED = 3,	 /* the first packet of a connection was seen; whether it got through is not known */
	CONNECTION_ACTIONS = 4,
};

/* As Sigma asks: whether the device began it. A text, because rules ask for "false", too. */
enum connection_initiated {
	CONNECTION_INITIATED_NONE = 0,
	CONNECTION_INITIATED_YES = 1,
	CONNECTION_INITIATED_NO = 2,
	CONNECTION_INITIATED_WORDS = 3,
};

enum connection_direction {
	CONNECTION_DIRECTION_NONE = 0,
	CONNECTION_OUTGOING = 1,
	CONNECTION_INCOMING = 2,
	CONNECTION_LOCAL = 3, /* both ends are the device's own */
	CONNECTION_DIRECTIONS = 4,
};

/* Of connections and of listeners. */
enum connection_protocol {
	CONNECTION_PROTOCOL_NONE = 0,
	CONNECTION_TCP = 1,
	CONNECTION_UDP = 2,
	CONNECTION_PROTOCOLS = 3,
};

/* What told of it. What a source cannot know is empty. Of connections and of listeners. */
enum connection_source {
	CONNECTION_SOURCE_NONE = 0,
	CONNECTION_SOURCE_BPF = 1,
	CONNECTION_SOURCE_CONNTRACK = 2, /* it knows no process */
	CONNECTION_SOURCE_DIAG = 3,	 /* a look at the kernel's list of sockets */
	CONNECTION_SOURCES = 4,
};

/* The words of the three, by value. */
extern const char *const connection_protocols[CONNECTION_PROTOCOLS];
extern const char *const connection_sources[CONNECTION_SOURCES];

/*
 * The end that began it is src, the other one dst. The owner is the process that connected, or the one that listens:
 * whether that handed the connection on to another is not known. Nothing of an owner is guessed; it is empty then.
 */
struct connection_event {
	uint8_t action;	   /* enum connection_action */
	uint8_t direction; /* enum connection_direction */
	uint8_t protocol;  /* enum connection_protocol */
	uint8_t initiated; /* enum connection_initiated */
	uint8_t source;	   /* enum connection_source */
	struct addr src, dst;
	uint16_t src_port, dst_port;
	uint32_t pid;	  /* of the owner; 0: not known */
	struct str image; /* the path of the owner's program; empty: not known */
	struct str name;  /* the owner's name in the process list, which a process may change */
	struct str user;  /* of the owner: "root", or the number of another user; empty: not known */
	struct str uid;	  /* the same as a number; a text, because 0 has a meaning */
	uint64_t last_s;  /* in tables: when the last of them began, seconds since 1970; 0: no value */
	uint32_t hits;	  /* in tables: how many there were; 0: no value */
};
