/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects at the device. The actor's model keeps an object as agent/actor/sys/object_file.c does: first what it is,
 * then the object, each replaced as a whole; the power may go in between.
 */
#include "tests/sim/porter.h"

#include "agent/base/key.h"
#include "agent/base/require.h"
#include "proto/frame.h"
#include "proto/object_message.h"
#include "proto/wire.h"
#include "tests/sim/cargo.h"
#include "tests/sim/device.h"

#include <stdio.h>
#include <string.h>

#define SYNC_MARK (UINT64_C(1) << 63) /* of tokens that are not the spool's */
#define BYTES_MAX (4u << 20)

static struct porter {
	struct world *world;
	struct disk *disk;
	struct spool_disk base, ops;
	uint64_t power; /* counts power cuts */
	/* The one request of the core that the actor works on. */
	struct actor_object ask;
	uint64_t life, asked_power;
	bool busy;
} porter;

void porter_begin(struct world *w, struct disk *d)
{
	memset(&porter, 0, sizeof(porter));
	porter.world = w;
	porter.disk = d;
}

static bool in_use(void)
{
	return porter.world->scenario->objects_down || porter.world->scenario->objects_up;
}

/* The disk of the uplink. */

static bool ends(const char *name, const char *end)
{
	size_t len = strlen(name), tail = strlen(end);

	return len >= tail && strcmp(name + len - tail, end) == 0;
}

static void count_staged(void *arg, const char *name, uint64_t size)
{
	unsigned *count = arg;

	(void)size;
	*count += ends(name, ".in");
}

static unsigned staged(void)
{
	unsigned count = 0;

	require(porter.base.list(porter.base.context, count_staged, &count) == ERR_OK);
	return count;
}

static enum err append(void *context, const char *name, const void *data, size_t len)
{
	enum err err = porter.base.append(context, name, data, len);

	if (staged() > 1)
		world_fail(porter.world, "%u unfinished objects lie on the device", staged());
	return err;
}

static void sync_marked(void *context, const char *name, uint64_t token)
{
	porter.base.sync(context, name, token | SYNC_MARK);
}

bool porter_owns(uint64_t token)
{
	return (token & SYNC_MARK) != 0;
}

static void open_objects(struct uplink *u)
{
	uplink_objects_open(u, &(struct uplink_objects_setup){
				       .disk = &porter.ops,
				       .bytes_max = BYTES_MAX,
				       .rate = porter.world->scenario->object_rate,
			       });
}

void porter_open(struct uplink *u, const struct spool_disk *ops)
{
	if (!in_use())
		return;
	porter.base = porter.ops = *ops;
	porter.ops.append = append;
	porter.ops.sync = sync_marked;
	open_objects(u);
}

static void forget(void *arg, const char *name, uint64_t size)
{
	(void)size;
	if (ends(name, ".in"))
		snprintf(arg, OBJECT_STAGED_MAX, "%s", name);
}

/* The fault that is built in: a device that begins again with each connection. */
void porter_connected(struct uplink *u)
{
	char name[OBJECT_STAGED_MAX] = "";

	if (porter.world->broken != BREAK_OBJECT_ANEW)
		return;
	require(porter.base.list(porter.base.context, forget, name) == ERR_OK);
	if (name[0])
		(void)!porter.base.remove(porter.base.context, name);
	open_objects(u);
}

void porter_sent(struct str frame)
{
	struct object_message m;
	struct wire_field f;
	struct str body;

	if (!in_use() || frame_take(&frame, &body) != ERR_OK || wire_next(&body, &f) != ERR_OK ||
	    object_message_what(OBJECT_TO_SERVER, f.number) != OBJECT_CHUNK)
		return;
	require(object_message_take(OBJECT_CHUNK, f.bytes, &m) == ERR_OK);
	cargo_moved(m.id, m.data.len);
	device_check_overtaking();
}

/* The actor. */

static void place_name(char name[DISK_NAME_MAX], const char *what, const struct object *o)
{
	snprintf(name, DISK_NAME_MAX, "%s %.20s", what, o->name);
}

/* Each write of the actor's may be the last thing before the power goes. */
static bool power_goes(void)
{
	const struct world *w = porter.world;
	uint64_t before = porter.power;

	if (!w->peace && w->scenario->power_cut_writes && world_chance(porter.world, 50))
		device_power_cut();
	return porter.power != before;
}

static enum err put(const struct object *o, const uint8_t id[OBJECT_ID])
{
	char name[OBJECT_STAGED_MAX], claim[DISK_NAME_MAX], place[DISK_NAME_MAX];
	uint8_t digest[32];
	enum err err;

	object_staged_name(id, name);
	struct str bytes = disk_get(porter.disk, name);

