/* SPDX-License-Identifier: Apache-2.0 */
/* What isolation passes, for whoever ends the other connections; the same by every packet filter. */
#include "agent/actor/sys/isolate.h"

#define DNS_PORT 53

static bool listed(const struct addr *list, unsigned count, const struct addr *a)
{
	for (unsigned i = 0; i < count; i++)
		if (addr_contains(&list[i], a))
			return true;
	return false;
}

bool isolate_passes(const struct isolate_filter *f, const struct isolate_peer *peer)
{
	if (listed(f->nets, f->net_count, &peer->addr))
		return true;
	if (peer->port == f->service_port && listed(f->service, f->service_count, &peer->addr))
		return true;
	return peer->port == DNS_PORT && (f->dns || peer->uid == f->guard_uid) &&
	       listed(f->resolvers, f->resolver_count, &peer->addr);
}
