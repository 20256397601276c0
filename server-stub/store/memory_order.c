/* SPDX-License-Identifier: Apache-2.0 */
/* Orders and their targets in memory. Part of memory.c. */
#include "server-stub/store/memory.h"

#include <string.h>

static struct memory *memory_of(struct store *s)
{
	return (struct memory *)s;
}

static size_t find_order(struct memory *m, const uint8_t *id)
{
	const struct memory_key key = {offsetof(struct store_order, id), STORE_ID, id};

	return memory_find(m, MEMORY_ORDER, &key);
}

static size_t find_target(struct memory *m, const uint8_t *order_id, const uint8_t *device)
{
	for (size_t i = 0; i < memory_count(m, MEMORY_TARGET); i++) {
		const struct store_target *t = memory_row(m, MEMORY_TARGET, i);

		if (memcmp(t->order_id, order_id, STORE_ID) == 0 && memcmp(t->device, device, STORE_ID) == 0)
			return i;
	}
	return MEMORY_NONE;
}

enum err memory_order_put(struct store *s, const struct store_order *o, const uint8_t (*devices)[STORE_ID],
			  unsigned device_count)
{
	struct memory *m = memory_of(s);
	bool alone = !m->in_transaction;
	enum err err = find_order(m, o->id) == MEMORY_NONE ? ERR_OK : ERR_EXISTS;

	m->in_transaction = true;
	if (err == ERR_OK)
		err = memory_set(m, MEMORY_ORDER, MEMORY_NONE, o);
	for (unsigned i = 0; err == ERR_OK && i < device_count; i++) {
		struct store_target t = {.state = TARGET_PENDING, .updated_us = o->created_us};

		memcpy(t.order_id, o->id, STORE_ID);
		memcpy(t.device, devices[i], STORE_ID);
		err = memory_order_target_put(s, &t);
	}
	if (alone && err == ERR_OK)
		memory_keep(m);
	else if (alone)
		memory_undo(m);
	return err;
}

enum err memory_order_get(struct store *s, const uint8_t *id, struct store_order *out)
{
	const struct store_order *row = memory_row(memory_of(s), MEMORY_ORDER, find_order(memory_of(s), id));

	if (!row)
		return ERR_NOT_FOUND;
	*out = *row;
	return ERR_OK;
}

enum err memory_order_list(struct store *s, const struct store_order_query *q)
{
	struct memory *m = memory_of(s);
	size_t count = memory_count(m, MEMORY_ORDER);
	size_t i = q->before > 0 && q->before - 1 < count ? (size_t)q->before - 1 : count;

	for (unsigned given = 0; i-- > 0 && given < q->max; given++) {
		const struct store_order o = *(const struct store_order *)memory_row(m, MEMORY_ORDER, i);

		if (!q->each(q->arg, i + 1, &o))
			break;
	}
	return ERR_OK;
}

enum err memory_order_target_put(struct store *s, const struct store_target *t)
{
	struct memory *m = memory_of(s);

	return memory_set(m, MEMORY_TARGET, find_target(m, t->order_id, t->device), t);
}

enum err memory_order_target_get(struct store *s, const uint8_t *order_id, const uint8_t *device,
				 struct store_target *out)
{
	struct memory *m = memory_of(s);
	const struct store_target *t = memory_row(m, MEMORY_TARGET, find_target(m, order_id, device));

	if (!t)
		return ERR_NOT_FOUND;
	*out = *t;
	return ERR_OK;
}

enum err memory_order_target_list(struct store *s, const uint8_t *order_id,
				  bool (*each)(void *, const struct store_target *), void *arg)
{
	struct memory *m = memory_of(s);

	for (size_t i = 0; i < memory_count(m, MEMORY_TARGET); i++) {
		const struct store_target t = *(const struct store_target *)memory_row(m, MEMORY_TARGET, i);

		if (memcmp(t.order_id, order_id, STORE_ID) == 0 && !each(arg, &t))
			break;
	}
	return ERR_OK;
}

/* What was seen and not answered may have lost its receipts; the device answers it again. */
static bool is_open(const struct store_target *t)
{
	return t->state <= TARGET_SEEN;
}

static bool waits(const struct store_target *t)
{
	return t->state == TARGET_PENDING || t->state == TARGET_SENT;
}

enum err memory_order_target_waiting(struct store *s, const struct store_waiting_query *q)
{
	struct memory *m = memory_of(s);

	for (size_t i = 0; i < memory_count(m, MEMORY_ORDER); i++) {
		const struct store_order o = *(const struct store_order *)memory_row(m, MEMORY_ORDER, i);
		const struct store_target *t = memory_row(m, MEMORY_TARGET, find_target(m, o.id, q->device));

		if (t && is_open(t) && o.not_after_s >= q->wall_s && !q->each(q->arg, &o))
			break;
	}
	return ERR_OK;
}

enum err memory_order_target_expire(struct store *s, int64_t wall_s, unsigned *count)
{
	struct memory *m = memory_of(s);
	enum err err = ERR_OK;

	*count = 0;
	for (size_t i = 0; err == ERR_OK && i < memory_count(m, MEMORY_TARGET); i++) {
		const struct store_target *row = memory_row(m, MEMORY_TARGET, i);
		const struct store_order *o = memory_row(m, MEMORY_ORDER, find_order(m, row->order_id));
		struct store_target t = *row;

		if (!waits(row) || !o || o->not_after_s >= wall_s)
			continue;
		t.state = TARGET_EXPIRED;
		err = memory_set(m, MEMORY_TARGET, i, &t);
		(*count)++;
	}
	return err;
}
