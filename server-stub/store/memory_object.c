/* SPDX-License-Identifier: Apache-2.0 */
/* Objects in memory, by walks over the tables. */
#include "server-stub/store/memory.h"

#include <stdlib.h>
#include <string.h>

static struct memory *memory_of(struct store *s)
{
	return (struct memory *)s;
}

static bool is(const struct store_object *o, struct store_object_key key)
{
	return memcmp(o->device, key.device, STORE_ID) == 0 && memcmp(o->id, key.id, STORE_ID) == 0;
}

static size_t find(struct memory *m, struct store_object_key key)
{
	for (size_t i = 0; i < memory_count(m, MEMORY_OBJECT); i++) {
		const struct memory_object *row = memory_row(m, MEMORY_OBJECT, i);

		if (row && is(&row->object, key))
			return i;
	}
	return MEMORY_NONE;
}

static size_t find_target(struct memory *m, const uint8_t *id, const uint8_t *device)
{
	for (size_t i = 0; i < memory_count(m, MEMORY_OBJECT_TARGET); i++) {
		const struct store_object_target *t = memory_row(m, MEMORY_OBJECT_TARGET, i);

		if (t && memcmp(t->object, id, STORE_ID) == 0 && memcmp(t->device, device, STORE_ID) == 0)
			return i;
	}
	return MEMORY_NONE;
}

static enum err put(struct store *s, const struct store_object *o)
{
	struct memory *m = memory_of(s);
	size_t index = find(m, (struct store_object_key){o->device, o->id});
	const struct memory_object *row = memory_row(m, MEMORY_OBJECT, index);
	struct memory_object fresh = {.object = *o};

	if (row) {
		fresh = *row;
		fresh.object.state = o->state;
		fresh.object.signature_count = o->signature_count;
		memcpy(fresh.object.signatures, o->signatures, sizeof(o->signatures));
	} else {
		fresh.object.have = 0;
	}
	return memory_set(m, MEMORY_OBJECT, index, &fresh);
}

static enum err get(struct store *s, struct store_object_key key, struct store_object *out)
{
	const struct memory_object *row = memory_row(memory_of(s), MEMORY_OBJECT, find(memory_of(s), key));

	if (!row)
		return ERR_NOT_FOUND;
	*out = row->object;
	return ERR_OK;
}

static enum err remove_one(struct store *s, struct store_object_key key)
{
	struct memory *m = memory_of(s);
	size_t index = find(m, key);
	enum err err = ERR_OK;

	for (size_t i = 0; err == ERR_OK && i < memory_count(m, MEMORY_OBJECT_TARGET); i++) {
		const struct store_object_target *t = memory_row(m, MEMORY_OBJECT_TARGET, i);

		if (t && index != MEMORY_NONE && memcmp(t->object, key.id, STORE_ID) == 0)
			err = memory_set(m, MEMORY_OBJECT_TARGET, i, NULL);
	}
	return err == ERR_OK && index != MEMORY_NONE ? memory_set(m, MEMORY_OBJECT, index, NULL) : err;
}

static enum err append(struct store *s, struct store_object *o, struct str bytes)
{
	struct memory *m = memory_of(s);
	size_t index = find(m, (struct store_object_key){o->device, o->id});
	const struct memory_object *row = memory_row(m, MEMORY_OBJECT, index);
	struct memory_object grown;
	enum err err;

	if (!row)
		return ERR_NOT_FOUND;
	grown = *row;
	grown.bytes.owned = malloc((size_t)o->have + bytes.len + 1);
	if (!grown.bytes.owned)
		return ERR_NO_MEMORY;
	if (o->have > 0)
		memcpy(grown.bytes.owned, row->bytes.owned, (size_t)o->have);
	if (bytes.len > 0)
		memcpy(grown.bytes.owned + o->have, bytes.data, bytes.len);
	grown.object.have = o->have + bytes.len;
	err = memory_set(m, MEMORY_OBJECT, index, &grown);
	if (err == ERR_OK)
		o->have += bytes.len;
	else
		free(grown.bytes.owned);
	return err;
}

static enum err read_bytes(struct store *s, const struct store_object_read *r, size_t *got)
{
	const struct memory_object *row = memory_row(memory_of(s), MEMORY_OBJECT, find(memory_of(s), r->key));

	if (!row || r->offset >= row->object.have)
		return ERR_OK;
	uint64_t left = row->object.have - r->offset;

