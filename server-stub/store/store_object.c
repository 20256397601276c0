/* SPDX-License-Identifier: Apache-2.0 */
/* The calls of store_object.h, passed on to the kind of store that was opened. */
#include "server-stub/store/store_object.h"

#include "agent/base/key.h"
#include "server-stub/store/kind.h"

#include <string.h>

#define VERIFY_BYTES 16384

static const uint8_t nobody[STORE_ID];

static struct store_object_key whole(struct store_object_key key)
{
	return (struct store_object_key){key.device ? key.device : nobody, key.id};
}

enum err store_object_put(struct store *s, const struct store_object *o)
{
	return s->kind->object->put(s, o);
}

enum err store_object_get(struct store *s, struct store_object_key key, struct store_object *out)
{
	return s->kind->object->get(s, whole(key), out);
}

enum err store_object_remove(struct store *s, struct store_object_key key)
{
	return s->kind->object->remove(s, whole(key));
}

enum err store_object_append(struct store *s, struct store_object *o, struct str bytes)
{
	if (bytes.len > o->size - o->have)
		return ERR_TOO_LONG;
	return s->kind->object->append(s, o, bytes);
}

enum err store_object_read(struct store *s, const struct store_object_read *r, size_t *got)
{
	struct store_object_read copy = *r;

	copy.key = whole(r->key);
	*got = 0;
	return s->kind->object->read(s, &copy, got);
}

enum err store_object_verify(struct store *s, const struct store_object *o, bool *good)
{
	uint8_t bytes[VERIFY_BYTES], digest[32];
	struct store_object_read r = {{o->device, o->id}, 0, bytes, sizeof(bytes)};
	const struct str statement = {(const char *)o->statement, o->statement_len};
	char why[OBJECT_WHY_MAX];
	struct object said;
	struct key_hash hash;
	size_t got = 0;
	enum err err;

	*good = false;
	if (object_decode(statement, &said, why) != ERR_OK)
		return ERR_OK;
	key_hash_begin(&hash);
	do {
		err = store_object_read(s, &r, &got);
		key_hash_add(&hash, bytes, got);
		r.offset += got;
	} while (err == ERR_OK && got == sizeof(bytes));
	key_hash_end(&hash, digest);
	*good = r.offset == said.size && memcmp(digest, said.sha256, sizeof(digest)) == 0;
	return err;
}

enum err store_object_list(struct store *s, const struct store_object_query *q)
{
	struct store_object_query copy = *q;

	copy.max = store_page(q->max);
	return s->kind->object->list(s, &copy);
}

enum err store_object_used(struct store *s, const uint8_t device[STORE_ID], uint64_t *bytes)
{
	return s->kind->object->used(s, device, bytes);
}

enum err store_object_target_put(struct store *s, const struct store_object_target *t)
{
	return s->kind->object->target_put(s, t);
}

enum err store_object_target_get(struct store *s, const uint8_t id[STORE_ID], const uint8_t device[STORE_ID],
				 struct store_object_target *out)
{
	return s->kind->object->target_get(s, id, device, out);
}

enum err store_object_target_list(struct store *s, const uint8_t id[STORE_ID],
				  bool (*each)(void *arg, const struct store_object_target *t), void *arg)
{
	return s->kind->object->target_list(s, id, each, arg);
}

enum err store_object_waiting(struct store *s, const uint8_t device[STORE_ID], struct store_object *out)
{
	return s->kind->object->waiting(s, device, out);
}

enum err store_object_retain(struct store *s, int64_t before_us, unsigned *removed)
{
	return s->kind->object->retain(s, before_us, removed);
}
