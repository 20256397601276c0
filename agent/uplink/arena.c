/* SPDX-License-Identifier: Apache-2.0 */
/* Gives protobuf-c memory for one unpacked message at a time. Never calls malloc(3). */
#include "agent/uplink/arena.h"

static void *allocate(void *context, size_t size)
{
	struct arena *a = context;
	size_t room = (size + 15) & ~(size_t)15;

	if (size > ARENA_BYTES || room > ARENA_BYTES - a->used)
		return NULL;
	void *at = a->bytes + a->used;

	a->used += room;
	return at;
}

static void give(void *context, void *pointer)
{
	(void)context;
	(void)pointer;
}

void arena_init(struct arena *a)
{
	a->allocator = (ProtobufCAllocator){.alloc = allocate, .free = give, .allocator_data = a};
	a->used = 0;
}

void arena_reset(struct arena *a)
{
	a->used = 0;
}
