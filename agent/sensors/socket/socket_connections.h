/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connections that the guard has seen, counted: those of one program and user between the same two ends (whatever the
 * port of the one that began them) are one row. At most CONFIG_CONNECTIONS_MAX; then the row whose last connection is
 * the oldest makes room and is counted.
 */
#pragma once

#include "agent/base/lru.h"
#include "agent/event/connection.h"
#include "agent/sensors/socket/socket_owner.h"

#include <stddef.h>
#include <stdint.h>

/* What makes two connections one row. All bytes of it count, so it begins as zeros; the owner's pid is 0. */
struct socket_connection_key {
	struct addr src, dst;
	uint16_t dst_port;
	uint8_t action, direction, protocol, source; /* as in event/connection.h */
	struct socket_owner owner;
};

struct socket_connection {
	struct socket_connection_key key;
	uint32_t pid; /* of the last one's owner */
	uint16_t src_port;
	uint32_t hits;
	uint64_t last_s; /* seconds since 1970 */
};

#define SOCKET_CONNECTIONS_HEADS (4u * CONFIG_CONNECTIONS_MAX + 16u)
#define SOCKET_CONNECTIONS_BYTES \
	(SOCKET_CONNECTIONS_HEADS + CONFIG_CONNECTIONS_MAX * (sizeof(struct socket_connection) + 16u))

struct socket_connections {
	struct lru lru;
	uint64_t memory[SOCKET_CONNECTIONS_BYTES / sizeof(uint64_t) + 1];
};

/* Begin an empty table. Its pages are written only as it fills. */
void socket_connections_init(struct socket_connections *t);

/* Count one; the row's other members are the caller's to set. Never NULL. */
struct socket_connection *socket_connections_count(struct socket_connections *t,
						   const struct socket_connection_key *key);

/* Row number `row`, from 0 on, from the oldest; NULL: there are fewer. */
const struct socket_connection *socket_connections_at(const struct socket_connections *t, uint32_t row);
