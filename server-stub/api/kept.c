/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Joins objects and devices. The few newest objects are read once; what became of each on a device is one look-up by
 * its key. Plain files are left out: nothing says which of them a group is to have.
 */
#include "server-stub/api/kept.h"

#include "proto/object.h"
#include "server-stub/api/device_health.h"
#include "server-stub/api/devices.h"
#include "server-stub/api/names.h"
#include "server-stub/api/orders.h"
#include "server-stub/api/page.h"
#include "server-stub/api/reply.h"

#include <stdio.h>
#include <string.h>

#define FILE_KIND "file"

/* An object that devices may have. */
struct candidate {
	uint8_t id[STORE_ID];
	struct object said;
	int64_t created_us;
};

/* All of one call; the API has one thread. */
static struct kept {
	struct page page;
	char group[STORE_NAME_MAX];
	unsigned count;
	struct candidate list[KEPT_OBJECTS_MAX];
	uint64_t last; /* row of the object that was read last */
	unsigned read;
	enum err err;
	uint8_t after[STORE_ID];
	bool has_after;
	unsigned scanned;
} kept;

static bool is_candidate(const struct store_object *o, struct object *said)
{
	static const uint8_t nobody[STORE_ID];
	char why[OBJECT_WHY_MAX];

	return memcmp(o->device, nobody, STORE_ID) == 0 && o->state == STORE_OBJECT_WHOLE &&
	       object_decode((struct str){(const char *)o->statement, o->statement_len}, said, why) == ERR_OK &&
	       strcmp(object_kind(said->kind)->name, FILE_KIND) != 0 &&
	       (!said->group[0] || strcmp(said->group, kept.group) == 0);
}

static bool gather(void *arg, uint64_t rowid, const struct store_object *o)
{
	struct candidate *c = &kept.list[kept.count];

	(void)arg;
	kept.last = rowid;
	kept.read++;
	if (!is_candidate(o, &c->said))
		return true;
	memcpy(c->id, o->id, sizeof(c->id));
	c->created_us = o->created_us;
	return ++kept.count < KEPT_OBJECTS_MAX;
}

static enum err gather_all(struct call *call)
{
	enum err err = ERR_OK;
	unsigned before;

	do {
		const struct store_object_query q = {NULL, kept.last, STORE_PAGE_MAX, gather, NULL};

		before = kept.read;
		err = store_object_list(call->api->env.store, &q);
	} while (err == ERR_OK && kept.count < KEPT_OBJECTS_MAX && kept.read - before == STORE_PAGE_MAX);
	return err;
}

static void put_object(struct json *j, const struct candidate *c, const struct store_object_target *t)
{
	reply_id(j, "id", c->id);
	json_key(j, "kind");
	json_text(j, object_kind(c->said.kind)->name);
	json_key(j, "name");
	json_text(j, c->said.name);
	json_key(j, "version");
	json_u64(j, c->said.version);
	json_key(j, "size");
	json_u64(j, c->said.size);
	json_key(j, "sha256");
	json_hex(j, c->said.sha256, sizeof(c->said.sha256));
	json_key(j, "author");
	json_text(j, c->said.author);
	reply_time(j, "created", c->created_us);
	json_key(j, "state");
	json_text(j, orders_state(t->state));
	json_key(j, "text");
	json_text(j, t->text);
	reply_time(j, "updated", t->updated_us);
}

/* Whether one above it in the list, which is newer, was shown under its kind and name. */
static bool is_older(const bool *shown, unsigned at)
{
	const struct object *o = &kept.list[at].said;

	for (unsigned i = 0; i < at; i++)
		if (shown[i] && kept.list[i].said.kind == o->kind && strcmp(kept.list[i].said.name, o->name) == 0)
			return true;
	return false;
}

static void put_objects(struct json *j, const uint8_t device[STORE_ID])
{
	struct store *s = kept.page.call->api->env.store;
	bool shown[KEPT_OBJECTS_MAX] = {false};
	struct store_object_target t;

	json_key(j, "objects");
	json_begin_array(j);
	for (unsigned i = 0; i < kept.count && kept.err == ERR_OK; i++) {
		enum err err =
			is_older(shown, i) ? ERR_NOT_FOUND : store_object_target_get(s, kept.list[i].id, device, &t);

		shown[i] = err == ERR_OK;
		if (err != ERR_OK && err != ERR_NOT_FOUND)
			kept.err = err;
		if (!shown[i])
			continue;
		json_begin_object(j);
		put_object(j, &kept.list[i], &t);
		json_end_object(j);
	}
	json_end_array(j);
}

static void put(struct json *j, const struct registry_device *d)
{
	struct device_health h;

	device_health_read(kept.page.call, d->id, &h);
	json_begin_object(j);
	names_put(kept.page.call->api, j, d->id);
	json_key(j, "connected");
	json_bool(j, d->connected);
	device_health_put_tuning(j, &h);
	put_objects(j, d->id);
	json_end_object(j);
	device_health_free(&h);
}

static bool each(void *arg, const struct registry_device *d)
{
	(void)arg;
	kept.scanned++;
	if (!d->is_deleted && d->state == DEVICE_APPROVED) {
		if (!page_room(&kept.page))
			return false;
		put(kept.page.j, d);
	}
	memcpy(kept.after, d->id, STORE_ID);
	kept.has_after = true;
	return kept.err == ERR_OK;
}

static enum err list_devices(struct call *call)
{
	enum err err = ERR_OK;

	for (unsigned before = UINT32_MAX; err == ERR_OK && before != kept.scanned && !kept.page.full;) {
		before = kept.scanned;
		err = registry_device_list(call->api->env.store, kept.group, kept.has_after ? kept.after : NULL,
					   STORE_PAGE_MAX, each, NULL);
		if (err == ERR_OK)
			err = kept.err;
		if (kept.scanned - before < STORE_PAGE_MAX)
			break;
	}
	return err;
}

void kept_list(struct call *call)
{
	struct buf b = buf_over(kept.page.next, sizeof(kept.page.next) - 1);
	bool given;
	enum err err;

	memset(&kept, 0, sizeof(kept));
	if (!devices_cursor(call, kept.after, &given) || !page_text(call, "group", kept.group, sizeof(kept.group)))
		return;
	if (!kept.group[0]) {
		reply_error(call, FAULT_MISSING, "The parameter group is missing: a desired state is a group's.");
		return;
	}
	if (!page_begin(&kept.page, call))
		return;
	kept.has_after = given;
	err = gather_all(call);
	if (err == ERR_OK)
		err = list_devices(call);
	if (err != ERR_OK) {
		reply_store(call, err, "device", "");
		return;
	}
	buf_hex(&b, kept.after, STORE_ID);
	kept.page.next[b.len] = 0;
	page_end(&kept.page);
}