	key_sha256(bytes.data, bytes.len, digest);
	if (porter.world->broken != BREAK_OBJECT_UNVERIFIED &&
	    (bytes.len != o->size || memcmp(digest, o->sha256, sizeof(digest)) != 0))
		return ERR_CORRUPT;
	place_name(claim, "claim of", o);
	place_name(place, "kept", o);
	err = disk_replace(porter.disk, claim, (struct str){(const char *)&o->version, sizeof(o->version)});
	if (err != ERR_OK || power_goes())
		return err;
	err = disk_replace(porter.disk, place, bytes);
	if (err == ERR_OK)
		cargo_arrived(id);
	(void)power_goes();
	return err;
}

static enum err check_version(const struct object *o)
{
	char name[DISK_NAME_MAX];
	uint64_t have = 0;

	place_name(name, "claim of", o);
	struct str claim = disk_get(porter.disk, name);

	if (claim.len == sizeof(have))
		memcpy(&have, claim.data, sizeof(have));
	place_name(name, "kept", o);
	if (o->version < have)
		return ERR_REPLAYED;
	return o->version == have && disk_get(porter.disk, name).len == o->size ? ERR_EXISTS : ERR_OK;
}

static enum err judge(const struct actor_object *ask, const uint8_t id[OBJECT_ID])
{
	char why[OBJECT_WHY_MAX];
	struct object o;
	enum err err = object_decode((struct str){(const char *)ask->statement, ask->statement_len}, &o, why);

	require(err == ERR_OK);
	if (!porter.world->peace && world_chance(porter.world, porter.world->scenario->actor_trouble)) {
		cargo_excuse(id); /* what was gathered may be thrown away */
		return world_chance(porter.world, 500) ? ERR_BUSY : ERR_IO;
	}
	err = check_version(&o);
	return err == ERR_OK && ask->put ? put(&o, id) : err;
}

static void work(struct world *w, uint64_t power)
{
	struct actor_object_answer answer = {.put = porter.ask.put};
	enum err err;

	if (power != porter.power)
		return;
	object_id((struct str){(const char *)porter.ask.statement, porter.ask.statement_len}, answer.id);
	err = judge(&porter.ask, answer.id);
	if (power != porter.power)
		return;
	porter.busy = false;
	answer.err = (uint8_t)err;
	world_say(w, "the actor says of an object%s: %s", answer.put ? " that came" : "", err_text(err));
	snprintf(answer.text, sizeof(answer.text), "%s", err_text(err));
	device_object_answer(&answer, porter.life);
}

void porter_ask(const struct actor_object *ask, uint64_t life)
{
	if (porter.busy) {
		/* Of a core that has died. */
		struct actor_object_answer busy = {.put = ask->put, .err = ERR_BUSY};

		object_id((struct str){(const char *)ask->statement, ask->statement_len}, busy.id);
		device_object_answer(&busy, life);
		return;
	}
	porter.ask = *ask;
	porter.life = life;
	porter.busy = true;
	world_after(porter.world, 500 + (int64_t)world_random(porter.world, 200000), work, porter.power);
}

/* Root's program. */

bool porter_make(void)
{
	static uint8_t file[OBJECT_WAITING_HEAD + OBJECT_STATEMENT_MAX + CARGO_BYTES_MAX];
	struct buf b = buf_over(file, sizeof(file));
	const struct cargo *c;
	char name[OBJECT_STAGED_MAX];

	if (!device_powered() || porter.disk->trouble != ERR_OK)
		return false;
	c = cargo_make(OBJECT_UP);
	if (!c)
		return true;
	object_waiting_head(&b, (struct str){(const char *)c->statement, c->statement_len});
	require(!b.overflow);
	cargo_bytes(c, file + b.len);
	object_waiting_name(c->id, name);
	require(disk_replace(porter.disk, name, (struct str){(const char *)file, b.len + c->object.size}) == ERR_OK);
	device_look_objects();
	return true;
}

/* The power, and the end. */

void porter_lose_power(void)
{
	porter.power++;
	porter.busy = false;
}

static void count_waiting(void *arg, const char *name, uint64_t size)
{
	unsigned *count = arg;

	(void)size;
	*count += object_is_waiting(name);
}

/* What lies in an object's place is an object, and whole: the old one or the new one. */
void porter_check(void)
{
	for (unsigned i = 0; i < CARGO_NAMES; i++) {
		char name[DISK_NAME_MAX];

		snprintf(name, sizeof(name), "kept thing%u", i);
		struct str bytes = disk_get(porter.disk, name);

		if (bytes.data && !cargo_is_some(name + strlen("kept "), bytes))
			world_fail(porter.world, "what lies in the place of %s is no object", name);
	}
}

bool porter_done(const char **why)
{
	unsigned waiting = 0;

	if (!in_use())
		return true;
	require(porter.base.list(porter.base.context, count_waiting, &waiting) == ERR_OK);
	*why = "objects wait to be sent";
	if (waiting > 0)
		return false;
	/* A file that was removed just before a power cut may be there again. The next object removes it. */
	*why = "unfinished objects lie on the device";
	return staged() <= (porter.world->power_cuts > 0);
}
