/* SPDX-License-Identifier: Apache-2.0 */
/* A ring of the batches that were sent. Pure. */
#include "agent/uplink/flights.h"

#include "agent/base/require.h"

void flights_add(struct flights *f, uint64_t last_seq, uint32_t bytes)
{
	unsigned i = (f->first + f->count) % FLIGHTS_MAX;

	require(f->count < FLIGHTS_MAX);
	f->at[i].last_seq = last_seq;
	f->at[i].bytes = bytes;
	f->count++;
	f->bytes += bytes;
}

void flights_land(struct flights *f, uint64_t seq)
{
	while (f->count && f->at[f->first].last_seq <= seq) {
		f->bytes -= f->at[f->first].bytes;
		f->first = (f->first + 1) % FLIGHTS_MAX;
		f->count--;
	}
}
