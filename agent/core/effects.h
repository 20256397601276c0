/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Effects between being decided and being taken, in one arena, first in first out. It is rewound whenever it is
 * empty, so that what is taken stays readable until the core is called again.
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
	uint64_t lost; /* did not fit; EFFECTS_INPUT_BYTES is then too small */
};

void effects_init(struct effects *e, void *memory, uint32_t bytes);
bool effects_empty(const struct effects *e);
bool effects_full(const struct effects *e);

/* Write the bytes of an effect in place: everything free is offered. End with effects_end() or leave it. */
struct buf effects_begin(struct effects *e);

/* `about` gives kind, severity, token and more; the bytes are those of b, from effects_begin(). */
void effects_end(struct effects *e, const struct buf *b, const struct effect *about);

/* The same for bytes that are elsewhere. */
void effects_put(struct effects *e, const struct effect *about, struct str bytes);

bool effects_take(struct effects *e, struct effect *out);
