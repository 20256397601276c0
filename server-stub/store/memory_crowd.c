/* SPDX-License-Identifier: Apache-2.0 */
/* What was seen in many devices together, in memory. */
#include "server-stub/store/memory.h"

#include <string.h>

static struct memory *memory_of(struct store *s)
{
	return (struct memory *)s;
}

static size_t find(struct store *s, uint8_t kind, const uint8_t *name)
{
	struct memory *m = memory_of(s);

	for (size_t i = 0; i < memory_count(m, MEMORY_CROWD); i++) {
		const struct store_crowd *c = memory_row(m, MEMORY_CROWD, i);

		if (c && c->kind == kind && memcmp(c->name, name, STORE_CROWD_NAME) == 0)
			return i;
	}
	return MEMORY_NONE;
}

static enum err put(struct store *s, const struct store_crowd *c)
{
	return memory_set(memory_of(s), MEMORY_CROWD, find(s, c->kind, c->name), c);
}

static enum err remove_one(struct store *s, uint8_t kind, const uint8_t *name)
{
	size_t index = find(s, kind, name);

	return index == MEMORY_NONE ? ERR_OK : memory_set(memory_of(s), MEMORY_CROWD, index, NULL);
}

static enum err retain(struct store *s, uint8_t kind, int64_t since_us)
{
	struct memory *m = memory_of(s);
	enum err err = ERR_OK;

	for (size_t i = 0; err == ERR_OK && i < memory_count(m, MEMORY_CROWD); i++) {
		const struct store_crowd *c = memory_row(m, MEMORY_CROWD, i);

		if (c && c->kind == kind && c->seen[c->count - 1].at_us < since_us)
			err = memory_set(m, MEMORY_CROWD, i, NULL);
	}
	return err;
}

static enum err list(struct store *s, uint8_t kind, bool (*each)(void *, const struct store_crowd *), void *arg)
{
	struct memory *m = memory_of(s);
	bool more = true;

	for (size_t i = 0; more && i < memory_count(m, MEMORY_CROWD); i++) {
		const struct store_crowd *c = memory_row(m, MEMORY_CROWD, i);

		more = !c || c->kind != kind || each(arg, c);
	}
	return ERR_OK;
}

static bool is_same(const struct store_crowd_offer *a, const struct store_crowd_offer *b)
{
	return strcmp(a->group, b->group) == 0 && memcmp(a->addr, b->addr, sizeof(a->addr)) == 0;
}

/* From the newest to the oldest: the one that is replaced goes, and so do those for which no room is left. */
static enum err make_room(struct memory *m, const struct store_crowd_offer *o)
{
	unsigned kept = 0;
	enum err err = ERR_OK;

	for (size_t i = memory_count(m, MEMORY_OFFER); err == ERR_OK && i-- > 0;) {
		const struct store_crowd_offer *row = memory_row(m, MEMORY_OFFER, i);

		if (!row)
			continue;
		if (is_same(row, o) || kept == STORE_CROWD_OFFERS - 1)
			err = memory_set(m, MEMORY_OFFER, i, NULL);
		else
			kept++;
	}
	return err;
}

static enum err offer_put(struct store *s, const struct store_crowd_offer *o)
{
	enum err err = make_room(memory_of(s), o);

	return err == ERR_OK ? memory_set(memory_of(s), MEMORY_OFFER, MEMORY_NONE, o) : err;
}

static enum err offer_list(struct store *s, int64_t wall_us, bool (*each)(void *, const struct store_crowd_offer *),
			   void *arg)
{
	struct memory *m = memory_of(s);
	bool more = true;

	for (size_t i = 0; more && i < memory_count(m, MEMORY_OFFER); i++) {
		const struct store_crowd_offer *o = memory_row(m, MEMORY_OFFER, i);

		more = !o || o->until_us <= wall_us || each(arg, o);
	}
	return ERR_OK;
}

static enum err hush_put(struct store *s, const struct store_crowd_hush *h)
{
	return memory_set(memory_of(s), MEMORY_HUSH, 0, h);
}

static enum err hush_get(struct store *s, struct store_crowd_hush *out)
{
	const struct store_crowd_hush *h = memory_row(memory_of(s), MEMORY_HUSH, 0);

	*out = h ? *h : (struct store_crowd_hush){.since_us = 0};
	return ERR_OK;
}

const struct store_crowd_kind memory_crowd = {
	.put = put,
	.remove = remove_one,
	.retain = retain,
	.list = list,
	.offer_put = offer_put,
	.offer_list = offer_list,
	.hush_put = hush_put,
	.hush_get = hush_get,
};
