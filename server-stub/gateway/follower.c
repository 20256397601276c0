/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Follows the log whenever something was committed to it. Its own commits are not synced one by one: after a power cut
 * it goes on from where the views stand. An error of the store is tried again, a second later or when the next commit
 * comes; the log waits.
 */
#include "server-stub/gateway/follower.h"

#include "agent/base/clock.h"
#include "agent/base/key.h"
#include "agent/base/say.h"
#include "server-stub/ingest/crowd.h"
#include "server-stub/ingest/follow.h"
#include "server-stub/ingest/spread.h"
#include "server-stub/ingest/thin.h"
#include "server-stub/store/registry.h"
#include "server-stub/store/store_object.h"
#include "server-stub/store/store_output.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define CARE_EVERY_US (INT64_C(3600) * SECOND_US)
#define AGAIN_US SECOND_US
#define NOTICES_MAX 64 /* that one turn finds; what is more is not told */

struct follower {
	pthread_t thread;
	struct follow follow;
	struct follower_setup setup;
	struct say_limit limit;
	int64_t care_us;
	_Atomic bool ends;
	_Atomic int error;
	struct bulletin bulletin;
	/* Who banned what: of the whole fleet, and of each group; and who has what file. */
	struct witnesses *bans, *group_bans, *files;
	struct notice notices[NOTICES_MAX];
	unsigned notice_count;
	struct offer offers[NOTICES_MAX];
	unsigned offer_count;
	struct thin thin;
};

/* What the group of the device has found, if it is not over: old receipts are read again when views are made anew. */
static void note_group(struct follower *f, struct crowd_sight *sight)
{
	const struct follower_crowds *crowds = &f->setup.crowds;
	struct registry_pass pass;
	struct witnesses_found found;
	struct offer *offer = &f->offers[f->offer_count];

	if (crowds->ban_us == 0 || sight->by.at_us + crowds->ban_us <= clock_wall_us() ||
	    registry_device_pass(f->follow.store, sight->by.device, &pass) != ERR_OK)
		return;
	sight->group = hash_name(pass.group);
	if (!crowd_saw(f->group_bans, sight, &found) || f->offer_count == NOTICES_MAX)
		return;
	*offer = (struct offer){sight->group, sight->addr, sight->by.at_us + crowds->ban_us};
	f->offer_count++;
}

static void note_crowd(struct follower *f, const struct views_receipt *receipt)
{
	struct crowd_sight sight;
	struct witnesses_found found;

	if (!crowd_sight(receipt, &sight))
		return;
	if (f->notice_count < NOTICES_MAX && crowd_saw(f->bans, &sight, &found))
		crowd_notice(&sight, &found, f->setup.crowds.window_us, &f->notices[f->notice_count++]);
	note_group(f, &sight);
}

static void note_receipt(void *context, const struct views_receipt *receipt)
{
	static const uint8_t none[STORE_ID];
	struct follower *f = context;

	if (memcmp(receipt->order_id, none, STORE_ID) != 0)
		bulletin_note(&f->bulletin, BULLETIN_ORDER, receipt->order_id);
	note_crowd(f, receipt);
}

static void note_file(void *context, const struct log_batch *batch, struct str file)
{
	struct witnesses_sight sight = {.at_us = batch->received_us};
	struct follower *f = context;

	memcpy(sight.device, batch->device, STORE_ID);
	if (f->notice_count < NOTICES_MAX)
		f->notice_count += spread_saw(f->files, file, &sight, &f->notices[f->notice_count]);
}

/* What outputs are to look at is in the transaction of what changed. */
static void note_incident(void *context, const struct views_incident *incident)
{
	struct follower *f = context;
	enum err err = ERR_OK;

	bulletin_note(&f->bulletin, BULLETIN_INCIDENT, incident->id);
	if (IS_ENABLED(CONFIG_ALERTS))
		err = store_output_changed(f->follow.store, incident->device, incident->id);
	if (err != ERR_OK)
		say_limited(&f->limit, SAY_ERR, "outputs may not hear of an incident: %s", err_text(err));
}

/* What the receipts of one turn have shown together goes into the log, and from there into the views. */
static enum err post_notices(struct follower *f)
{
	struct store *s = f->follow.store;
	enum err err = f->notice_count ? store_begin(s) : ERR_OK;

	if (err != ERR_OK || f->notice_count == 0)
		return err;
	for (unsigned i = 0; err == ERR_OK && i < f->notice_count; i++)
		err = notice_post(s, &f->notices[i]);
	if (err == ERR_OK)
		err = store_commit(s);
	else
		store_rollback(s);
	if (err == ERR_OK)
		f->notice_count = 0;
	return err;
}

static void tell_offers(struct follower *f)
{
	const struct follower_crowds *crowds = &f->setup.crowds;

	for (unsigned i = 0; i < f->offer_count; i++)
		crowds->offer(crowds->context, &f->offers[i]);
	f->offer_count = 0;
}

static enum err go_on(struct follower *f)
{
	bool more = true;
	enum err err = ERR_OK;

	while (err == ERR_OK && more) {
		bulletin_begin(&f->bulletin);
		err = follow_some(&f->follow, &more);
		if (err == ERR_OK)
			tell_offers(f);
		if (err == ERR_OK)
			bulletin_tell(&f->bulletin, &f->setup.news);
		more = more || f->notice_count > 0;
		if (err == ERR_OK)
			err = post_notices(f);
	}
	if (err != ERR_OK)
		say_limited(&f->limit, SAY_ERR, "the views can't follow the log: %s", err_text(err));
	f->error = err;
	return err;
}

