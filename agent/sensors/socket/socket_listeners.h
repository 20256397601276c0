/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sockets that take what others send to a port: at most CONFIG_LISTENERS_MAX; one for which there is no room is
 * counted. A listener is the kernel's number of its socket (a cookie), so one that begins anew is another one.
 */
#pragma once

#include "agent/base/lru.h"
#include "agent/sensors/socket/socket_owner.h"
#include "agent/sensors/socket/socket_text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct socket_listener {
	struct addr addr;
	uint16_t port;
	uint8_t protocol; /* enum connection_protocol */
	uint8_t action;	  /* enum listener_action, of the event that tells of it */
	bool pending;	  /* it may be a client's socket: nobody was told of it yet */
	uint8_t source;	  /* enum connection_source */
	int64_t first_us; /* when it was first seen */
	uint32_t look;	  /* the last one that showed it; 0: none yet */
	uint64_t since_s; /* seconds since 1970 */
	struct socket_owner owner;
};

#define SOCKET_LISTENERS_HEADS (4u * CONFIG_LISTENERS_MAX + 16u) /* at most, whatever power of two it becomes */
#define SOCKET_LISTENERS_BYTES (SOCKET_LISTENERS_HEADS + CONFIG_LISTENERS_MAX * (sizeof(struct socket_listener) + 16u))

struct socket_listeners {
	struct lru lru;	 /* the oldest is the first that was seen */
	uint64_t unseen; /* how often there was no room for one */
	uint64_t memory[SOCKET_LISTENERS_BYTES / sizeof(uint64_t) + 1];
};

/* Begin an empty table. Its pages are written only as it fills. */
void socket_listeners_init(struct socket_listeners *t);

/* The socket of that cookie; NULL: it is not in the table. */
struct socket_listener *socket_listeners_find(const struct socket_listeners *t, uint64_t cookie);

/* Add it, all zeros. NULL: there is no room. */
struct socket_listener *socket_listeners_add(struct socket_listeners *t, uint64_t cookie);

void socket_listeners_remove(struct socket_listeners *t, struct socket_listener *l);

/* Who takes what is sent to that address and port; one bound to the address is preferred. NULL: nobody is known. */
const struct socket_listener *socket_listeners_at(const struct socket_listeners *t, uint8_t protocol,
						  const struct addr *addr, uint16_t port);

/* Walk the table from the first that was seen; NULL: the begin, and there are no more. */
struct socket_listener *socket_listeners_next(const struct socket_listeners *t, const struct socket_listener *l);
