/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Follows the log whenever something was committed to it. Its own commits are not synced one by one: after a power cut
 * it goes on from where the views stand. An error of the store is tried again, a second later or when the next commit
 * comes; the log waits.
 */
#include "server-stub/gateway/follower.h"

#include "agent/base/clock.h"
#include "agent/base/say.h"
#include "server-stub/ingest/follow.h"
#include "server-stub/ingest/thin.h"
#include "server-stub/store/store_object.h"
#include "server-stub/store/store_output.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define CARE_EVERY_US (INT64_C(3600) * SECOND_US)
#define AGAIN_US SECOND_US

struct follower {
	pthread_t thread;
	struct follow follow;
	struct follower_setup setup;
	struct say_limit limit;
	int64_t care_us;
	_Atomic bool ends;
	_Atomic int error;
	struct bulletin bulletin;
	struct crowds *crowds;
	bool has_posted; /* what the views do not have yet */
	struct thin thin;
};

static void note_receipt(void *context, const struct views_receipt *receipt)
{
	static const uint8_t none[STORE_ID];
	struct follower *f = context;

	if (memcmp(receipt->order_id, none, STORE_ID) != 0)
		bulletin_note(&f->bulletin, BULLETIN_ORDER, receipt->order_id);
	crowds_receipt(f->crowds, receipt);
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

static void note_file(void *context, const struct log_batch *batch, struct str file)
{
	struct follower *f = context;

	crowds_file(f->crowds, batch, file);
}

static enum err end_turn(void *context)
{
	struct follower *f = context;

	return crowds_end(f->crowds);
}

static void after_turn(void *context)
{
	struct follower *f = context;

	f->has_posted = crowds_tell(f->crowds) || f->has_posted;
}

static enum err go_on(struct follower *f)
{
	bool more = true;
	enum err err = crowds_load(f->crowds, clock_wall_us());

	while (err == ERR_OK && more) {
		bulletin_begin(&f->bulletin);
		err = follow_some(&f->follow, &more);
		if (err == ERR_OK)
			bulletin_tell(&f->bulletin, &f->setup.news);
		more = more || f->has_posted;
		f->has_posted = false;
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
	err = crowds_care(f->crowds, now_us);
	if (err != ERR_OK)
		say(SAY_ERR, "what was seen in many devices can't be tidied up: %s", err_text(err));
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

static void let_go(struct follower *f)
{
	store_close(f->follow.store);
	crowds_close(f->crowds);
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
	f->follow.news = (struct follow_news){f, note_receipt, note_incident, note_file, end_turn, after_turn};
	f->limit.per_minute = 6;
	err = open_store(f);
	if (err == ERR_OK)
		err = crowds_open(f->follow.store, &setup->crowds, &f->crowds);
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
