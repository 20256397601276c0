/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that is taken piece by piece and given back at once: what is known of
 * one file of rules while it is compiled.
 */
#pragma once

#include "agent/base/str.h"

#include <stddef.h>

#define ARENA_BYTES_MAX (256u << 20)

struct arena {
	struct arena_block *blocks;
	size_t bytes; /* of all blocks */
};

/* Zeroed memory, aligned for any type, that lasts until arena_free(). NULL:
 * there is none, or ARENA_BYTES_MAX is reached. */
void *arena_take(struct arena *a, size_t bytes);

/* A copy of s there; its data is NULL as above. */
struct str arena_copy(struct arena *a, struct str s);

/* Give all of it back; the arena is empty and can be used again. */
void arena_free(struct arena *a);
