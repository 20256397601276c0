/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The records that are kept in memory while the disk takes no writes: a small queue in the order of their numbers. When
 * it is full, a high record replaces the oldest low ones, and then the oldest high ones. A low record replaces none.
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
	uint64_t dropped_low, dropped_high; /* records that were replaced or refused */
	uint8_t bytes[SPOOL_HELD_BYTES];    /* in the format of a segment */
};

/* Begin empty. */
void spool_held_init(struct spool_held *held);

/* Append a copy of a record. A severity from `high` on is high. ERR_FULL: the record was refused and counted. */
ERR_CHECK enum err spool_held_put(struct spool_held *held, const struct spool_file_record *record, unsigned high);

/*
 * Write the record at offset *at, which is 0 for the first one, and move *at behind it. False: there are no more. The
 * record's bytes are valid until the next put or pop.
 */
bool spool_held_next(const struct spool_held *held, size_t *at, struct spool_file_record *out);

/* Remove the first record. */
void spool_held_pop(struct spool_held *held);

/* Give the records with numbers above `after` the numbers from first_seq on. Returns the number after the last one. */
uint64_t spool_held_renumber(struct spool_held *held, uint64_t after, uint64_t first_seq);
