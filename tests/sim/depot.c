/* SPDX-License-Identifier: Apache-2.0 */
/* Objects at the service. All that judges is the service's own code; this moves messages, as server-stub/gateway does.
 */
#include "tests/sim/depot.h"

#include "agent/base/require.h"
#include "server-stub/ingest/delivery.h"
#include "server-stub/ingest/upload.h"
#include "tests/sim/cargo.h"

#include <string.h>

#define ASKS_MAX 4 /* the gateway's LINK_OBJECT_JOBS_MAX */
#define LATER_US (10 * MINUTE_US)

struct ask {
	struct object_message message;
	bool delivered, answers; /* somebody still waits for the answer */
	struct upload_answer answer;
	uint8_t data[OBJECT_MESSAGE_CHUNK_MAX];
};

static struct depot {
	struct world *world;
	struct store *store;
	depot_send send;
	uint8_t device[STORE_ID];
	uint64_t quota;
	uint64_t wakes; /* an offer for later counts only when it is the last */
	struct upload_counts counts;
	unsigned count;
	struct ask asks[ASKS_MAX];
} depot;

void depot_begin(struct world *w, struct store *s, const uint8_t device[STORE_ID], depot_send send)
{
	memset(&depot, 0, offsetof(struct depot, asks));
	depot.world = w;
	depot.store = s;
	depot.send = send;
	depot.quota = (uint64_t)w->scenario->object_bytes * w->scenario->objects_up;
	memcpy(depot.device, device, STORE_ID);
}

static int64_t wall_us(void)
{
	return depot.world->time_us;
}

bool depot_make(void)
{
	static uint8_t bytes[CARGO_BYTES_MAX];
	const struct cargo *c = cargo_make(OBJECT_DOWN);
	struct store_object o = {.state = STORE_OBJECT_PART, .created_us = wall_us()};
	struct store_object_target t = {.state = TARGET_PENDING};

	if (!c)
		return false;
	o.size = c->object.size;
	o.statement_len = (uint16_t)c->statement_len;
	memcpy(o.statement, c->statement, c->statement_len);
	memcpy(o.id, c->id, STORE_ID);
	memcpy(t.object, c->id, STORE_ID);
	memcpy(t.device, depot.device, STORE_ID);
	cargo_bytes(c, bytes);
	require(store_object_put(depot.store, &o) == ERR_OK);
	if (o.size > 0)
		require(store_object_append(depot.store, &o, (struct str){(const char *)bytes, o.size}) == ERR_OK);
	o.state = STORE_OBJECT_WHOLE;
	require(store_object_put(depot.store, &o) == ERR_OK && store_object_target_put(depot.store, &t) == ERR_OK);
	return true;
}

void depot_offer(void)
{
	static struct delivery d;
	enum err err = delivery_next(depot.store, depot.device, &d);

	require(err == ERR_OK || err == ERR_NOT_FOUND);
	depot.wakes++;
	if (err == ERR_OK)
		depot.send(&d.message);
}

static void offer_again(struct world *w, uint64_t wake)
{
	(void)w;
	if (wake == depot.wakes)
		depot_offer();
}

static void send_piece(const struct object_message *fetch)
{
	static struct delivery d;

	require(delivery_piece(depot.store, depot.device, fetch, &d) == ERR_OK);
	if (d.message.what == OBJECT_CHUNK)
		cargo_moved(fetch->id, d.message.data.len);
	for (unsigned i = 0; i < (depot.world->broken == BREAK_OBJECT_FLOOD ? 3 : 1); i++)
		depot.send(&d.message);
}

/* With this fault built in, a device hears of what is not durable. */
static void keep_too_early(const struct object_message *m)
{
	struct object_message done = {.what = OBJECT_DONE, .status = OBJECT_KEPT};
	const struct cargo *c = cargo_of(m->id);

	if (depot.world->broken != BREAK_OBJECT_EARLY || m->what != OBJECT_CHUNK || !c ||
	    m->offset + m->data.len < c->object.size)
		return;
	memcpy(done.id, m->id, OBJECT_ID);
	depot.send(&done);
}

