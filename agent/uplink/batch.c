/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the Batch message without protobuf-c: it is the largest and most frequent one, and would be copied twice. */
#include "agent/uplink/batch.h"

#include "proto/frame.h"

#include <string.h>

/* The tags of fields of link.proto: the field's number, and wire type 2 (length) or 0 (varint). */
#define TO_SERVER_BATCH (2 << 3 | 2)
#define BATCH_SPOOL_ID (1 << 3 | 2)
#define BATCH_ENTRIES (2 << 3 | 2)
#define ENTRY_SEQ (1 << 3 | 0)
#define ENTRY_RECORD (2 << 3 | 2)

static size_t varint_len(uint64_t value)
{
	size_t len = 1;

	for (; value >= 128; value >>= 7)
		len++;
	return len;
}

static uint8_t *varint_put(uint8_t *out, uint64_t value)
{
	for (; value >= 128; value >>= 7)
		*out++ = (uint8_t)(value | 128);
	*out++ = (uint8_t)value;
	return out;
}

struct batch batch_over(void *memory, size_t cap)
{
	return (struct batch){.memory = memory, .cap = cap, .used = BATCH_HEAD};
}

bool batch_add(struct batch *b, uint64_t seq, struct str record)
{
	size_t entry = 1 + varint_len(seq) + 1 + varint_len(record.len) + record.len;
	size_t whole = 1 + varint_len(entry) + entry;

	if (b->used > b->cap || whole > b->cap - b->used)
		return false;
	uint8_t *at = b->memory + b->used;

	*at++ = BATCH_ENTRIES;
	at = varint_put(at, entry);
	*at++ = ENTRY_SEQ;
	at = varint_put(at, seq);
	*at++ = ENTRY_RECORD;
	at = varint_put(at, record.len);
	if (record.len)
		memcpy(at, record.data, record.len);
	b->used += whole;
	b->count++;
	b->last_seq = seq;
	return true;
}

struct str batch_end(struct batch *b, const uint8_t spool_id[16])
{
	size_t inner = 1 + 1 + 16 + (b->used - BATCH_HEAD);
	size_t message = 1 + varint_len(inner) + inner;
	size_t head = FRAME_HEADER + 1 + varint_len(inner) + 1 + 1 + 16;
	uint8_t *at = b->memory + BATCH_HEAD - head;

	_Static_assert(FRAME_HEADER + 1 + 5 + 1 + 1 + 16 <= BATCH_HEAD, "the longest head fits before the entries");
	if (b->count == 0)
		return STR_NONE;
	frame_header(at, message);
	at[FRAME_HEADER] = TO_SERVER_BATCH;
	uint8_t *id = varint_put(at + FRAME_HEADER + 1, inner);

	*id++ = BATCH_SPOOL_ID;
	*id++ = 16;
	memcpy(id, spool_id, 16);
	return (struct str){(const char *)at, FRAME_HEADER + message};
}
