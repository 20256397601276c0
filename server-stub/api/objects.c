/* SPDX-License-Identifier: Apache-2.0 */
/* Objects in JSON. What a statement says of a device's object is the device's word. */
#include "server-stub/api/objects.h"

#include "proto/object.h"
#include "server-stub/api/ids.h"
#include "server-stub/api/names.h"
#include "server-stub/api/orders.h"
#include "server-stub/api/page.h"
#include "server-stub/api/reply.h"
#include "server-stub/api/serve.h"

#include <mbedtls/base64.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t nobody[STORE_ID];

static struct store_object_key key_of(const struct store_object *o)
{
	return (struct store_object_key){o->device, o->id};
}

static void put_hash(struct json *j, const uint8_t sha256[32])
{
	char hex[65];
	struct buf b = buf_over(hex, sizeof(hex) - 1);

	buf_hex(&b, sha256, 32);
	hex[b.len] = 0;
	json_key(j, "sha256");
	json_text(j, hex);
}

static void put_text(struct json *j, const char *key, const char *text)
{
	json_key(j, key);
	json_text(j, text);
}

static void put_number(struct json *j, const char *key, uint64_t number)
{
	json_key(j, key);
	json_u64(j, number);
}

/* The members of an object that is open. */
static void put(struct api *api, struct json *j, const struct store_object *o)
{
	const struct str statement = {(const char *)o->statement, o->statement_len};
	const struct object_kind *kind;
	char why[OBJECT_WHY_MAX];
	struct object said;

	/* What a later version made has no kind here. */
	(void)!object_decode(statement, &said, why);
	kind = object_kind(said.kind);
	reply_id(j, "id", o->id);
	put_text(j, "kind", kind ? kind->name : "");
	put_text(j, "name", said.name);
	put_number(j, "version", said.version);
	put_number(j, "size", o->size);
	put_number(j, "have", o->have);
	put_hash(j, said.sha256);
	put_text(j, "state", o->state == STORE_OBJECT_WHOLE ? "whole" : "partial");
	put_text(j, "author", said.author);
	put_text(j, "group", said.group);
	if (memcmp(o->device, nobody, STORE_ID) != 0) {
		names_put(api, j, o->device);
	} else {
		json_key(j, "device");
		json_none(j);
		json_key(j, "device_name");
		json_none(j);
	}
	reply_time(j, "created", o->created_us);
}

static bool each(void *arg, uint64_t rowid, const struct store_object *o)
{
	struct page *p = arg;

	if (!page_room(p))
		return false;
	json_begin_object(p->j);
	put(p->call->api, p->j, o);
	json_end_object(p->j);
	snprintf(p->next, sizeof(p->next), "%llu", (unsigned long long)rowid);
	return true;
}

void objects_list(struct call *call)
{
	struct registry_device device;
	struct page p;
	uint64_t before;
	bool has_device;

	if (!page_device(call, &has_device, &device) || !page_after(call, &before) || !page_begin(&p, call))
		return;
	const struct store_object_query q = {has_device ? device.id : NULL, before, p.limit + 1, each, &p};
	enum err err = store_object_list(call->api->env.store, &q);

	if (err)
		reply_store(call, err, "object", "");
	else
		page_end(&p);
}

struct search {
	struct ids_search ids;
	struct store_object found;
	uint64_t last;
	unsigned scanned;
};

static bool look(void *arg, uint64_t rowid, const struct store_object *o)
{
	struct search *s = arg;

	s->last = rowid;
	s->scanned++;
	if (ids_search_look(&s->ids, o->id))
		s->found = *o;
	return ids_search_goes_on(&s->ids);
}

bool objects_find(struct call *call, struct store_object *out)
{
	struct search s = {.last = 0};
	enum err err = ids_search_begin(&s.ids, call->arg, STORE_ID);

	do {
		const struct store_object_query q = {NULL, s.last, STORE_PAGE_MAX, look, &s};

		s.scanned = 0;
		if (!err)
			err = store_object_list(call->api->env.store, &q);
	} while (!err && ids_search_goes_on(&s.ids) && s.scanned == STORE_PAGE_MAX);
	if (!err)
		err = ids_search_end(&s.ids);
	if (err) {
		reply_search(call, err, "object", &s.ids);
		return false;
	}
	*out = s.found;
	return true;
}

