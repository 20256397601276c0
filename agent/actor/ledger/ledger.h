/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The effects in force: what the actor did that has to be taken back some time, by verb and target, with who asked and
 * until when. Pure. The table is bounded by CONFIG_EFFECTS_MAX, and takes no memory before it is used. A ban is a row
 * of 60 bytes and 4 in the index; what only few effects have is in LEDGER_MORE_MAX further rows.
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

/* The memory has to be zero, as static memory is. */
void ledger_init(struct ledger *l, struct hash_key key);

/* The effect of a verb on the target that args name (args->verb's own parameter); NULL: there is none. */
struct effect *ledger_find(struct ledger *l, const struct verb_args *args);

/*
 * The one that is there or a new one without an end. NULL: the table is full, or the few rows of what is no ban are.
 * `args` are kept whole where they hold more than an address and a duration.
 */
struct effect *ledger_put(struct ledger *l, const struct verb_args *args);

/* The last row takes the place of the removed one: pointers to rows are good until then. */
void ledger_remove(struct ledger *l, struct effect *e);

/* Set when it ends, CLOCK_BOOTTIME, rounded up to LEDGER_TICK_US; INT64_MAX: never. */
void ledger_end_at(struct ledger *l, struct effect *e, int64_t mono_us);

/* When it ends; INT64_MAX: never. */
int64_t ledger_end_us(const struct effect *e);

/* One whose time was over at mono_us, or NULL; then ledger_next_us is exact. */
struct effect *ledger_ended(struct ledger *l, int64_t mono_us);
int64_t ledger_next_us(const struct ledger *l);

/* Its arguments, whole. */
struct verb_args ledger_args(const struct ledger *l, const struct effect *e);

/* How many effects end when the service is not heard. */
unsigned ledger_leases(const struct ledger *l);

/* What only few have; NULL: it has none. */
struct effect_more *ledger_more(struct ledger *l, const struct effect *e);
