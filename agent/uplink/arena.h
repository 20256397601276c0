/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An allocator over fixed memory, for protobuf-c to unpack one message at a time. Allocations are taken from the front
 * and freed all at once. A message that needs more memory does not unpack, so a peer cannot make the device use more.
 */
#pragma once

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>
#include <stdint.h>

#define ARENA_BYTES 32768

struct arena {
	ProtobufCAllocator allocator; /* protobuf-c gets its address */
	size_t used;
	_Alignas(16) uint8_t bytes[ARENA_BYTES];
};

/* Begin empty. The arena must not move. */
void arena_init(struct arena *a);

/* Free all that was allocated. */
void arena_reset(struct arena *a);
