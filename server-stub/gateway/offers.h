/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The addresses that whole groups are to ban now (ingest/crowd.h), for devices that connect later. Pure. A bounded
 * list, the oldest goes first; a device that misses one bans the address by itself when it is attacked. The store has
 * them, too, and the follower offers them anew after a start of the service (crowds.h).
 */
#pragma once

#include "agent/base/addr.h"
#include "server-stub/store/store_crowd.h"

#include <stdbool.h>
#include <stdint.h>

#define OFFERS_MAX STORE_CROWD_OFFERS

struct offer {
	uint64_t group; /* hash_name() of it */
	struct addr addr;
	int64_t until_us; /* wall time */
};

struct offers {
	unsigned next;
	struct offer rows[OFFERS_MAX];
};

/* Keep one; one of the same group and address takes its place. */
void offers_put(struct offers *o, const struct offer *offer);

/* The next one for that group that is not over, from row *at on; *at begins with 0. NULL: there is none. */
const struct offer *offers_next(const struct offers *o, unsigned *at, uint64_t group, int64_t wall_us);

/* For how many seconds it still is, at least 1. */
uint32_t offers_left_s(const struct offer *offer, int64_t wall_us);
