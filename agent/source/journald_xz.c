/* SPDX-License-Identifier: Apache-2.0 */
/* Calls liblzma with memory of fixed size: what it asks for is of a static work space, which each call uses anew. */
#include "agent/source/journald_unpack.h"

#include <lzma.h>

/* journald's dictionary is 1 MiB; the decoder takes some 100 KiB besides. Pages that are not written cost nothing. */
#define WORK_BYTES (1280u << 10)

static struct {
	size_t used;
	_Alignas(16) char bytes[WORK_BYTES];
} work;

static void *take(void *unused, size_t count, size_t size)
{
	size_t len = (count * size + 15) & ~(size_t)15; /* liblzma's count is always 1 */
	char *at = work.bytes + work.used;

	(void)unused;
	if (len > WORK_BYTES - work.used)
		return NULL;
	work.used += len;
	return at;
}

static void give_back(void *unused, void *memory)
{
	(void)unused;
	(void)memory;
}

bool journald_xz(struct str packed, struct buf *out, bool *cut)
{
	static const lzma_allocator memory = {take, give_back, NULL};
	lzma_stream s = LZMA_STREAM_INIT;
	lzma_ret result = LZMA_OK;
	size_t room = out->cap - out->len;

	work.used = 0;
	s.allocator = &memory;
	if (lzma_stream_decoder(&s, WORK_BYTES, 0) != LZMA_OK)
		return false;
	s.next_in = (const uint8_t *)packed.data;
	s.avail_in = packed.len;
	s.next_out = (uint8_t *)out->data + out->len;
	s.avail_out = room;
	/* LZMA_BUF_ERROR: it can do no more, because the room is full or the input ends. */
	while (result == LZMA_OK)
		result = lzma_code(&s, LZMA_RUN);
	if (result != LZMA_STREAM_END && result != LZMA_BUF_ERROR)
		return false;
	out->len += room - s.avail_out;
	*cut = result != LZMA_STREAM_END;
	return s.avail_out < room;
}