	*got = left < r->cap ? (size_t)left : r->cap;
	memcpy(r->out, row->bytes.owned + r->offset, *got);
	return ERR_OK;
}

static enum err list(struct store *s, const struct store_object_query *q)
{
	struct memory *m = memory_of(s);
	size_t count = memory_count(m, MEMORY_OBJECT);
	size_t i = q->before > 0 && q->before - 1 < count ? (size_t)q->before - 1 : count;

	for (unsigned given = 0; i-- > 0 && given < q->max;) {
		const struct memory_object *row = memory_row(m, MEMORY_OBJECT, i);

		if (!row || (q->device && memcmp(row->object.device, q->device, STORE_ID) != 0))
			continue;
		const struct store_object o = row->object;

		given++;
		if (!q->each(q->arg, i + 1, &o))
			break;
	}
	return ERR_OK;
}

static enum err used(struct store *s, const uint8_t *device, uint64_t *bytes)
{
	struct memory *m = memory_of(s);

	*bytes = 0;
	for (size_t i = 0; i < memory_count(m, MEMORY_OBJECT); i++) {
		const struct memory_object *row = memory_row(m, MEMORY_OBJECT, i);

		if (row && memcmp(row->object.device, device, STORE_ID) == 0)
			*bytes += row->object.size;
	}
	return ERR_OK;
}

static enum err target_put(struct store *s, const struct store_object_target *t)
{
	struct memory *m = memory_of(s);

	return memory_set(m, MEMORY_OBJECT_TARGET, find_target(m, t->object, t->device), t);
}

static enum err target_get(struct store *s, const uint8_t *id, const uint8_t *device, struct store_object_target *out)
{
	struct memory *m = memory_of(s);
	const struct store_object_target *t = memory_row(m, MEMORY_OBJECT_TARGET, find_target(m, id, device));

	if (!t)
		return ERR_NOT_FOUND;
	*out = *t;
	return ERR_OK;
}

static enum err target_list(struct store *s, const uint8_t *id,
			    bool (*each)(void *arg, const struct store_object_target *t), void *arg)
{
	struct memory *m = memory_of(s);

	for (size_t i = 0; i < memory_count(m, MEMORY_OBJECT_TARGET); i++) {
		const struct store_object_target *row = memory_row(m, MEMORY_OBJECT_TARGET, i);
		struct store_object_target t;

		if (!row || memcmp(row->object, id, STORE_ID) != 0)
			continue;
		t = *row;
		if (!each(arg, &t))
			break;
	}
	return ERR_OK;
}

static enum err waiting(struct store *s, const uint8_t *device, struct store_object *out)
{
	static const uint8_t nobody[STORE_ID];
	struct memory *m = memory_of(s);

	for (size_t i = 0; i < memory_count(m, MEMORY_OBJECT); i++) {
		const struct memory_object *row = memory_row(m, MEMORY_OBJECT, i);
		const struct store_object_target *t;

		if (!row || row->object.state != STORE_OBJECT_WHOLE ||
		    memcmp(row->object.device, nobody, STORE_ID) != 0)
			continue;
		t = memory_row(m, MEMORY_OBJECT_TARGET, find_target(m, row->object.id, device));
		if (!t || t->state > TARGET_SENT)
			continue;
		*out = row->object;
		return ERR_OK;
	}
	return ERR_NOT_FOUND;
}

static enum err retain(struct store *s, int64_t before_us, unsigned *removed)
{
	static const uint8_t nobody[STORE_ID];
	struct memory *m = memory_of(s);
	enum err err = ERR_OK;

	*removed = 0;
	for (size_t i = 0; err == ERR_OK && i < memory_count(m, MEMORY_OBJECT); i++) {
		const struct memory_object *row = memory_row(m, MEMORY_OBJECT, i);

		if (!row || row->object.created_us >= before_us ||
		    (row->object.state == STORE_OBJECT_WHOLE && memcmp(row->object.device, nobody, STORE_ID) == 0))
			continue;
		const struct store_object o = row->object;

		err = remove_one(s, (struct store_object_key){o.device, o.id});
		*removed += err == ERR_OK;
	}
	return err;
}

const struct store_object_kind memory_object = {
	.put = put,
	.get = get,
	.remove = remove_one,
	.append = append,
	.read = read_bytes,
	.list = list,
	.used = used,
	.target_put = target_put,
	.target_get = target_get,
	.target_list = target_list,
	.waiting = waiting,
	.retain = retain,
};
