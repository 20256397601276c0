/* SPDX-License-Identifier: Apache-2.0 */
/* The table of sources of packets. Never judges how many ports are too many. */
#include "agent/sensors/packet/packet_sources.h"

#include "agent/base/hash.h"
#include "agent/base/require.h"

#include <string.h>

void packet_sources_init(struct packet_sources *t, uint8_t prefix6)
{
	require(lru_size(CONFIG_PACKET_SOURCES_MAX, sizeof(struct packet_source)) <= sizeof(t->memory));
	lru_init(&t->lru, t->memory, CONFIG_PACKET_SOURCES_MAX, sizeof(struct packet_source));
	t->prefix6 = prefix6;
}

static struct addr whole(const struct packet_sources *t, const struct addr *addr)
{
	return addr->family == 6 ? addr_mask(addr, t->prefix6) : *addr;
}

/*
 * The hash needs no secret: addresses are compared, so of two that collide the later one takes the place, and a chain
 * is never longer than the table.
 */
static struct packet_source *find(struct packet_sources *t, const struct addr *addr)
{
	static const struct hash_key open = {0, 0};
	struct addr key = whole(t, addr), known;
	uint64_t hash = hash_bytes(&open, key.bytes, sizeof(key.bytes)) ^ key.family;
	struct packet_source *s = lru_find(&t->lru, hash);

	if (s) {
		known = whole(t, &s->addr);
		if (addr_equal(&known, &key)) {
			lru_touch(&t->lru, s);
			return s;
		}
		lru_remove(&t->lru, s);
	}
	s = lru_add(&t->lru, hash);
	memset(s, 0, sizeof(*s));
	return s;
}

/* A port that was tried before becomes younger; a new one takes a free place, else that of the oldest. */
static void note_port(struct packet_source *s, const struct packet_port *port)
{
	unsigned at = 0;

	for (unsigned i = 0; i < s->port_count; i++) {
		if (s->ports[i].port == port->port && s->ports[i].protocol == port->protocol) {
			s->ports[i].at_s = port->at_s;
			return;
		}
		if (s->ports[i].at_s < s->ports[at].at_s)
			at = i;
	}
	if (s->port_count < PACKET_PORTS_MAX)
		at = s->port_count++;
	s->ports[at] = *port;
}

struct packet_source *packet_sources_note(struct packet_sources *t, const struct packet_noted *packet,
					  int64_t window_us)
{
	struct packet_source *s = find(t, packet->addr);

	if (s->packets > 0 && packet->now.mono_us - s->last_us > window_us)
		memset(s, 0, sizeof(*s));
	s->addr = *packet->addr;
	s->last = (struct packet_port){(uint32_t)(packet->now.mono_us / SECOND_US), packet->port, packet->protocol};
	note_port(s, &s->last);
	s->last_us = packet->now.mono_us;
	s->last_s = (uint64_t)(packet->now.wall_us / SECOND_US);
	s->packets += s->packets < UINT32_MAX;
	return s;
}

uint32_t packet_sources_ports(const struct packet_source *s, int64_t window_us)
{
	uint32_t count = 0, window_s = (uint32_t)(window_us / SECOND_US);

	for (unsigned i = 0; i < s->port_count; i++)
		count += s->last.at_s - s->ports[i].at_s <= window_s;
	return count;
}

const struct packet_source *packet_sources_at(const struct packet_sources *t, uint32_t row)
{
	const void *s = lru_oldest(&t->lru);

	while (s && row-- > 0)
		s = lru_newer(&t->lru, s);
	return s;
}
