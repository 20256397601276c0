/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records kept in memory while the disk takes none: a small queue in the order of their numbers. When it is full, low
 * severity makes room for high, then the oldest of the same; a low one never displaces any.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/spool/spool_file.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SPOOL_HELD_BYTES 32768

struct spool_held {
	uint32_t used;
	uint32_t count;
	uint64_t dropped_low, dropped_high; /* what was displaced or refused */
	uint8_t bytes[SPOOL_HELD_BYTES];    /* as in a segment */
};

void spool_held_init(struct spool_held *held);

/* Keep a copy. ERR_FULL: refused and counted. `high`: severity from which on a record is high. */
ERR_CHECK enum err spool_held_put(struct spool_held *held, const struct spool_file_record *record, unsigned high);

/* The record at byte *at (0 first); *at moves behind it. False at the end. Borrowed until the next put or pop. */
bool spool_held_next(const struct spool_held *held, size_t *at, struct spool_file_record *out);

/* Remove the first record. */
void spool_held_pop(struct spool_held *held);

/* Give the records behind `after` the numbers from first_seq on; returns the number that follows. */
uint64_t spool_held_renumber(struct spool_held *held, uint64_t after, uint64_t first_seq);
