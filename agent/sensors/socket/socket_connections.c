/* SPDX-License-Identifier: Apache-2.0 */
/* The table of connections, by what makes two of them one. Never knows which of them still are. */
#include "agent/sensors/socket/socket_connections.h"

#include "agent/base/hash.h"
#include "agent/base/require.h"

#include <string.h>

void socket_connections_init(struct socket_connections *t)
{
	require(lru_size(CONFIG_CONNECTIONS_MAX, sizeof(struct socket_connection)) <= sizeof(t->memory));
	lru_init(&t->lru, t->memory, CONFIG_CONNECTIONS_MAX, sizeof(struct socket_connection));
}

/*
 * The hash needs no secret: keys are compared whole, so of two that collide the later one takes the place, and a chain
 * is never longer than the table.
 */
struct socket_connection *socket_connections_count(struct socket_connections *t,
						   const struct socket_connection_key *key)
{
	static const struct hash_key open = {0, 0};
	uint64_t hash = hash_bytes(&open, key, sizeof(*key));
	struct socket_connection *c = lru_find(&t->lru, hash);

	if (c && memcmp(&c->key, key, sizeof(*key)) != 0) {
		lru_remove(&t->lru, c);
		c = NULL;
	}
	if (!c) {
		c = lru_add(&t->lru, hash);
		memcpy(&c->key, key, sizeof(*key));
	}
	lru_touch(&t->lru, c);
	c->hits++;
	return c;
}

const struct socket_connection *socket_connections_at(const struct socket_connections *t, uint32_t row)
{
	const void *c = lru_oldest(&t->lru);

	while (c && row-- > 0)
		c = lru_newer(&t->lru, c);
	return c;
}
