/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated service. Everything that decides is the server's own code; this only moves bytes and time. */
#include "tests/sim/service.h"

#include "agent/base/require.h"
#include "server-stub/gateway/session/session.h"
#include "server-stub/ingest/follow.h"
#include "server-stub/ingest/ingest.h"
#include "server-stub/store/log.h"
#include "server-stub/store/registry.h"
#include "server-stub/store/store.h"
#include "server-stub/store/views.h"
#include "tests/sim/depot.h"
#include "tests/sim/hands.h"

#include "caltrop/v1/link.pb-c.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WAITING_MAX 64
#define SMALL_BYTES 4096 /* of all messages to the device that are no pieces of objects */

static const uint8_t device_id[STORE_ID] = {0xd0, 1, 2, 3};

struct waiting {
	struct log_batch batch;
	uint8_t *bytes;
	uint64_t connection;
};

static struct service {
	struct world *world;
	struct net *net;
	struct store *store;
	struct session_scratch *scratch;
	struct session *session;
	void *scratch_memory, *session_memory;
	uint64_t connection; /* counts sessions; a commit answers only its own */
	uint64_t life;	     /* counts starts */
	bool up, committing;
	unsigned waiting_count;
	struct waiting waiting[WAITING_MAX];
} service;

static struct now now_of(void)
{
	int64_t us = service.world->time_us;

	return (struct now){us, INT64_C(1800000000) * SECOND_US + us};
}

static void drop_waiting(void)
{
	for (unsigned i = 0; i < service.waiting_count; i++)
		free(service.waiting[i].bytes);
	service.waiting_count = 0;
}

static void send_object(const struct object_message *m);

void service_begin(struct world *w, struct net *n)
{
	struct registry_device device = {.state = DEVICE_APPROVED};

	memset(&service, 0, sizeof(service));
	service.world = w;
	service.net = n;
	service.up = true;
	service.scratch_memory = malloc(session_scratch_size());
	service.session_memory = malloc(session_size());
	service.scratch = session_scratch_init(service.scratch_memory);
	require(store_open(NULL, NULL, &service.store) == ERR_OK);
	memcpy(device.id, device_id, STORE_ID);
	require(registry_device_put(service.store, &device) == ERR_OK);
	depot_begin(w, service.store, device_id, send_object);
}

void service_end(void)
{
	drop_waiting();
	store_close(service.store);
	free(service.scratch_memory);
	free(service.session_memory);
}

static void drain(void);

static void commit(struct world *w, uint64_t life)
{
	uint64_t committed[WAITING_MAX];
	struct ingest_counts counts = {0};
	struct follow follow = {.store = service.store};

	if (life != service.life || !service.up)
		return;
	service.committing = false;
	require(store_begin(service.store) == ERR_OK);
	for (unsigned i = 0; i < service.waiting_count; i++) {
		struct waiting *b = &service.waiting[i];
		enum err err = ingest_batch(service.store, &b->batch, &counts, &committed[i]);

		if (err != ERR_OK)
			world_fail(w, "the service rejects a batch: %s", err_text(err));
	}
	depot_commit();
	require(store_commit(service.store) == ERR_OK);
	require(follow_all(&follow) == ERR_OK);
	for (unsigned i = 0; i < service.waiting_count; i++)
		if (service.session && service.waiting[i].connection == service.connection)
			session_committed(service.session, committed[i], now_of());
	drop_waiting();
	depot_committed();
	if (service.session)
		drain();
}

static void commit_soon(void)
{
	if (service.committing)
		return;
	service.committing = true;
	world_after(service.world, 1000 + (int64_t)world_random(service.world, 200000), commit, service.life);
}

static void take_batch(const struct log_batch *batch)
{
	struct waiting *b = &service.waiting[service.waiting_count];

	require(service.waiting_count < WAITING_MAX);
	b->batch = *batch;
	b->bytes = malloc(batch->blob.len + 1);
	memcpy(b->bytes, batch->blob.data, batch->blob.len);
	b->batch.blob.data = (const char *)b->bytes;
	b->connection = service.connection;
	service.waiting_count++;
	world_say(service.world, "the service takes %llu to %llu", (unsigned long long)batch->first_seq,
		  (unsigned long long)batch->last_seq);
	if (service.world->broken == BREAK_ACK_BEFORE_SYNC)
		session_committed(service.session, batch->last_seq, now_of());
	commit_soon();
}

