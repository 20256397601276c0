/* SPDX-License-Identifier: Apache-2.0 */
/* The queue of effects: a head and bytes for each, aligned to 8. Requests to the actor wait in the response instead. */
#include "agent/core/effects.h"

#include "agent/base/require.h"

#include <string.h>

struct item {
	uint64_t token;
	uint32_t len;
	uint8_t kind, severity, more, held;
};

_Static_assert(sizeof(struct item) == 16, "the bytes after it are aligned to 8");

void effects_init(struct effects *e, void *memory, uint32_t bytes)
{
	require(bytes >= EFFECTS_INPUT_BYTES);
	*e = (struct effects){.arena = memory, .bytes = bytes / 8 * 8};
}

bool effects_empty(const struct effects *e)
{
	return e->head == e->tail;
}

bool effects_full(const struct effects *e)
{
	return !effects_empty(e) && e->bytes - e->tail < EFFECTS_INPUT_BYTES;
}

struct buf effects_begin(struct effects *e)
{
	if (effects_empty(e))
		e->head = e->tail = 0;
	uint32_t start = e->tail + (uint32_t)sizeof(struct item);

	return start < e->bytes ? buf_over(e->arena + start, e->bytes - start) : buf_over(e->arena, 0);
}

void effects_end(struct effects *e, const struct buf *b, const struct effect *about)
{
	struct item item = {.token = about->token, .len = (uint32_t)b->len, .more = about->more, .held = about->held};

	item.kind = (uint8_t)about->kind;
	item.severity = (uint8_t)about->severity;
	if (b->overflow || b->cap == 0) {
		e->lost++;
		return;
	}
	memcpy(e->arena + e->tail, &item, sizeof(item));
	e->tail += (uint32_t)(sizeof(item) + (b->len + 7) / 8 * 8);
	if (e->tail > e->bytes)
		e->tail = e->bytes;
}

void effects_put(struct effects *e, const struct effect *about, struct str bytes)
{
	struct buf b = effects_begin(e);

	buf_put(&b, bytes);
	effects_end(e, &b, about);
}

bool effects_take(struct effects *e, struct effect *out)
{
	struct item item;

	if (effects_empty(e))
		return false;
	memcpy(&item, e->arena + e->head, sizeof(item));
	*out = (struct effect){
		.kind = item.kind,
		.severity = item.severity,
		.token = item.token,
		.more = item.more,
		.held = item.held,
		.bytes = {(const char *)e->arena + e->head + sizeof(item), item.len},
	};
	if (out->kind == EFFECT_ORDER) {
		out->order = (const struct actor_order *)(const void *)out->bytes.data;
		out->bytes = STR_NONE;
	} else if (out->kind == EFFECT_PLAY) {
		out->play = (const struct actor_play *)(const void *)out->bytes.data;
		out->bytes = STR_NONE;
	}
	e->head += (uint32_t)(sizeof(item) + (item.len + 7) / 8 * 8);
	if (e->head > e->tail)
		e->head = e->tail;
	return true;
}
