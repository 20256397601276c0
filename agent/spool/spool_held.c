/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A queue of records in one array. When the first record is removed, all others are moved to the front, which is cheap
 * because the queue is small.
 */
#include "agent/spool/spool_held.h"

#include "agent/base/require.h"

#include <string.h>

void spool_held_init(struct spool_held *held)
{
	held->used = held->count = 0;
	held->dropped_low = held->dropped_high = 0;
}

bool spool_held_next(const struct spool_held *held, size_t *at, struct spool_file_record *out)
{
	struct str left = {(const char *)held->bytes + *at, held->used - *at};

	if (str_empty(left))
		return false;
	enum err err = spool_file_take_record(&left, SPOOL_HELD_BYTES, out);
	require(err == ERR_OK);
	*at = held->used - left.len;
	return true;
}

static void cut_out(struct spool_held *held, size_t from, size_t to)
{
	memmove(held->bytes + from, held->bytes + to, held->used - to);
	held->used -= (uint32_t)(to - from);
	held->count--;
}

void spool_held_pop(struct spool_held *held)
{
	struct spool_file_record record;
	size_t end = 0;

	if (spool_held_next(held, &end, &record))
		cut_out(held, 0, end);
}

/* Drop the oldest record whose severity is below `limit`. */
static bool displace(struct spool_held *held, unsigned limit, unsigned high)
{
	struct spool_file_record record;
	size_t from = 0, to = 0;

	while (spool_held_next(held, &to, &record)) {
		if (record.severity < limit) {
			*(record.severity < high ? &held->dropped_low : &held->dropped_high) += 1;
			cut_out(held, from, to);
			return true;
		}
		from = to;
	}
	return false;
}

enum err spool_held_put(struct spool_held *held, const struct spool_file_record *record, unsigned high)
{
	size_t need = SPOOL_FILE_RECORD + record->bytes.len;

	require(need <= SPOOL_HELD_BYTES);
	while (SPOOL_HELD_BYTES - held->used < need) {
		bool room = record->severity >= high && (displace(held, high, high) || displace(held, 256, high));

		if (!room) {
			held->dropped_low++;
			return ERR_FULL;
		}
	}
	spool_file_put_record(held->bytes + held->used, record);
	held->used += (uint32_t)need;
	held->count++;
	return ERR_OK;
}

uint64_t spool_held_renumber(struct spool_held *held, uint64_t after, uint64_t first_seq)
{
	struct spool_file_record record;
	size_t from = 0, to = 0;

	while (spool_held_next(held, &to, &record)) {
		if (record.seq > after) {
			record.seq = first_seq++;
			spool_file_put_head(held->bytes + from, &record);
		}
		from = to;
	}
	return first_seq;
}