bool depot_message(const struct object_message *m)
{
	struct ask *ask = &depot.asks[depot.count];

	if (m->what == OBJECT_FETCH) {
		send_piece(m);
		return false;
	}
	if (depot.count == ASKS_MAX)
		return false;
	*ask = (struct ask){.message = *m, .answers = true};
	if (m->data.len > 0)
		memcpy(ask->data, m->data.data, m->data.len);
	ask->message.data.data = (const char *)ask->data;
	depot.count++;
	keep_too_early(m);
	return true;
}

static void carry_out(struct ask *ask)
{
	const struct delivery_from from = {depot.device, wall_us()};
	const struct upload upload = {depot.device, &ask->message, depot.quota, wall_us()};
	uint64_t used;

	if (ask->message.what == OBJECT_DONE)
		require(delivery_done(depot.store, &from, &ask->message, &ask->delivered) == ERR_OK);
	if (!ask->delivered)
		require(upload_take(depot.store, &upload, &depot.counts, &ask->answer) == ERR_OK);
	require(store_object_used(depot.store, depot.device, &used) == ERR_OK);
	if (used > depot.quota)
		world_fail(depot.world, "the device has %llu bytes at the service, more than its quota",
			   (unsigned long long)used);
}

void depot_commit(void)
{
	for (unsigned i = 0; i < depot.count; i++)
		carry_out(&depot.asks[i]);
}

/* What a device hears is kept must be here, byte by byte. */
static void check_kept(const uint8_t id[OBJECT_ID])
{
	static uint8_t bytes[CARGO_BYTES_MAX];
	const struct store_object_read r = {{depot.device, id}, 0, bytes, sizeof(bytes)};
	const struct cargo *c = cargo_of(id);
	size_t got = 0;

	if (!c)
		return;
	if (store_object_read(depot.store, &r, &got) != ERR_OK || !cargo_is(c, (struct str){(const char *)bytes, got}))
		world_fail(depot.world, "the service keeps %s, and these are not its bytes", c->object.name);
	else
		cargo_arrived(id);
}

/* The device says that it has an object: it must. Whether it does is its porter's to say. */
static void check_delivered(const struct object_message *done)
{
	const struct cargo *c = cargo_of(done->id);

	if (c && done->status == OBJECT_REFUSED && !c->gone)
		world_fail(depot.world, "the device refuses %s %llu: %.*s", c->object.name,
			   (unsigned long long)c->object.version, (int)done->data.len, done->data.data);
	if (c && done->status == OBJECT_KEPT && !c->arrived)
		world_fail(depot.world, "the device says that it has %s, and has it not", c->object.name);
}

static void answer(struct ask *ask)
{
	const struct object_message *said = &ask->answer.message;

	if (!ask->delivered && said->what == OBJECT_DONE && said->status == OBJECT_KEPT)
		check_kept(ask->message.id);
	else if (!ask->delivered && said->what == OBJECT_DONE && said->status == OBJECT_REFUSED)
		world_fail(depot.world, "the service refuses an object: %s", ask->answer.text);
	if (ask->delivered)
		check_delivered(&ask->message);
	if (!ask->answers)
		return;
	if (!ask->delivered && said->what != 0)
		depot.send(said);
	else if (ask->delivered && ask->message.status == OBJECT_LATER)
		world_after(depot.world, LATER_US, offer_again, ++depot.wakes);
	else if (ask->delivered)
		depot_offer();
}

void depot_committed(void)
{
	for (unsigned i = 0; i < depot.count; i++)
		answer(&depot.asks[i]);
	depot.count = 0;
}

void depot_broke(void)
{
	for (unsigned i = 0; i < depot.count; i++)
		depot.asks[i].answers = false;
}

void depot_crash(void)
{
	depot.count = 0;
}
