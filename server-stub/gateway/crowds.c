/* SPDX-License-Identifier: Apache-2.0 */
/* Counts, and keeps what was counted. It tells nobody inside of a transaction. */
#include "server-stub/gateway/crowds.h"

#include "agent/base/clock.h"
#include "agent/base/key.h"
#include "agent/base/say.h"
#include "server-stub/ingest/crowd.h"
#include "server-stub/ingest/spread.h"
#include "server-stub/store/registry.h"
#include "server-stub/store/store_crowd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FOUND_MAX 64 /* notices, and offers, of one turn; what is more is not told */

/* The numbers are in stores. */
enum count_kind { COUNT_BANS = 1, COUNT_GROUP_BANS = 2, COUNT_FILES = 3 };

struct count {
	struct crowds *crowds;
	enum count_kind kind;
	struct witnesses_terms terms;
	struct witnesses *witnesses;
};

struct crowds {
	struct store *store;
	struct crowds_terms terms;
	struct count bans, group_bans, files;
	bool is_loaded;
	struct say_limit limit;
	struct notice notices[FOUND_MAX];
	unsigned notice_count;
	struct offer offers[FOUND_MAX];
	char groups[FOUND_MAX][STORE_NAME_MAX]; /* of the offers */
	unsigned offer_count;
};

_Static_assert(WITNESSES_MAX <= STORE_CROWD_SIGHTS && WITNESSES_NAME == STORE_CROWD_NAME, "the store has room");
_Static_assert(STORE_CROWD_ADDR == 2 + sizeof(((struct addr *)0)->bytes), "an address has its place");

/* -- what the store has -- */

static void check(struct crowds *c, enum err err)
{
	if (err != ERR_OK)
		say_limited(&c->limit, SAY_ERR, "what is seen in many devices can't be kept: %s", err_text(err));
}

static void put(void *context, const struct witnesses_thing *thing)
{
	const struct count *count = context;
	struct store_crowd row = {.kind = (uint8_t)count->kind, .said_us = thing->said_us, .count = thing->found.count};

	memcpy(row.name, thing->name, sizeof(row.name));
	for (unsigned i = 0; i < row.count; i++) {
		memcpy(row.seen[i].device, thing->found.seen[i].device, STORE_ID);
		row.seen[i].at_us = thing->found.seen[i].at_us;
	}
	check(count->crowds, store_crowd_put(count->crowds->store, &row));
}

static void drop(void *context, const uint8_t name[WITNESSES_NAME])
{
	const struct count *count = context;

	check(count->crowds, store_crowd_remove(count->crowds->store, (uint8_t)count->kind, name));
}

struct taking {
	struct witnesses *witnesses;
	int64_t wall_us;
};

static bool take_up(void *arg, const struct store_crowd *row)
{
	const struct taking *taking = arg;
	struct witnesses_thing thing = {.said_us = row->said_us, .found = {.count = row->count}};

	memcpy(thing.name, row->name, sizeof(thing.name));
	for (unsigned i = 0; i < row->count; i++) {
		memcpy(thing.found.seen[i].device, row->seen[i].device, STORE_ID);
		thing.found.seen[i].at_us = row->seen[i].at_us;
	}
	witnesses_restore(taking->witnesses, &thing, taking->wall_us);
	return true;
}

static enum err load(struct count *count, int64_t wall_us)
{
	const struct witnesses_keeper keeper = {count, put, drop};
	struct taking taking = {count->witnesses, wall_us};
	enum err err = store_crowd_list(count->crowds->store, (uint8_t)count->kind, take_up, &taking);

	if (err == ERR_OK)
		witnesses_keep(count->witnesses, &keeper);
	return err;
}

static bool offer_again(void *arg, const struct store_crowd_offer *row)
{
	const struct crowds *c = arg;
	struct offer offer = {.group = hash_name(row->group),
			      .addr = {.family = row->addr[0], .prefix = row->addr[1]},
			      .until_us = row->until_us};

	memcpy(offer.addr.bytes, &row->addr[2], sizeof(offer.addr.bytes));
	c->terms.offer(c->terms.context, &offer);
	return true;
}

enum err crowds_load(struct crowds *c, int64_t wall_us)
{
	enum err err = c->is_loaded ? ERR_OK : crowds_care(c, wall_us);

	if (err != ERR_OK || c->is_loaded)
		return err;
	err = load(&c->bans, wall_us);
	if (err == ERR_OK)
		err = load(&c->group_bans, wall_us);
	if (err == ERR_OK)
		err = load(&c->files, wall_us);
	if (err == ERR_OK && c->terms.ban_us > 0)
		err = store_crowd_offer_list(c->store, wall_us, offer_again, c);
	c->is_loaded = err == ERR_OK;
	return err;
}

static enum err care(const struct crowds *c, const struct count *count, int64_t wall_us)
{
	return store_crowd_retain(c->store, (uint8_t)count->kind, wall_us - count->terms.window_us);
}