/* What devices sent has the age of records, and is not in the log. */
static void care_objects(struct follower *f, int64_t now_us)
{
	unsigned removed = 0;
	enum err err = ERR_OK;

	if (f->setup.retention.age_us > 0)
		err = store_object_retain(f->follow.store, now_us - f->setup.retention.age_us, &removed);
	if (err != ERR_OK)
		say(SAY_ERR, "old objects can't be removed: %s", err_text(err));
	else if (removed > 0)
		say(SAY_INFO, "retention removed %u objects", removed);
}

/* Between two transactions the views are brought up to date, so that nobody waits for it. */
static void care_low(struct follower *f, int64_t now_us)
{
	int64_t age_us = f->setup.retention.low_age_us;
	bool more = age_us > 0;
	enum err err = ERR_OK;

	f->thin.store = f->follow.store;
	f->thin.removed = 0;
	while (err == ERR_OK && more && !f->ends) {
		err = thin_some(&f->thin, now_us - age_us, &more);
		if (err == ERR_OK)
			err = go_on(f);
	}
	if (err != ERR_OK)
		say(SAY_ERR, "old records of low severity can't be removed: %s", err_text(err));
	else if (f->thin.removed > 0)
		say(SAY_INFO, "retention removed %" PRIu64 " records of low severity", f->thin.removed);
}

static void care(struct follower *f, int64_t now_us)
{
	unsigned removed = 0;
	enum err err;

	if (now_us < f->care_us)
		return;
	f->care_us = now_us + CARE_EVERY_US;
	bulletin_begin(&f->bulletin);
	err = follow_retain(&f->follow, &f->setup.retention, now_us, &removed);
	if (err != ERR_OK)
		say(SAY_ERR, "old records can't be removed: %s", err_text(err));
	else if (removed > 0)
		say(SAY_INFO, "retention removed %u batches", removed);
	bulletin_tell(&f->bulletin, &f->setup.news);
	care_objects(f, now_us);
	care_low(f, now_us);
}

static void *run(void *arg)
{
	struct follower *f = arg;
	uint64_t seen = 0;
	int64_t until_us = 0;

	while (!f->ends) {
		log_wait(f->follow.store, LOG_STORIES, &seen, until_us);
		until_us = go_on(f) == ERR_OK ? INT64_MAX : clock_wall_us() + AGAIN_US;
		care(f, clock_wall_us());
		if (f->care_us < until_us)
			until_us = f->care_us;
	}
	(void)go_on(f);
	return NULL;
}

static enum err open_store(struct follower *f)
{
	enum err err = store_open(f->setup.path, f->setup.fleet, &f->follow.store);

	return err == ERR_OK ? store_relax(f->follow.store) : err;
}

static enum err open_witnesses(struct witnesses **out, const struct witnesses_terms *terms)
{
	void *memory = calloc(1, witnesses_size());
	struct hash_key key;

	if (!memory || key_random_kernel.fill(NULL, (unsigned char *)&key, sizeof(key)) != 0) {
		free(memory);
		return ERR_NO_MEMORY;
	}
	*out = witnesses_init(memory, key, terms);
	return ERR_OK;
}

/* Of a fleet it is an incident, which lasts; a group bans anew when its bans are over. */
static enum err open_all(struct follower *f)
{
	static const struct witnesses_terms files = {SPREAD_LEAST, SPREAD_WINDOW_US, INT64_MAX};
	const struct follower_crowds *crowds = &f->setup.crowds;
	const struct witnesses_terms bans = {crowds->least, crowds->window_us, INT64_MAX},
				     group_bans = {crowds->least, crowds->window_us, crowds->ban_us};
	enum err err = open_witnesses(&f->bans, &bans);

	if (err == ERR_OK)
		err = open_witnesses(&f->group_bans, &group_bans);
	if (err == ERR_OK)
		err = open_witnesses(&f->files, &files);
	return err;
}

static void let_go(struct follower *f)
{
	store_close(f->follow.store);
	free(f->bans);
	free(f->group_bans);
	free(f->files);
	free(f);
}

enum err follower_start(const struct follower_setup *setup, struct follower **out)
{
	struct follower *f = calloc(1, sizeof(*f));
	enum err err;

	*out = NULL;
	if (!f)
		return ERR_NO_MEMORY;
	f->setup = *setup;
	f->follow.news = (struct follow_news){f, note_receipt, note_incident, note_file};
	f->limit.per_minute = 6;
	err = open_all(f);
	if (err == ERR_OK)
		err = open_store(f);
	if (err == ERR_OK && pthread_create(&f->thread, NULL, run, f) != 0)
		err = ERR_NO_MEMORY;
	if (err != ERR_OK) {
		let_go(f);
		return err;
	}
	*out = f;
	return ERR_OK;
}

enum err follower_error(const struct follower *f)
{
	return (enum err)f->error;
}

void follower_stop(struct follower *f)
{
	if (!f)
		return;
	f->ends = true;
	log_wake(f->follow.store, LOG_STORIES);
	pthread_join(f->thread, NULL);
	let_go(f);
}
