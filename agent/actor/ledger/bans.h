/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bans in force, by address: what the kernel's sets should hold, with who asked and until when. Pure; bounded by
 * MESSAGE_BANS_MAX.
 */
#pragma once

#include "agent/base/addr.h"
#include "agent/base/hash.h"
#include "agent/common/message.h"

#include <stdbool.h>
#include <stdint.h>

#define BANS_BUCKETS (2 * MESSAGE_BANS_MAX)

struct ban {
	struct addr addr;
	uint8_t origin; /* enum verb_origin; 0: found in the kernel, asked for by nobody we know */
	bool seen;	/* scratch of a reconciliation */
	char rule[MESSAGE_RULE_MAX];
	uint8_t incident[MESSAGE_ID];
	uint32_t duration_s; /* as asked: bounds what is left when the clock jumps */
	int64_t expires_mono_us;
	int64_t expires_wall_us;
};

struct bans {
	struct hash_key key;
	unsigned count;
	int64_t earliest_us;		   /* no ban ends before this; INT64_MAX when there is none */
	uint16_t buckets[BANS_BUCKETS];	   /* 1 + index into rows, 0: free */
	struct ban rows[MESSAGE_BANS_MAX]; /* the first `count` are in use, in no order */
};

void bans_init(struct bans *b, struct hash_key key);

/* NULL when there is none for exactly this address or prefix. */
struct ban *bans_find(struct bans *b, const struct addr *a);

/* The one that is there or a new, zeroed one; NULL when full. Set its expiry with bans_expire_at. */
struct ban *bans_put(struct bans *b, const struct addr *a);

void bans_expire_at(struct bans *b, struct ban *ban, int64_t mono_us, int64_t wall_us);

/* The last row takes the place of the removed one: pointers to rows are good until then. */
void bans_remove(struct bans *b, struct ban *ban);

/* One that ended at mono_us, or NULL; then earliest_us is exact. */
struct ban *bans_ended(struct bans *b, int64_t mono_us);
