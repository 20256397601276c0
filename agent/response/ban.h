/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bans that the core believes in force or has asked for. The kernel's truth is the actor's; what it tells
 * corrects this table, which exists to answer `local bans` and to not ask twice.
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
	BAN_ASKED = 1,		/* no receipt yet */
	BAN_IN_FORCE = 2,	/* by a receipt */
	BAN_OBSERVED = 3,	/* observe mode: would be in force */
	BAN_TOLD = 4,		/* the actor says that it is in force; this core has no receipt for it */
	BAN_RESTORED = 5,	/* the saved state says so; the actor has not confirmed it yet */
};

#define BAN_RULE_NONE 0xff

struct ban {
	struct addr addr;
	uint8_t state;			/* enum ban_state */
	uint8_t origin;			/* enum verb_origin */
	uint8_t rule;			/* enum settings_rule, or BAN_RULE_NONE */
	uint32_t duration_s;
	int64_t expires_us;		/* monotonic */
	int64_t since_wall_us;
};

struct bans {
	struct lru table;
	struct hash_key key;
	int64_t next_expiry_us;		/* no earlier one */
};

size_t ban_size(uint32_t bans);
void ban_init(struct bans *b, void *memory, uint32_t bans, struct hash_key key);

/* The ban of exactly this address or prefix, NULL when it has run out or there is none. */
struct ban *ban_find(struct bans *b, const struct addr *addr, struct now now);

/* That, or a new one without anything but its address and since. */
struct ban *ban_get(struct bans *b, const struct addr *addr, struct now now);

void ban_set_expiry(struct bans *b, struct ban *ban, int64_t expires_us);
void ban_remove(struct bans *b, struct ban *ban);

/* Drop what has run out. */
void ban_expire(struct bans *b, struct now now);
int64_t ban_deadline(const struct bans *b);

/* "asked", "in_force", "observed". */
const char *ban_state_name(uint8_t state);
