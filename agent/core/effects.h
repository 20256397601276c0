/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The queue of effects that were decided and not taken yet. It is one arena, first in first out, and begins again at
 * its start only when it is empty. So the bytes of a taken effect stay readable until the next call of the core.
 */
#pragma once

#include "agent/base/buf.h"
#include "agent/core/core.h"

#include <stdbool.h>
#include <stdint.h>

#define EFFECTS_INPUT_BYTES 20480u /* the most that one input needs; core_full() keeps it free */

struct effects {
	uint8_t *arena;
	uint32_t bytes;
	uint32_t head, tail;
	uint64_t lost; /* effects that did not fit: EFFECTS_INPUT_BYTES is too small */
};

/* Begin empty in `bytes` of memory, aligned to 8, which must outlive the queue. */
void effects_init(struct effects *e, void *memory, uint32_t bytes);

/* Whether no effect waits to be taken. */
bool effects_empty(const struct effects *e);

/* Whether fewer than EFFECTS_INPUT_BYTES are free. */
bool effects_full(const struct effects *e);

/* A buffer over all free memory, to write an effect's bytes in place. They are lost unless effects_end() follows. */
struct buf effects_begin(struct effects *e);

/* Queue the effect `about` with the bytes of b (of effects_begin) in place of about->bytes. */
void effects_end(struct effects *e, const struct buf *b, const struct effect *about);

/* Queue the effect `about` with a copy of `bytes`. */
void effects_put(struct effects *e, const struct effect *about, struct str bytes);

/* Take the oldest effect; false when there is none. */
bool effects_take(struct effects *e, struct effect *out);
