/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps the book of objects. Looks at no store and at no disk: who does tells it. */
#include "tests/sim/cargo.h"

#include "agent/base/hash.h"
#include "agent/base/key.h"
#include "agent/base/require.h"
#include "proto/object_message.h"

#include <stdio.h>
#include <string.h>

static struct book {
	struct world *world;
	const struct net *net;
	unsigned count, made[2]; /* down, up */
	struct cargo all[CARGO_MAX];
} book;

static struct cargo_totals totals;

void cargo_begin(struct world *w, const struct net *n)
{
	memset(&book, 0, sizeof(book));
	book.world = w;
	book.net = n;
}

static struct cargo *find(const uint8_t id[OBJECT_ID])
{
	for (unsigned i = 0; i < book.count; i++)
		if (memcmp(book.all[i].id, id, OBJECT_ID) == 0)
			return &book.all[i];
	world_fail(book.world, "there is talk of an object that nobody made");
	return NULL;
}

void cargo_bytes(const struct cargo *c, uint8_t *out)
{
	const struct hash_key key = {book.world->seed, (uint64_t)(c - book.all)};

	for (uint32_t at = 0; at < c->object.size; at += 8) {
		uint64_t word = hash_bytes(&key, &at, sizeof(at));

		memcpy(out + at, &word, c->object.size - at < 8 ? c->object.size - at : 8);
	}
}

bool cargo_is(const struct cargo *c, struct str bytes)
{
	static uint8_t wanted[CARGO_BYTES_MAX];

	if (bytes.len != c->object.size)
		return false;
	cargo_bytes(c, wanted);
	return bytes.len == 0 || memcmp(bytes.data, wanted, bytes.len) == 0;
}

bool cargo_is_some(const char *name, struct str bytes)
{
	for (unsigned i = 0; i < book.count; i++) {
		const struct cargo *c = &book.all[i];

		if (c->way == OBJECT_DOWN && strcmp(c->object.name, name) == 0 && cargo_is(c, bytes))
			return true;
	}
	return false;
}

/* The first is as large as the scenario says, the others up to that. */
static uint32_t draw_size(unsigned made)
{
	uint32_t most = book.world->scenario->object_bytes;

	require(most <= CARGO_BYTES_MAX);
	return made == 0 ? most : (uint32_t)world_random(book.world, most + 1);
}

static void state(struct cargo *c)
{
	static uint8_t bytes[CARGO_BYTES_MAX];
	struct buf b = buf_over(c->statement, sizeof(c->statement));

	cargo_bytes(c, bytes);
	key_sha256(bytes, c->object.size, c->object.sha256);
	require(object_encode(&b, &c->object) == ERR_OK);
	c->statement_len = b.len;
	object_id(buf_str(&b), c->id);
}

const struct cargo *cargo_make(enum object_way way)
{
	unsigned *made = &book.made[way == OBJECT_UP];

	if (*made == (way == OBJECT_DOWN ? book.world->scenario->objects_down : book.world->scenario->objects_up))
		return NULL;
	require(book.count < CARGO_MAX);
	struct cargo *c = &book.all[book.count++];

	c->way = way;
	c->object = (struct object){.kind = way == OBJECT_DOWN ? 1 : 2, .size = draw_size(*made), .created_s = 1};
	c->object.version = *made + 1;
	snprintf(c->object.name, sizeof(c->object.name), "thing%u", *made % CARGO_NAMES);
	c->connections[0] = book.net->last;
	c->power_cuts = book.world->power_cuts;
	c->disk_fulls = book.world->disk_fulls;
	state(c);
	(*made)++;
	return c;
}

const struct cargo *cargo_of(const uint8_t id[OBJECT_ID])
{
	return find(id);
}

void cargo_moved(const uint8_t id[OBJECT_ID], size_t bytes)
{
	struct cargo *c = find(id);

	if (c)
		c->moved += bytes;
}

void cargo_excuse(const uint8_t id[OBJECT_ID])
{
	struct cargo *c = find(id);

	if (c)
		c->excused += c->object.size;
}

/* Older ones of its name are not wanted any more. */
static void displace(const struct cargo *c)
{
	for (unsigned i = 0; i < book.count; i++) {
		struct cargo *old = &book.all[i];

		if (old->way == OBJECT_DOWN && strcmp(old->object.name, c->object.name) == 0 &&
		    old->object.version < c->object.version)
			old->gone = !old->arrived;
	}
}

void cargo_arrived(const uint8_t id[OBJECT_ID])
{
	struct cargo *c = find(id);

	if (!c || c->arrived)
		return;
	c->arrived = true;
	c->connections[1] = book.net->last;
	if (c->way == OBJECT_DOWN)
		displace(c);
	world_say(book.world, "%s %llu has arrived", c->object.name, (unsigned long long)c->object.version);
}

/*
 * A broken link costs the piece under way. A power cut costs what was not synced, or, with rubbish in it, all; a full
 * disk costs all.
 */
static uint64_t bytes_allowed(const struct cargo *c)
{
	uint64_t links = c->connections[1] - c->connections[0] + 1;
	uint64_t anew = book.world->power_cuts - c->power_cuts + book.world->disk_fulls - c->disk_fulls;

	return c->object.size * (1 + anew) + c->excused + links * OBJECT_MESSAGE_CHUNK_MAX;
}

static void add_up(const struct cargo *c)
{
	unsigned up = c->way == OBJECT_UP;
	uint64_t cuts = c->connections[1] - c->connections[0];

	totals.arrived[up]++;
	if (c->object.size == CARGO_BYTES_MAX && cuts > totals.most_cuts[up])
		totals.most_cuts[up] = cuts;
}

void cargo_check(void)
{
	for (unsigned i = 0; i < book.count; i++) {
		const struct cargo *c = &book.all[i];
		const char *way = c->way == OBJECT_DOWN ? "down" : "up";

		if (!c->arrived && !c->gone)
			world_fail(book.world, "%s %llu never came %s", c->object.name,
				   (unsigned long long)c->object.version, way);
		if (c->arrived && c->moved > bytes_allowed(c))
			world_fail(book.world, "%s %llu came %s: %u bytes, and %llu were sent, at most %llu",
				   c->object.name, (unsigned long long)c->object.version, way, c->object.size,
				   (unsigned long long)c->moved, (unsigned long long)bytes_allowed(c));
		if (c->arrived && book.world->broken == BREAK_NOTHING)
			add_up(c);
	}
}

const struct cargo_totals *cargo_totals(void)
{
	return &totals;
}
