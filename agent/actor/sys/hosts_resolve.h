/* SPDX-License-Identifier: Apache-2.0 */
/* The child that asks the resolver for the addresses of names; see hosts.h. Of builds with RESOLVER. */
#pragma once

#include "agent/actor/sys/hosts.h"

/* Start it; its answer makes h->pipe readable, and h->resolve_us becomes the next time. */
void hosts_resolve_start(struct hosts *h, int64_t mono_us);