struct targets {
	struct call *call;
	struct json *j;
};

static bool put_target(void *arg, const struct store_object_target *t)
{
	struct targets *x = arg;

	json_begin_object(x->j);
	names_put(x->call->api, x->j, t->device);
	put_text(x->j, "state", orders_state(t->state));
	reply_time(x->j, "updated", t->updated_us);
	put_text(x->j, "text", t->text);
	json_end_object(x->j);
	return x->call->body.len < CALL_PAGE_FULL;
}

void objects_reply(struct call *call, unsigned status, const struct store_object *o)
{
	struct json *j = reply_json(call, status);
	struct targets x = {call, j};
	enum err err = ERR_OK;

	json_begin_object(j);
	put(call->api, j, o);
	json_key(j, "targets");
	json_begin_array(j);
	if (memcmp(o->device, nobody, STORE_ID) == 0)
		err = store_object_target_list(call->api->env.store, o->id, put_target, &x);
	json_end_array(j);
	json_end_object(j);
	if (err)
		reply_store(call, err, "object", "");
}

/* For the audit log. */
static void note(struct call *call, const struct store_object *o)
{
	const struct str statement = {(const char *)o->statement, o->statement_len};
	struct buf b = buf_over(call->detail, sizeof(call->detail) - 1);
	char why[OBJECT_WHY_MAX];
	struct object said;

	buf_hex(&b, o->id, STORE_ID);
	buf_text(&b, " ");
	if (object_decode(statement, &said, why) == ERR_OK)
		object_describe(&b, &said);
	call->detail[b.len] = 0;
}

void objects_show(struct call *call)
{
	struct store_object o;

	if (objects_find(call, &o))
		objects_reply(call, 200, &o);
}

void objects_remove(struct call *call)
{
	struct store_object o;
	enum err err;

	if (!objects_find(call, &o))
		return;
	note(call, &o);
	err = serve_begin(call);
	if (!err)
		err = store_object_remove(call->api->env.store, key_of(&o));
	if (err)
		reply_store(call, err, "object", "");
	else
		reply_nothing(call);
}

/* The bytes in base64, written into memory of its own because an answer of this size is rare. */
static void put_bytes(struct call *call, const struct store_object *o, uint64_t offset, struct str bytes)
{
	size_t cap = bytes.len / 3 * 4 + 8, len = 0;
	char *text = malloc(cap);

	if (!text ||
	    mbedtls_base64_encode((unsigned char *)text, cap, &len, (const unsigned char *)bytes.data, bytes.len)) {
		free(text);
		reply_store(call, ERR_NO_MEMORY, "object", "");
		return;
	}
	struct json *j = reply_json(call, 200);

	json_begin_object(j);
	put_number(j, "offset", offset);
	put_number(j, "size", o->size);
	json_key(j, "data");
	json_str(j, (struct str){text, len});
	json_end_object(j);
	free(text);
}

void objects_bytes(struct call *call)
{
	static uint8_t bytes[OBJECTS_PIECE_READ]; /* of the API's one thread */
	struct store_object o;
	char text[24];
	uint64_t offset = 0;
	size_t got = 0;
	enum err err;

	if (!page_text(call, "offset", text, sizeof(text)))
		return;
	if (text[0] && str_number(str_from(text), UINT32_MAX, &offset) != ERR_OK) {
		reply_error(call, FAULT_INVALID, "The parameter offset is not a number of bytes.");
		return;
	}
	if (!objects_find(call, &o))
		return;
	note(call, &o);
	if (o.state != STORE_OBJECT_WHOLE) {
		reply_error(call, FAULT_NOT_READY, "Only %llu of its %llu bytes are here.", (unsigned long long)o.have,
			    (unsigned long long)o.size);
		return;
	}
	const struct store_object_read r = {key_of(&o), offset, bytes, sizeof(bytes)};

	err = store_object_read(call->api->env.store, &r, &got);
	if (err)
		reply_store(call, err, "object", "");
	else
		put_bytes(call, &o, offset, (struct str){(const char *)bytes, got});
}
