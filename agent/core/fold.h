/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeps a flood of events from becoming a flood of records. The first of some events of one kind that are equal in
 * their FIELD_KEY fields becomes a record at once, and so does every event that is `alone`. Repetitions within FOLD_US
 * become one record with a count. Above FOLD_RATE records a second an event is only counted in such a record. An event
 * that the full table has no entry for is dropped, and the drops are counted. An entry holds the event as its encoded
 * message, so no kind is known here.
 */
#pragma once

#include "agent/base/hash.h"
#include "agent/base/lru.h"
#include "agent/base/now.h"
#include "agent/base/str.h"
#include "agent/event/fields.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FOLD_US (5 * SECOND_US)
#define FOLD_BURST 200u	   /* records that may go out at once */
#define FOLD_RATE 50u	   /* records a second after that */
#define FOLD_TEXT_MAX 64u  /* bytes of a text that are kept */
#define FOLD_BODY_MAX 320u /* bytes of an encoded event; a field that does not fit is left out */

/* Repetitions of one event, put together. */
struct folded {
	uint8_t kind; /* enum event_kind */
	uint32_t count;
	struct str body; /* the first one's fields (fields_encode); valid until the next call */
};

struct fold {
	struct lru table; /* the oldest entry is the next to become a record */
	struct hash_key key;
	uint32_t waiting;   /* entries with repetitions of which no record was made yet */
	uint32_t credit;    /* records that may be made now */
	int64_t credit_us;  /* when credit was computed */
	uint64_t dropped;   /* events dropped since fold_dropped() last returned a number */
	int64_t dropped_us; /* when it did */
	uint64_t dropped_all;
};

/* Bytes of memory for a table of `folds` different events. */
size_t fold_size(uint32_t folds);

/* Begin empty in memory of fold_size() bytes, aligned to 8, which must outlive the struct. */
void fold_init(struct fold *f, void *memory, uint32_t folds, struct hash_key key);

/* True: the caller makes a record of this event now. False: the event is counted in a later record, or dropped. */
bool fold_feed(struct fold *f, const struct event *event, struct now now);

/*
 * Take the next repetitions that are FOLD_US old; with `all`, also those that are younger. False: there are none.
 */
bool fold_take(struct fold *f, bool all, struct now now, struct folded *out);

/*
 * How many events were dropped since the last call that did not return 0. It returns 0 until FOLD_US have passed since
 * that call, except with `all`.
 */
uint64_t fold_dropped(struct fold *f, bool all, struct now now);

/* When fold_take or fold_dropped has something next, CLOCK_BOOTTIME; INT64_MAX: nothing waits. */
int64_t fold_deadline(const struct fold *f);