static void hang_up(bool tell_device)
{
	if (!service.session)
		return;
	session_end(service.session);
	service.session = NULL;
	depot_broke();
	net_close(service.net, tell_device, false);
}

/* Objects. */

static void send_object(const struct object_message *m)
{
	if (service.up && service.session)
		(void)!session_object(service.session, m);
}

/* Now and then an operator pushes an order while a piece is on its way. */
static void take_object(const struct object_message *m)
{
	if (depot_message(m))
		commit_soon();
	if (!service.world->peace && m->what == OBJECT_FETCH && world_chance(service.world, 20))
		service_order();
}

void service_object(void)
{
	if (!depot_make())
		return;
	depot_offer();
	drain();
}

/* Orders. */

static bool send_order(void *arg, const struct registry_order *order)
{
	struct registry_target target;

	(void)arg;
	require(registry_target_get(service.store, order->id, device_id, &target) == ERR_OK);
	if (!service.session || session_order(service.session, order, now_of()) != ERR_OK)
		return false;
	target.state = target.state > TARGET_SENT ? target.state : TARGET_SENT;
	require(registry_target_put(service.store, &target) == ERR_OK);
	return true;
}

static void send_waiting(void)
{
	int64_t wall_s = now_of().wall_us / SECOND_US;

	require(registry_target_waiting(service.store, device_id, wall_s, send_order, NULL) == ERR_OK);
}

void service_order(void)
{
	struct registry_order order = {.verb = "ban", .order_len = 16};
	struct now now = now_of();

	world_bytes(service.world, order.id, sizeof(order.id));
	memcpy(order.order, order.id, sizeof(order.id));
	order.created_us = now.wall_us;
	order.not_after_s = now.wall_us / SECOND_US + 86400;
	order.signature_count = 1;
	order.signatures[0].len = 8;
	require(registry_order_put(service.store, &order, &device_id, 1) == ERR_OK);
	world_say(service.world, "order %02x%02x", order.id[0], order.id[1]);
	/* What is on its way before it: a piece of an object at most, and small messages. */
	if (net_pending(service.net, NET_DEVICE) > OBJECT_MESSAGE_MAX + SMALL_BYTES)
		world_fail(service.world, "an order waits behind %zu bytes", net_pending(service.net, NET_DEVICE));
	if (service.up && service.session && send_order(NULL, &order))
		drain();
}

static void order_seen(const uint8_t id[STORE_ID])
{
	struct registry_target target;

	require(registry_target_get(service.store, id, device_id, &target) == ERR_OK);
	if (target.state >= TARGET_SEEN)
		return;
	target.state = TARGET_SEEN;
	require(registry_target_put(service.store, &target) == ERR_OK);
}

static bool check_order(void *arg, uint64_t rowid, const struct registry_order *order)
{
	struct registry_target target;
	unsigned done = hands_orders(order->id);

	(void)arg;
	(void)rowid;
	require(registry_target_get(service.store, order->id, device_id, &target) == ERR_OK);
	if (done != 1)
		world_fail(service.world, "order %02x%02x was carried out %u times", order->id[0], order->id[1], done);
	if (target.state != TARGET_DONE)
		world_fail(service.world, "order %02x%02x was carried out, and the service thinks %u", order->id[0],
			   order->id[1], target.state);
	return true;
}

void service_check_orders(void)
{
	require(registry_order_list(service.store, 0, STORE_PAGE_MAX, check_order, NULL) == ERR_OK);
}

static void drain(void)
{
	struct session_effect effect;

	while (service.session && session_take(service.session, &effect)) {
		switch (effect.action) {
		case SESSION_SEND: net_send(service.net, NET_DEVICE, effect.bytes); break;
		case SESSION_HELLO: {
			uint64_t seq = 0;

			require(log_committed(service.store, device_id, effect.hello.spool_id, &seq) == ERR_OK);
			session_welcome(service.session, seq, now_of());
			send_waiting();
			depot_offer();
			break;
		}
		case SESSION_SEEN: order_seen(effect.order_id); break;
		case SESSION_OBJECT: take_object(&effect.object); break;
		case SESSION_BATCH: take_batch(&effect.batch); break;
		case SESSION_CLOSE:
			world_fail(service.world, "the service closes the link: %s", effect.text);
			hang_up(true);
			break;
		default: break;
		}
	}
}

