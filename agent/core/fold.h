/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeps a flood of log lines from becoming a flood of records. The first event of its kind (service, source, user,
 * outcome) goes out at once, successes always do; repetitions within some seconds become one record with a count.
 * Beyond a rate of records, events only count towards those; beyond the table's size they are dropped, and counted.
 */
#pragma once

#include "agent/base/hash.h"
#include "agent/base/lru.h"
#include "agent/base/now.h"
#include "agent/base/str.h"
#include "agent/event/event.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FOLD_US (5 * SECOND_US)
#define FOLD_BURST 200u	  /* records that may go out at once */
#define FOLD_RATE 50u	  /* records a second after that */
#define FOLD_TEXT_MAX 80u /* bytes of user and host kept */

/* Repetitions of one event, put together. */
struct folded {
	struct auth_event event;
	uint32_t count;
	char text[FOLD_TEXT_MAX]; /* the event's user and host */
};

struct fold {
	struct lru table; /* oldest: folded first */
	struct hash_key key;
	uint32_t waiting;   /* entries with repetitions to tell */
	uint32_t credit;    /* records that may go out */
	int64_t credit_us;  /* as of then */
	uint64_t dropped;   /* events, since they were last told */
	int64_t dropped_us; /* when that was */
	uint64_t dropped_all;
};

size_t fold_size(uint32_t folds);
void fold_init(struct fold *f, void *memory, uint32_t folds, struct hash_key key);

/* True when a record of this event goes out now; it is counted towards a later one otherwise. */
bool fold_feed(struct fold *f, const struct auth_event *event, struct now now);

/* The next repetitions that are due, all of them when `hurry`; false when there are none (for now). */
bool fold_take(struct fold *f, bool hurry, struct now now, struct folded *out);

/* Events dropped and not told yet, when that is due; 0 otherwise. */
uint64_t fold_dropped(struct fold *f, bool hurry, struct now now);

int64_t fold_deadline(const struct fold *f);
