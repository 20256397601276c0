/* SPDX-License-Identifier: Apache-2.0 */
/* A listener event: a socket of the device takes what others send to a port. Its rows are in listener.c. */
#pragma once

#include "agent/base/addr.h"
#include "agent/base/str.h"

#include <stdbool.h>
#include <stdint.h>

enum listener_action {
	LISTENER_LISTENS = 0, /* it was there already when the guard began to look */
	LISTENER_OPENED = 1,
	LISTENER_CLOSED = 2, /* no socket listens there any more */
	LISTENER_ACTIONS = 3,
};

struct listener_event {
	uint8_t action;	  /* enum listener_action */
	uint8_t protocol; /* enum connection_protocol */
	uint8_t source;	  /* enum connection_source */
	bool plain;	  /* what it speaks carries passwords or commands unencrypted, and others can reach it */
	struct addr addr; /* :: and 0.0.0.0: any address of the device */
	uint16_t port;
	uint32_t pid;	    /* of the process that listens; 0: not known */
	struct str image;   /* the path of its program; empty: not known */
	struct str name;    /* its name in the process list, which a process may change */
	struct str user;    /* "root", or the number of another user; empty: not known */
	struct str uid;	    /* the same as a number; a text, because 0 has a meaning */
	struct str service; /* "telnet": what is usually spoken there, by the port or the program; empty: not listed */
	uint64_t since_s;   /* when the guard first saw it, seconds since 1970 */
};