static void look_at_clock(struct world *w, uint64_t connection)
{
	(void)w;
	if (!service.session || connection != service.connection)
		return;
	int64_t deadline = session_deadline(service.session), now = service.world->time_us;

	if (now >= deadline) {
		hang_up(true);
		return;
	}
	world_after(service.world, deadline == INT64_MAX ? MINUTE_US : deadline - now, look_at_clock, connection);
}

void service_connected(void)
{
	/* The one before may be dead without our knowing. */
	if (service.session)
		session_end(service.session);
	depot_broke();
	service.connection++;
	service.session = session_init(service.session_memory, service.scratch, device_id);
	world_after(service.world, MINUTE_US, look_at_clock, service.connection);
}

void service_arrived(struct str bytes)
{
	if (!service.session)
		return;
	session_feed(service.session, bytes, now_of());
	drain();
}

void service_broke(void)
{
	depot_broke();
	if (service.session)
		session_end(service.session);
	service.session = NULL;
}

static void come_back(struct world *w, uint64_t life)
{
	if (life != service.life)
		return;
	service.up = true;
	world_say(w, "the service is back");
}

void service_crash(void)
{
	world_say(service.world, "the service dies with %u batches not committed", service.waiting_count);
	service.world->server_crashes++;
	service.life++;
	service.up = false;
	service.committing = false;
	drop_waiting();
	depot_crash();
	hang_up(true);
	world_after(service.world, (int64_t)world_random(service.world, 10000) * MS_US, come_back, service.life);
}

bool service_up(void)
{
	return service.up;
}

struct each {
	void (*call)(void *arg, struct str record);
	void *arg;
};

static bool each_batch(void *arg, uint64_t rowid, const struct log_batch *b)
{
	struct each *each = arg;
	Caltrop__V1__Batch *batch = caltrop__v1__batch__unpack(NULL, b->blob.len, (const uint8_t *)b->blob.data);

	(void)rowid;
	require(batch != NULL);
	for (size_t i = 0; i < batch->n_entries; i++) {
		ProtobufCBinaryData *r = &batch->entries[i]->record;

		each->call(each->arg, (struct str){(const char *)r->data, r->len});
	}
	caltrop__v1__batch__free_unpacked(batch, NULL);
	return true;
}

struct walk {
	struct each each;
	uint64_t last;
	unsigned count;
};

static bool walk_batch(void *arg, uint64_t rowid, const struct log_batch *b)
{
	struct walk *walk = arg;

	walk->last = rowid;
	walk->count++;
	return each_batch(&walk->each, rowid, b);
}

void service_each(void (*each)(void *arg, struct str record), void *arg)
{
	struct walk walk = {{each, arg}, 0, 0};

	do {
		walk.count = 0;
		require(log_list(service.store, NULL, false, walk.last, STORE_PAGE_MAX, walk_batch, &walk) == ERR_OK);
	} while (walk.count);
}

unsigned service_incident_state(const uint8_t id[16])
{
	struct views_incident found;

	return views_incident_of(service.store, device_id, id, &found) == ERR_OK ? found.state : 0;
}

unsigned service_incident_count(const uint8_t id[16])
{
	struct views_incident found;

	return views_incident_of(service.store, device_id, id, &found) == ERR_OK ? found.count : 0;
}

struct incident_walk {
	void (*call)(void *arg, const uint8_t id[16], const char *rule, const char *src);
	void *arg;
	uint64_t last;
	unsigned count, all;
};

static bool walk_incident(void *arg, uint64_t rowid, const struct views_incident *i)
{
	struct incident_walk *walk = arg;

	walk->last = rowid;
	walk->count++;
	walk->all++;
	walk->call(walk->arg, i->id, i->rule_id, i->src);
	return true;
}

unsigned service_incidents(void (*each)(void *arg, const uint8_t id[16], const char *rule, const char *src), void *arg)
{
	struct incident_walk walk = {each, arg, 0, 0, 0};

	do {
		walk.count = 0;
		require(views_incident_list(service.store, 0, NULL, walk.last, STORE_PAGE_MAX, walk_incident, &walk) ==
			ERR_OK);
	} while (walk.count);
	return walk.all;
}
