/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The IPv4 networks of /24 from which somebody logged in: who bans one whole bans everybody in it, and behind a
 * carrier's NAT those are strangers to each other. It answers only what it is sure of. What it knows began at a time,
 * and the network whose last log-in is the longest ago makes room, which is remembered for all that were forgotten.
 */
#pragma once

#include "agent/base/addr.h"
#include "agent/base/buf.h"
#include "agent/base/hash.h"
#include "agent/base/lru.h"
#include "agent/base/now.h"
#include "agent/base/view.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GUESTS_MAX 256u
#define GUEST_PREFIX 24 /* bits of the networks */

struct guests {
	struct lru table;
	const struct hash_key *key;
	int64_t since_us;  /* log-ins are known from then on, CLOCK_BOOTTIME; INT64_MAX: nobody has looked yet */
	int64_t forgot_us; /* the last log-in of those that made room; INT64_MIN: none did */
};

/* Bytes of memory for GUESTS_MAX networks. */
size_t guest_size(void);

/* Begin empty in memory of guest_size() bytes. It and the key must outlive the table. */
void guest_init(struct guests *g, void *memory, const struct hash_key *key);

/* From now on log-ins are told of, or from before on. */
void guest_watch(struct guests *g, struct now now);

/* Somebody logged in from the address at that time. Only IPv4 is kept. */
void guest_note(struct guests *g, const struct addr *src, int64_t mono_us);

/*
 * Whether it is sure that nobody logged in from the network of GUEST_PREFIX bits within the last quiet_s. Only time in
 * which a guard ran counts.
 */
bool guest_none(const struct guests *g, const struct addr *net, uint32_t quiet_s, struct now now);

/* Write the table to a saved state; returns how many found no room, which are as good as forgotten. */
uint32_t guest_save(const struct guests *g, struct buf *b, struct now now);

/* Read a saved table. What comes back may be damaged. */
void guest_restore(struct guests *g, struct view *v, struct now now);
