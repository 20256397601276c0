/* SPDX-License-Identifier: Apache-2.0 */
/* Takes memory in blocks, from which pieces are cut. Never gives one piece
 * back. */
#include "server-stub/sigma/arena.h"

#include <stdlib.h>

#define BLOCK_BYTES (256u << 10)

struct arena_block {
	struct arena_block *next;
	size_t used, size;
	max_align_t data[];
};

void *arena_take(struct arena *a, size_t bytes)
{
	struct arena_block *b = a->blocks;

	bytes = (bytes + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
	if (!b || b->size - b->used < bytes) {
		size_t size = bytes > BLOCK_BYTES ? bytes : BLOCK_BYTES;

		if (size > ARENA_BYTES_MAX - a->bytes)
			return NULL;
		b = calloc(1, sizeof(*b) + size);
		if (!b)
			return NULL;
		b->size = size;
		b->next = a->blocks;
		a->blocks = b;
		a->bytes += size;
	}
	void *piece = (char *)b->data + b->used;

	b->used += bytes;
	return piece;
}

struct str arena_copy(struct arena *a, struct str s)
{
	char *copy = arena_take(a, s.len + 1);

	if (!copy)
		return STR_NONE;
	if (s.len)
		memcpy(copy, s.data, s.len);
	return (struct str){copy, s.len};
}

void arena_free(struct arena *a)
{
	while (a->blocks) {
		struct arena_block *next = a->blocks->next;

		free(a->blocks);
		a->blocks = next;
	}
	a->bytes = 0;
}
