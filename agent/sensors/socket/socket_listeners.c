/* SPDX-License-Identifier: Apache-2.0 */
/* The table of listeners, by cookie. Never asks whether one still listens: it is told. */
#include "agent/sensors/socket/socket_listeners.h"

#include "agent/base/require.h"

#include <string.h>

void socket_listeners_init(struct socket_listeners *t)
{
	require(lru_size(CONFIG_LISTENERS_MAX, sizeof(struct socket_listener)) <= sizeof(t->memory));
	lru_init(&t->lru, t->memory, CONFIG_LISTENERS_MAX, sizeof(struct socket_listener));
	t->unseen = 0;
}

struct socket_listener *socket_listeners_find(const struct socket_listeners *t, uint64_t cookie)
{
	return lru_find(&t->lru, cookie);
}

struct socket_listener *socket_listeners_add(struct socket_listeners *t, uint64_t cookie)
{
	if (lru_full(&t->lru)) {
		t->unseen++;
		return NULL;
	}
	return lru_add(&t->lru, cookie);
}

void socket_listeners_remove(struct socket_listeners *t, struct socket_listener *l)
{
	lru_remove(&t->lru, l);
}

static bool is_any(const struct addr *a)
{
	static const uint8_t zero[sizeof(a->bytes)];

	return memcmp(a->bytes, zero, sizeof(zero)) == 0;
}

const struct socket_listener *socket_listeners_at(const struct socket_listeners *t, uint8_t protocol,
						  const struct addr *addr, uint16_t port)
{
	const struct socket_listener *any = NULL;

	for (const struct socket_listener *l = NULL; (l = socket_listeners_next(t, l)) != NULL;) {
		if (l->protocol != protocol || l->port != port)
			continue;
		if (addr_equal(&l->addr, addr))
			return l;
		/* [::] takes IPv4, too, unless 0.0.0.0 has another owner. */
		if (is_any(&l->addr) && (l->addr.family == addr->family || (l->addr.family == 6 && !any)))
			any = l;
	}
	return any;
}

struct socket_listener *socket_listeners_next(const struct socket_listeners *t, const struct socket_listener *l)
{
	return l ? lru_newer(&t->lru, l) : lru_oldest(&t->lru);
}
