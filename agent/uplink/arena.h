/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bump allocator over fixed memory for protobuf-c's unpacking: what one message needs is taken from the front
 * and given back all at once. A message that needs more than there is does not unpack, which bounds what a peer
 * can make us do.
 */
#pragma once

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>
#include <stdint.h>

#define ARENA_BYTES 32768

struct arena {
	ProtobufCAllocator allocator; /* give its address to protobuf-c */
	size_t used;
	_Alignas(16) uint8_t bytes[ARENA_BYTES];
};

void arena_init(struct arena *a);

/* Everything that was allocated is free again. */
void arena_reset(struct arena *a);
