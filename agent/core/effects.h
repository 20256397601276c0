/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The queue of effects that were decided and not taken yet: one arena, first in first out. It is rewound only when it
 * is empty, so that the bytes of a taken effect stay readable until the core is called again.
 */
#pragma once

#include "agent/base/buf.h"
#include "agent/core/core.h"

#include <stdbool.h>
#include <stdint.h>

#define EFFECTS_INPUT_BYTES 20480u /* at most by one input; core_full() keeps so much free */

struct effects {
	uint8_t *arena;
	uint32_t bytes;
	uint32_t head, tail;
	uint64_t lost; /* effects that did not fit: EFFECTS_INPUT_BYTES is too small */
};

/* Begin empty in `bytes` of memory, aligned to 8, which must outlive the queue. */
void effects_init(struct effects *e, void *memory, uint32_t bytes);
bool effects_empty(const struct effects *e);

/* Whether fewer than EFFECTS_INPUT_BYTES are free. */
bool effects_full(const struct effects *e);

/* A buffer over all free memory, to write an effect's bytes in place. effects_end() keeps it; without that it is lost.
 */
struct buf effects_begin(struct effects *e);

/* Queue the effect `about` with the bytes of b (of effects_begin) in place of about->bytes. */
void effects_end(struct effects *e, const struct buf *b, const struct effect *about);

/* Queue the effect `about` with a copy of `bytes`. */
void effects_put(struct effects *e, const struct effect *about, struct str bytes);

/* Take the oldest effect; false when there is none. */
bool effects_take(struct effects *e, struct effect *out);
