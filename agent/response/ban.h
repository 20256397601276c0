/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The core's table of bans: those that are in force as far as it knows, and those that it asks the actor for. The actor
 * knows what the kernel holds, and its messages correct this table. The table answers `local bans`, keeps the core from
 * asking twice, and keeps every decided ban until the actor has answered (ban_queue.h has their order). An entry that
 * is asked for never makes room for another.
 */
#pragma once

#include "agent/base/addr.h"
#include "agent/base/hash.h"
#include "agent/base/lru.h"
#include "agent/base/now.h"
#include "agent/response/offender.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ban_state {
	BAN_ASKED = 1,	  /* no receipt yet */
	BAN_IN_FORCE = 2, /* by a receipt */
	BAN_OBSERVED = 3, /* observe mode: would be in force */
	BAN_REPORTED = 4, /* the actor says that it is in force; this core has no receipt for it */
	BAN_RESTORED = 5, /* the saved state says so; the actor has not confirmed it yet */
};

/* Where an entry stands in the queue of those that the actor is asked for. */
enum ban_asked {
	BAN_NOT_ASKED,
	BAN_WAITS, /* for its turn */
	BAN_SENT,  /* for the receipt */
};

#define BAN_ID 16

struct ban {
	uint64_t rule; /* hash of the rule's id (rules/rule_set.h); 0: none */
	struct addr addr;
	uint8_t state;	     /* enum ban_state */
	uint8_t origin;	     /* enum verb_origin */
	uint8_t asked;	     /* enum ban_asked */
	uint8_t tries;	     /* tries of this ban that failed while others succeeded */
	uint32_t duration_s; /* of the ban in force */
	int64_t expires_us;  /* monotonic; INT64_MAX: not in force yet */
	int64_t since_wall_us;

	/* Valid while the ban is asked for. */
	uint32_t wanted_s;
	struct addr src; /* the address whose attempts caused it, where addr is a network */
	uint8_t incident[BAN_ID];
	uint64_t request_id; /* while BAN_SENT */
	int64_t cause_us, decided_us;
	int64_t due_us;		     /* BAN_WAITS: not sent before; BAN_SENT: the answer counts as lost then */
	struct ban *before, *behind; /* in the queue */
};

struct bans {
	struct lru table;
	struct hash_key key;
	struct offenders offenders;
	int64_t next_expiry_us; /* no ban ends before this time */
};

/* Bytes of memory for a table of `bans`. */
size_t ban_size(uint32_t bans);

/* Begin empty in memory of ban_size(bans) bytes, which must outlive the table. */
void ban_init(struct bans *b, void *memory, uint32_t bans, struct hash_key key);

/* The ban of exactly this address or prefix, NULL when it has run out or there is none. */
struct ban *ban_find(struct bans *b, const struct addr *addr, struct now now);

/*
 * The ban of exactly this address or prefix, or a new entry in which only addr and since_wall_us are set. When the
 * table is full, the oldest entry that is not asked for makes room, and is counted; NULL when every entry is asked for.
 */
struct ban *ban_get(struct bans *b, const struct addr *addr, struct now now);

/* Set when the ban ends: CLOCK_BOOTTIME in microseconds, INT64_MAX while it is not in force. */
void ban_set_expiry(struct bans *b, struct ban *ban, int64_t expires_us);

/* Remove an entry. It must not be asked for (ban_queue_leave). */
void ban_remove(struct bans *b, struct ban *ban);

/* Note that a ban is no longer in force: the entry is removed, or stays only as one that is asked for. */
void ban_end(struct bans *b, struct ban *ban);

/* Call ban_end() for every ban whose time is over; its source is an offender then. */
void ban_expire(struct bans *b, struct now now);

/* When to call ban_expire() next, CLOCK_BOOTTIME; INT64_MAX: no ban ends. */
int64_t ban_deadline(const struct bans *b);

/* "asked", "in_force", "observed". */
const char *ban_state_name(uint8_t state);
