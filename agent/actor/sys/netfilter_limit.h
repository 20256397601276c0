/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Limits of packets a second, by the address or network that they come from. One limit is one bucket, also for a
 * network: its hosts share it.
 */
#pragma once

#include "agent/actor/sys/netfilter.h"
#include "agent/base/addr.h"
#include "agent/base/err.h"

#include <stdint.h>

#define NETFILTER_LIMITS_MAX 32 /* each packet that comes in is compared with all of them */

struct netfilter_limit {
	struct addr addr;
	uint32_t rate; /* packets a second, 1 or more; as many may come at once */
};

/* The highest rate that can be counted, in packets a second. */
uint32_t netfilter_limit_rate_max(const struct netfilter *n);

/*
 * Put exactly these in force, at once; buckets begin anew. ERR_UNSUPPORTED: this kernel lacks what it takes. ERR_FULL:
 * more than NETFILTER_LIMITS_MAX.
 */
ERR_CHECK enum err netfilter_limit_set(struct netfilter *n, const struct netfilter_limit *list, unsigned count);

/* Read all of it back: ERR_OK when exactly these are in force, ERR_UNVERIFIED when others are. */
ERR_CHECK enum err netfilter_limit_check(struct netfilter *n, const struct netfilter_limit *list, unsigned count);
