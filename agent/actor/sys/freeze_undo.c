/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The record of a suspension as bytes, big-endian:
 *
 *	version:u8 (1)  boot:u64  then for each process:  before:1 bit  pid:23 bits  start_ticks:u40
 *
 * Linux has at most 2^22 process numbers, and 2^40 ticks are three centuries. Pure.
 */
#include "agent/actor/sys/freeze.h"

#include "agent/base/require.h"

#define VERSION 1
#define FIXED (1 + 8)
#define ROW (3 + 5)
#define BEFORE (1u << 23)
#define TICKS_BITS 40

_Static_assert(FIXED + FREEZE_MAX * ROW <= FREEZE_UNDO_MAX, "a record fits");

void freeze_undo_encode(struct buf *b, const struct freeze_undo *undo)
{
	buf_be8(b, VERSION);
	buf_be64(b, undo->boot);
	for (unsigned i = 0; i < undo->count; i++) {
		const struct freeze_row *row = &undo->rows[i];

		require(row->pid > 0 && row->pid < (int32_t)BEFORE && row->start_ticks >> TICKS_BITS == 0);
		buf_be64(b,
			 (row->before ? UINT64_C(1) << 63 : 0) | (uint64_t)row->pid << TICKS_BITS | row->start_ticks);
	}
}

/* Eight bytes, which the caller knows to be there. */
static uint64_t take_number(struct str *s)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < 8; i++)
		value = value << 8 | (uint8_t)s->data[i];
	*s = str_sub(*s, 8, SIZE_MAX);
	return value;
}

enum err freeze_undo_decode(struct str bytes, struct freeze_undo *out)
{
	*out = (struct freeze_undo){0};
	if (bytes.len < FIXED + ROW || bytes.len > FIXED + FREEZE_MAX * ROW || (bytes.len - FIXED) % ROW != 0 ||
	    bytes.data[0] != VERSION)
		return ERR_INVALID;
	bytes = str_sub(bytes, 1, SIZE_MAX);
	out->boot = take_number(&bytes);
	while (bytes.len > 0) {
		uint64_t value = take_number(&bytes);
		struct freeze_row row = {.pid = (int32_t)(value >> TICKS_BITS & (BEFORE - 1)),
					 .before = value >> 63,
					 .start_ticks = value & ((UINT64_C(1) << TICKS_BITS) - 1)};

		if (row.pid <= 1 || row.start_ticks == 0)
			return ERR_INVALID;
		out->rows[out->count++] = row;
	}
	return ERR_OK;
}
