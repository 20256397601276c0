/* SPDX-License-Identifier: Apache-2.0 */
/* Counts the bans of a network's addresses: one look-up for each, and only where the settings want it. Pure. */
#include "agent/response/neighbour.h"

#define HOSTS 256u

struct addr neighbour_net(const struct addr *addr)
{
	return addr_mask(addr, GUEST_PREFIX);
}

static bool counts(const struct response *r, const struct addr *addr)
{
	return r->settings->ban_neighbours && addr->family == 4 && addr->prefix == 32;
}

const struct ban *neighbour_ban(struct response *r, const struct addr *addr, struct now now)
{
	struct addr net = neighbour_net(addr);

	return counts(r, addr) ? ban_find(&r->bans, &net, now) : NULL;
}

/* Of the others that have one. */
static unsigned count(struct response *r, const struct addr *addr, struct now now)
{
	struct addr other = *addr;
	unsigned found = 0;

	for (unsigned host = 0; host < HOSTS; host++) {
		const struct ban *ban;

		other.bytes[3] = (uint8_t)host;
		ban = host == addr->bytes[3] ? NULL : ban_find(&r->bans, &other, now);
		found += ban && ban->origin == ORIGIN_RULE;
	}
	return found;
}

bool neighbour_widens(struct response *r, const struct addr *addr, struct now now)
{
	struct addr net = neighbour_net(addr);

	if (!counts(r, addr) || count(r, addr, now) + 1 < r->settings->ban_neighbours)
		return false;
	if (!guest_none(&r->guests, &net, r->settings->neighbours_quiet_s, now)) {
		r->spared++;
		return false;
	}
	r->neighbours++;
	return true;
}
