/* SPDX-License-Identifier: Apache-2.0 */
/* Names among what rails spare; see hosts.h. */
#pragma once

#include "agent/actor/sys/hosts.h"

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