enum err crowds_care(struct crowds *c, int64_t wall_us)
{
	enum err err = care(c, &c->bans, wall_us);

	if (err == ERR_OK)
		err = care(c, &c->group_bans, wall_us);
	return err == ERR_OK ? care(c, &c->files, wall_us) : err;
}

/* -- what is counted -- */

/* What the group of the device has found, if it is not over: old receipts are read again when views are made anew. */
static void note_group(struct crowds *c, struct crowd_sight *sight)
{
	struct registry_pass pass;
	struct witnesses_found found;

	if (c->terms.ban_us == 0 || c->offer_count == FOUND_MAX ||
	    sight->by.at_us + c->terms.ban_us <= clock_wall_us() ||
	    registry_device_pass(c->store, sight->by.device, &pass) != ERR_OK)
		return;
	sight->group = hash_name(pass.group);
	if (!crowd_saw(c->group_bans.witnesses, sight, &found))
		return;
	c->offers[c->offer_count] = (struct offer){sight->group, sight->addr, sight->by.at_us + c->terms.ban_us};
	snprintf(c->groups[c->offer_count++], STORE_NAME_MAX, "%s", pass.group);
}

void crowds_receipt(struct crowds *c, const struct views_receipt *receipt)
{
	struct crowd_sight sight;
	struct witnesses_found found;

	if (!crowd_sight(receipt, &sight))
		return;
	if (c->notice_count < FOUND_MAX && crowd_saw(c->bans.witnesses, &sight, &found))
		crowd_notice(&sight, &found, c->terms.window_us, &c->notices[c->notice_count++]);
	note_group(c, &sight);
}

void crowds_file(struct crowds *c, const struct log_batch *batch, struct str file)
{
	struct witnesses_sight sight = {.at_us = batch->received_us};

	memcpy(sight.device, batch->device, STORE_ID);
	if (c->notice_count < FOUND_MAX)
		c->notice_count += spread_saw(c->files.witnesses, file, &sight, &c->notices[c->notice_count]);
}

static enum err put_offer(struct crowds *c, unsigned number)
{
	const struct offer *offer = &c->offers[number];
	struct store_crowd_offer row = {.addr = {offer->addr.family, offer->addr.prefix}, .until_us = offer->until_us};

	memcpy(row.group, c->groups[number], sizeof(row.group));
	memcpy(&row.addr[2], offer->addr.bytes, sizeof(offer->addr.bytes));
	return store_crowd_offer_put(c->store, &row);
}

enum err crowds_end(struct crowds *c)
{
	enum err err = ERR_OK;

	for (unsigned i = 0; err == ERR_OK && i < c->notice_count; i++)
		err = notice_post(c->store, &c->notices[i]);
	for (unsigned i = 0; err == ERR_OK && i < c->offer_count; i++)
		err = put_offer(c, i);
	return err;
}

bool crowds_tell(struct crowds *c)
{
	bool posted = c->notice_count > 0;

	for (unsigned i = 0; i < c->offer_count; i++)
		c->terms.offer(c->terms.context, &c->offers[i]);
	c->offer_count = c->notice_count = 0;
	return posted;
}

/* -- from open to close -- */

static enum err open_count(struct crowds *c, struct count *count)
{
	void *memory = calloc(1, witnesses_size());
	struct hash_key key;

	count->crowds = c;
	if (!memory || key_random_kernel.fill(NULL, (unsigned char *)&key, sizeof(key)) != 0) {
		free(memory);
		return ERR_NO_MEMORY;
	}
	count->witnesses = witnesses_init(memory, key, &count->terms);
	return ERR_OK;
}

/* Of a fleet it is an incident, which lasts; a group bans anew when its bans are over. */
enum err crowds_open(struct store *store, const struct crowds_terms *terms, struct crowds **out)
{
	struct crowds *c = calloc(1, sizeof(*c));
	enum err err;

	*out = NULL;
	if (!c)
		return ERR_NO_MEMORY;
	c->store = store;
	c->terms = *terms;
	c->limit.per_minute = 6;
	c->bans = (struct count){.kind = COUNT_BANS, .terms = {terms->least, terms->window_us, INT64_MAX}};
	c->group_bans =
		(struct count){.kind = COUNT_GROUP_BANS, .terms = {terms->least, terms->window_us, terms->ban_us}};
	c->files = (struct count){.kind = COUNT_FILES, .terms = {SPREAD_LEAST, SPREAD_WINDOW_US, INT64_MAX}};
	err = open_count(c, &c->bans);
	if (err == ERR_OK)
		err = open_count(c, &c->group_bans);
	if (err == ERR_OK)
		err = open_count(c, &c->files);
	if (err == ERR_OK)
		*out = c;
	else
		crowds_close(c);
	return err;
}

void crowds_close(struct crowds *c)
{
	if (!c)
		return;
	free(c->bans.witnesses);
	free(c->group_bans.witnesses);
	free(c->files.witnesses);
	free(c);
}
