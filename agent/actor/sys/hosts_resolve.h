/* SPDX-License-Identifier: Apache-2.0 */
/* The child that asks the resolver for the addresses of names; see hosts.h. */
#pragma once

#include "agent/actor/sys/hosts.h"

/* Start it; its answer makes h->pipe readable, and h->resolve_us becomes the next time. */
void hosts_resolve_start(struct hosts *h, int64_t mono_us);

/* Whether a name has to be resolved: it is one, and no address. */
bool hosts_is_name(const char *name);

/*
 * Forget addresses of names that there are no more. The service's stay until one of its new names is answered for: an
 * isolation needs them.
 */
void hosts_drop_strangers(const struct hosts *h, struct rails_hosts *out);

/* Whether it is one of never_ban. */
static inline bool hosts_is_friend(unsigned i)
{
	return i >= HOSTS_SERVER_NAMES;
}
