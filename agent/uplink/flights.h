/* SPDX-License-Identifier: Apache-2.0 */
/* The batches that were sent and are not acknowledged yet. Their bytes count against the service's window. */
#pragma once

#include <stdint.h>

#define FLIGHTS_MAX 64

struct flights {
	unsigned first, count;
	uint64_t bytes;
	struct {
		uint64_t last_seq;
		uint32_t bytes;
	} at[FLIGHTS_MAX];
};

/* Add a batch of `bytes` whose last record has this number. f->count must be below FLIGHTS_MAX. */
void flights_add(struct flights *f, uint64_t last_seq, uint32_t bytes);

/* Remove the batches whose records up to seq are acknowledged. */
void flights_land(struct flights *f, uint64_t seq);
