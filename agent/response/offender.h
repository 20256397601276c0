/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sources whose bans ran out. One that comes back is banned twice as long as the last time, up to a limit, since it did
 * not learn; one that stays away for as long as that limit is as good as new. Only bans by rule that ran out count: one
 * that somebody lifted was a mistake, and is forgotten. Bounded; the source that came back longest ago makes room.
 */
#pragma once

#include "agent/base/addr.h"
#include "agent/base/buf.h"
#include "agent/base/hash.h"
#include "agent/base/lru.h"
#include "agent/base/now.h"
#include "agent/base/view.h"

#include <stddef.h>
#include <stdint.h>

#define OFFENDERS_MAX 512u

struct offenders {
	struct lru table;
	const struct hash_key *key;
};

/* Bytes of memory for OFFENDERS_MAX sources. */
size_t offender_size(void);

/* Begin empty in memory of offender_size() bytes. It and the key must outlive the table. */
void offender_init(struct offenders *o, void *memory, const struct hash_key *key);

/*
 * Note that a ban of this address or prefix ran out at that time, CLOCK_BOOTTIME in microseconds. No ban is shorter
 * than a second, so an end less than that behind the last one is the same, told of again.
 */
void offender_note(struct offenders *o, const struct addr *banned, int64_t ended_us);

/* Forget the source: its ban was lifted. */
void offender_forget(struct offenders *o, const struct addr *banned);

/* Forget the source if its last ban ran out longer ago than that: with the next one it begins anew. */
void offender_pardon(struct offenders *o, const struct addr *banned, uint32_t away_s, struct now now);

/* What the settings say of bans, in seconds. */
struct offender_times {
	uint32_t base_s; /* the first one */
	uint32_t max_s;	 /* the longest */
};

/*
 * How many seconds the next ban of a source lasts: base_s, doubled for each ban that ran out, at most max_s and never
 * less than base_s.
 */
uint32_t offender_ban_s(const struct offenders *o, const struct addr *banned, struct offender_times times);

/* Write the table to a saved state; returns how many found no room. */
uint32_t offender_save(const struct offenders *o, struct buf *b, struct now now);

/* Read a saved table, elapsed_us after it was written. What comes back may be damaged. */
void offender_restore(struct offenders *o, struct view *v, struct now now, int64_t elapsed_us);
