/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of effects in force: what the actor did and has to take back later, by verb and target, with who asked and
 * until when. Pure. It has CONFIG_EFFECTS_MAX rows; it is in static memory, whose pages cost nothing before they are
 * used. A ban takes a row of 60 bytes and 4 in the index. Other effects have members in LEDGER_MORE_MAX further rows.
 */
#pragma once

#include "agent/base/hash.h"
#include "agent/common/message.h"
#include "proto/verb.h"

#include <stdbool.h>
#include <stdint.h>

#define LEDGER_BUCKETS (2 * CONFIG_EFFECTS_MAX) /* at most */
#define LEDGER_BUCKETS_MIN 128u
#define LEDGER_MORE_MAX 32u /* effects that are no bans */
#define LEDGER_UNDO_MAX 512u
#define LEDGER_TICK_US INT64_C(250000) /* ends are kept in these, so that 32 bits hold 34 years of uptime */

/* What an effect has that a ban has not. */
struct effect_more {
	bool used;
	struct verb_args args;
	uint8_t order[MESSAGE_ID]; /* zero: no order asked for it */
	int64_t since_wall_us;
	int64_t end_us;	    /* CLOCK_BOOTTIME when it was to end without its lease; INT64_MAX: no end */
	int64_t confirm_us; /* until when the service has to be heard for the first time; 0: it was heard */
	uint16_t undo_len;
	uint8_t undo[LEDGER_UNDO_MAX]; /* the verb's own record of how to take it back */
};

struct effect {
	uint32_t until_ticks; /* LEDGER_TICK_US since boot; UINT32_MAX: no end */
	uint32_t duration_s;  /* as asked: bounds what is left when the clock jumps; 0: no end */
	uint8_t rule[8];      /* hash_name() of the rule, zero: none */
	uint8_t incident[MESSAGE_ID];
	struct addr addr; /* family 0: the target is in `more` */
	uint8_t verb;	  /* enum verb */
	uint8_t origin;	  /* enum verb_origin; 0: found in the kernel, asked for by nobody we know */
	uint8_t seen;	  /* scratch of a reconciliation */
	uint16_t more;	  /* 1 + index into ledger.more, 0: none */
};

struct ledger {
	struct hash_key key;
	unsigned count;
	unsigned more_count;
	uint32_t earliest_ticks;		/* no effect ends before this */
	unsigned bucket_count;			/* of those below, as many as are in use; it grows with the rows */
	uint16_t buckets[LEDGER_BUCKETS];	/* 1 + index into rows, 0: free */
	struct effect rows[CONFIG_EFFECTS_MAX]; /* the first `count` are in use, in no order */
	struct effect_more more[LEDGER_MORE_MAX];
};

/*
 * Begin empty. The memory has to be zero, as static memory is. The key keeps attackers from choosing addresses that
 * collide.
 */
void ledger_init(struct ledger *l, struct hash_key key);

/* The effect of a verb on the target that args name (args->verb's own parameter); NULL: there is none. */
struct effect *ledger_find(struct ledger *l, const struct verb_args *args);

/* Whether the verb takes an address and a duration alone, as a ban does. */
bool ledger_is_plain(uint16_t verb);

/*
 * The effect on that target, or a new one without an end. NULL: there is no free row, or, for a verb that is not plain,
 * no free one of LEDGER_MORE_MAX. `args` are kept whole unless the verb is plain.
 */
struct effect *ledger_put(struct ledger *l, const struct verb_args *args);

/* Remove a row. The last row takes its place, so pointers to both are not valid any more. */
void ledger_remove(struct ledger *l, struct effect *e);

/* Set when the effect ends: CLOCK_BOOTTIME in microseconds, rounded up to LEDGER_TICK_US; INT64_MAX: never. */
void ledger_end_at(struct ledger *l, struct effect *e, int64_t mono_us);

/* When the effect ends, CLOCK_BOOTTIME; INT64_MAX: never. */
int64_t ledger_end_us(const struct effect *e);

/* An effect whose time was over at mono_us. NULL: there is none, and then ledger_next_us() is exact. */
struct effect *ledger_ended(struct ledger *l, int64_t mono_us);
/* No effect ends before this time, CLOCK_BOOTTIME; INT64_MAX: none ends. It may be earlier than the first end. */
int64_t ledger_next_us(const struct ledger *l);

/* The arguments of the effect's verb, all of them. */
struct verb_args ledger_args(const struct ledger *l, const struct effect *e);

/* How many effects end when the service is not heard. */
unsigned ledger_leases(const struct ledger *l);

/* The members that only few effects have; NULL: this one has none. */
struct effect_more *ledger_more(struct ledger *l, const struct effect *e);
