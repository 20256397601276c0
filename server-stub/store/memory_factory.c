/* SPDX-License-Identifier: Apache-2.0 */
/* Manufacturers and serial numbers, in memory. */
#include "server-stub/store/memory.h"

#include <string.h>

static struct memory *memory_of(struct store *s)
{
	return (struct memory *)s;
}

/* MEMORY_NONE: there is none of that name. */
static size_t find(const struct memory *m, const char *name)
{
	for (size_t i = 0; i < memory_count(m, MEMORY_FACTORY); i++) {
		const struct store_factory *f = memory_row(m, MEMORY_FACTORY, i);

		if (f && strcmp(f->name, name) == 0)
			return i;
	}
	return MEMORY_NONE;
}

static enum err put(struct store *s, const struct store_factory *f)
{
	return memory_set(memory_of(s), MEMORY_FACTORY, find(memory_of(s), f->name), f);
}

static enum err get(struct store *s, const char *name, struct store_factory *out)
{
	const struct store_factory *row = memory_row(memory_of(s), MEMORY_FACTORY, find(memory_of(s), name));

	if (!row)
		return ERR_NOT_FOUND;
	*out = *row;
	return ERR_OK;
}

static const struct store_factory *next_after(const struct memory *m, const char *name)
{
	const struct store_factory *next = NULL;

	for (size_t i = 0; i < memory_count(m, MEMORY_FACTORY); i++) {
		const struct store_factory *f = memory_row(m, MEMORY_FACTORY, i);

		if (f && strcmp(f->name, name) > 0 && (!next || strcmp(f->name, next->name) < 0))
			next = f;
	}
	return next;
}

static enum err list(struct store *s, bool (*each)(void *, const struct store_factory *), void *arg)
{
	struct store_factory f = {.name = ""};
	const struct store_factory *next;

	while ((next = next_after(memory_of(s), f.name)) != NULL) {
		f = *next;
		if (!each(arg, &f))
			break;
	}
	return ERR_OK;
}

static const struct store_origin *origin_row(struct store *s, size_t index)
{
	return memory_row(memory_of(s), MEMORY_ORIGIN, index);
}

static size_t find_origin(struct store *s, const char *factory, const char *serial)
{
	for (size_t i = 0; i < memory_count(memory_of(s), MEMORY_ORIGIN); i++) {
		const struct store_origin *o = origin_row(s, i);

		if (o && strcmp(o->factory, factory) == 0 && strcmp(o->serial, serial) == 0)
			return i;
	}
	return MEMORY_NONE;
}

static enum err origin_put(struct store *s, const struct store_origin *o)
{
	struct memory *m = memory_of(s);
	const struct memory_key *key = MEMORY_KEY(struct store_origin, device, o->device);
	size_t index = find_origin(s, o->factory, o->serial), before = memory_find(m, MEMORY_ORIGIN, key);
	enum err err = ERR_OK;

	if (before != MEMORY_NONE && before != index)
		err = memory_set(m, MEMORY_ORIGIN, before, NULL);
	return err == ERR_OK ? memory_set(m, MEMORY_ORIGIN, index, o) : err;
}

static enum err origin_get(struct store *s, const char *factory, const char *serial, struct store_origin *out)
{
	const struct store_origin *row = origin_row(s, find_origin(s, factory, serial));

	if (!row)
		return ERR_NOT_FOUND;
	*out = *row;
	return ERR_OK;
}

static enum err origin_of(struct store *s, const uint8_t *device, struct store_origin *out)
{
	const struct store_origin *row = memory_get(s, MEMORY_ORIGIN, MEMORY_KEY(struct store_origin, device, device));

	if (!row)
		return ERR_NOT_FOUND;
	*out = *row;
	return ERR_OK;
}

static enum err origin_list(struct store *s, bool (*each)(void *, const struct store_origin *), void *arg)
{
	for (size_t i = 0; i < memory_count(memory_of(s), MEMORY_ORIGIN); i++) {
		const struct store_origin *row = origin_row(s, i);
		struct store_origin o;

		if (!row)
			continue;
		o = *row;
		if (!each(arg, &o))
			break;
	}
	return ERR_OK;
}

const struct store_factory_kind memory_factory = {
	.put = put,
	.get = get,
	.list = list,
	.origin_put = origin_put,
	.origin_get = origin_get,
	.origin_of = origin_of,
	.origin_list = origin_list,
};
