/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bans that the core believes in force or wants. The kernel's truth is the actor's; what it tells corrects this
 * table, which answers `local bans`, keeps the core from asking twice, and remembers every ban that was decided until
 * the actor has answered (ban_queue.h keeps their order). An entry that is asked for never makes room for another.
 */
#pragma once

#include "agent/base/addr.h"
#include "agent/base/hash.h"
#include "agent/base/lru.h"
#include "agent/base/now.h"

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

#define BAN_RULE_NONE 0xff
#define BAN_ID 16

struct ban {
	struct addr addr;
	uint8_t state;	     /* enum ban_state */
	uint8_t origin;	     /* enum verb_origin */
	uint8_t rule;	     /* enum settings_rule, or BAN_RULE_NONE */
	uint8_t asked;	     /* enum ban_asked */
	uint8_t tries;	     /* that failed while others succeeded */
	uint32_t duration_s; /* of the one in force */
	int64_t expires_us;  /* monotonic; INT64_MAX: not in force yet */
	int64_t since_wall_us;

	/* While it is asked for. */
	uint32_t wanted_s;
	struct addr src; /* the one address behind it */
	uint8_t incident[BAN_ID];
	uint64_t request_id; /* while BAN_SENT */
	int64_t cause_us, decided_us;
	int64_t due_us;		     /* BAN_WAITS: not before; BAN_SENT: the answer is lost then */
	struct ban *before, *behind; /* in the queue */
};

struct bans {
	struct lru table;
	struct hash_key key;
	int64_t next_expiry_us; /* no earlier one */
};

size_t ban_size(uint32_t bans);
void ban_init(struct bans *b, void *memory, uint32_t bans, struct hash_key key);

/* The ban of exactly this address or prefix, NULL when it has run out or there is none. */
struct ban *ban_find(struct bans *b, const struct addr *addr, struct now now);

/*
 * That, or a new one without anything but its address and since. When the table is full, the oldest one that is not
 * asked for makes room and is counted; NULL when there is none.
 */
struct ban *ban_get(struct bans *b, const struct addr *addr, struct now now);

void ban_set_expiry(struct bans *b, struct ban *ban, int64_t expires_us);

/* Forget one that is not asked for. */
void ban_remove(struct bans *b, struct ban *ban);

/* It is not in force any more: forget it, except that it is asked for. */
void ban_end(struct bans *b, struct ban *ban);

/* End what has run out. */
void ban_expire(struct bans *b, struct now now);
int64_t ban_deadline(const struct bans *b);

/* "asked", "in_force", "observed". */
const char *ban_state_name(uint8_t state);
