/* SPDX-License-Identifier: Apache-2.0 */
/* The batches that were sent and not acknowledged yet: what counts against the service's window. */
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

/* Not when count is FLIGHTS_MAX. */
void flights_add(struct flights *f, uint64_t last_seq, uint32_t bytes);

/* Everything up to seq has landed. */
void flights_land(struct flights *f, uint64_t seq);
