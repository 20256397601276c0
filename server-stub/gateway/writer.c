/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Group commit: while one transaction goes to the disk the next one's jobs gather. A transaction that fails is
 * rolled back, and its jobs are tried one by one, so that a bad one does not make the others fail. A job that still
 * fails is answered with the error and never acknowledged, and the device keeps its records.
 */
#include "server-stub/gateway/writer.h"

#include "agent/base/clock.h"
#include "agent/base/say.h"
#include "server-stub/gateway/aside.h"
#include "server-stub/gateway/loop.h"
#include "server-stub/ingest/delivery.h"
#include "server-stub/ingest/upload.h"
#include "server-stub/ingest/vigil.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GROUP_BYTES (8u << 20)
#define EXPIRE_EVERY_US (INT64_C(20) * 1000000)
#define SWEEP_EVERY_US (INT64_C(20) * 1000000) /* or twice in the time for which devices may be silent */

struct writer {
	pthread_t thread;
	struct job_queue queue;
	struct store *store;
	struct writer_setup setup;
	struct aside aside;
	int64_t expire_us, sweep_us;
	struct vigil vigil;
	struct ingest_counts counts;  /* of this transaction */
	struct upload_counts objects; /* likewise */
	struct say_limit limit;
	_Atomic uint64_t batches, records, duplicates, rejected, receipts, commits;
	_Atomic uint64_t objects_kept, objects_refused, objects_disorder, objects_bytes;
	_Atomic int store_error;
	struct bulletin bulletin;
};

static void stop_link(struct job *job)
{
	job->is_stopper = true;
	*job->stopped = job->link;
}

/*
 * A device has several batches under way. Behind one that was not stored nothing of the same link may be: its sequence
 * numbers would tell the device that what is missing is durable. The device sends all of it again on its next link.
 */
static enum err do_batch(struct writer *w, struct job *job)
{
	enum err err;

	if (*job->stopped == job->link) {
		job->err = ERR_BUSY;
		return ERR_OK;
	}
	err = ingest_batch(w->store, &job->u.batch, &w->counts, &job->committed_seq);
	w->bulletin.has_batches |= err == ERR_OK;
	job->err = err;
	if (err != ERR_OK)
		stop_link(job);
	/* Its own fault, and nothing of it was stored: the others go on. */
	return err == ERR_PROTOCOL ? ERR_OK : err;
}

/* Their transaction was rolled back: they may be tried again, and then it is seen anew which of them are not stored. */
static void restart_links(struct job *first, const struct job *end)
{
	for (struct job *job = first; job != end; job = job->next)
		if (job->is_stopper) {
			job->is_stopper = false;
			*job->stopped = 0;
		}
}

static bool differs(const char *now, char *before, size_t size)
{
	if (strcmp(now, before) == 0)
		return false;
	memcpy(before, now, size);
	return true;
}

/* A renewed certificate replaces the one before it by being used. */
static enum err do_hello(struct writer *w, const struct job *job)
{
	static const uint8_t none[16];
	const struct job_about *about = &job->u.about;
	struct vigil_hello hello = {.address = about->address, .wall_us = job->wall_us};
	struct registry_device d;
	bool changed = false;
	enum err err = registry_device_row(w->store, about->device, &d);

	if (err != ERR_OK)
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	memcpy(hello.run, about->run, sizeof(hello.run));
	err = vigil_hello(&w->vigil, &d, &hello, &changed);
	if (err != ERR_OK)
		return err;
	if (memcmp(d.next_serial, about->serial, sizeof(d.next_serial)) == 0) {
		memcpy(d.cert_serial, d.next_serial, sizeof(d.cert_serial));
		memcpy(d.next_serial, none, sizeof(d.next_serial));
		changed = true;
	}
	changed |= differs(about->version, d.version, sizeof(d.version));
	changed |= differs(about->arch, d.arch, sizeof(d.arch));
	changed |= differs(about->kernel, d.kernel, sizeof(d.kernel));
	changed |= differs(about->features, d.features, sizeof(d.features));
	changed |= d.name[0] == '\0' && about->hostname[0] != '\0';
	err = registry_device_call(w->store, &d, about->hostname);
	if (err != ERR_OK)
		return err;
	return changed ? registry_device_put(w->store, &d) : ERR_OK;
}

/* Only of what the registry cannot know; what it revoked stays revoked. */
static enum err do_hold(struct writer *w, const struct job_hold *hold, int64_t wall_us)
{
	struct registry_device d;
	enum err err = registry_device_row(w->store, hold->device, &d);

	if (err == ERR_NOT_FOUND) {
		memset(&d, 0, sizeof(d));
		memcpy(d.id, hold->device, sizeof(d.id));
		err = registry_device_call(w->store, &d, hold->hostname);
		if (err != ERR_OK)
			return err;
		snprintf(d.group, sizeof(d.group), "default");
		d.created_us = wall_us;
	} else if (err != ERR_OK || d.state != DEVICE_APPROVED || hold->not_after_s <= d.cert_not_after_s) {
		return err;
	}
	d.state = DEVICE_PENDING;
	d.cert_not_after_s = hold->not_after_s;
	memcpy(d.next_serial, hold->serial, sizeof(d.next_serial));
	memcpy(d.address, hold->address, sizeof(d.address));
	return registry_device_put(w->store, &d);
}

static enum err do_presence(struct writer *w, const struct job_presence *p)
{
	enum err err = vigil_presence(&w->vigil, &p->now, p->seen_us);

	return err == ERR_OK ? registry_device_presence(w->store, &p->now) : err;
}

static enum err do_heard(struct writer *w, const struct job *job)
{
	struct registry_presence p = {.connected = true, .last_seen_us = job->wall_us};
	enum err err = ERR_OK;

	for (unsigned i = 0; err == ERR_OK && i < job->u.id_count; i++) {
		memcpy(p.device, job->bytes + (size_t)i * STORE_ID, STORE_ID);
		err = registry_device_presence(w->store, &p);
	}
	return err;
}

/*
 * Only forward: an order that was seen or answered meanwhile stays so. One that was cancelled when it was on its way
 * out was sent.
 */
static enum err advance_target(struct writer *w, const struct registry_target *to, bool tell)
{
	struct registry_target target;
	enum err err = registry_target_get(w->store, to->order_id, to->device, &target);

	if (err == ERR_NOT_FOUND)
		return ERR_OK;
	if (err != ERR_OK || (target.state >= to->state && target.state != TARGET_CANCELLED))
		return err;
	target.state = to->state;
	target.updated_us = to->updated_us;
	if (tell)
		bulletin_note(&w->bulletin, BULLETIN_ORDER, to->order_id);
	return registry_target_put(w->store, &target);
}

static enum err do_seen(struct writer *w, const struct job *job)
{
	struct registry_target to = {.state = TARGET_SEEN, .updated_us = job->wall_us};

	memcpy(to.order_id, job->order_id, STORE_ID);
	memcpy(to.device, job->u.device, STORE_ID);
	return advance_target(w, &to, true);
}

static enum err do_sent(struct writer *w, const struct job *job)
{
	struct registry_target to = {.state = TARGET_SENT, .updated_us = job->wall_us};
	enum err err = ERR_OK;

	memcpy(to.order_id, job->order_id, STORE_ID);
	for (unsigned i = 0; err == ERR_OK && i < job->u.id_count; i++) {
		memcpy(to.device, job->bytes + (size_t)i * STORE_ID, STORE_ID);
		err = advance_target(w, &to, false);
	}
	return err;
}

static enum err do_object(struct writer *w, struct job *job)
{
	struct job_object *ask = (struct job_object *)job->bytes;
	const struct delivery_from from = {job->u.device, job->wall_us};
	const struct upload upload = {job->u.device, &ask->message, w->setup.object_quota, job->wall_us};
	enum err err = ERR_OK;

	ask->delivered = false;
	if (ask->message.what == OBJECT_DONE)
		err = delivery_done(w->store, &from, &ask->message, &ask->delivered);
	if (err != ERR_OK || ask->delivered)
		return err;
	return upload_take(w->store, &upload, &w->objects, &ask->answer);
}

static enum err do_job(struct writer *w, struct job *job)
{
	switch (job->kind) {
	case JOB_BATCH: return do_batch(w, job);
	case JOB_HELLO: return do_hello(w, job);
	case JOB_PRESENCE: return do_presence(w, &job->u.presence);
	case JOB_NOTICE: return notice_post(w->store, &job->u.notice);
	case JOB_HEARD: return do_heard(w, job);
	case JOB_HOLD: return do_hold(w, &job->u.hold, job->wall_us);
	case JOB_SEEN: return do_seen(w, job);
	case JOB_SENT: return do_sent(w, job);
	case JOB_OBJECT: return do_object(w, job);
	default: return ERR_OK;
	}
}

/* One transaction over the jobs up to `end`. */
static enum err transact(struct writer *w, struct job *first, const struct job *end)
{
	enum err err = store_begin(w->store);

	bulletin_begin(&w->bulletin);
	memset(&w->counts, 0, sizeof(w->counts));
	memset(&w->objects, 0, sizeof(w->objects));
	if (err != ERR_OK)
		return err;
	for (struct job *job = first; err == ERR_OK && job != end; job = job->next)
		err = do_job(w, job);
	if (err == ERR_OK)
		err = store_commit(w->store);
	else
		store_rollback(w->store);
	if (err != ERR_OK) {
		restart_links(first, end);
		return err;
	}
	w->commits++;
	w->records += w->counts.records;
	w->duplicates += w->counts.duplicates;
	w->rejected += w->counts.rejected;
	w->receipts += w->counts.receipts;
	w->objects_kept += w->objects.kept;
	w->objects_refused += w->objects.refused;
	w->objects_disorder += w->objects.disorder;
	w->objects_bytes += w->objects.bytes;
	bulletin_tell(&w->bulletin, &w->setup.news);
	return ERR_OK;
}

static void count_batches(struct writer *w, const struct job *first)
{
	for (const struct job *job = first; job; job = job->next)
		w->batches += job->kind == JOB_BATCH && job->err == ERR_OK;
}

/* The store itself is unwell: trying again one by one would only take longer. */
static bool is_of_the_store(enum err err)
{
	return err == ERR_BUSY || err == ERR_NO_SPACE || err == ERR_IO || err == ERR_READ_ONLY || err == ERR_CORRUPT ||
	       err == ERR_NO_MEMORY;
}

/* A damaged store takes some transactions and not others, and stays damaged until it is another one. */
static void note_store(struct writer *w, enum err err)
{
	if (w->store_error == ERR_CORRUPT || (err != ERR_OK && !is_of_the_store(err)))
		return;
	if (w->store_error != ERR_OK && err == ERR_OK)
		say(SAY_NOTICE, "the store takes again what devices send");
	w->store_error = err;
}

static void store_group(struct writer *w, struct job *first)
{
	enum err err = transact(w, first, NULL);
	bool again = first->next && !is_of_the_store(err);

	for (struct job *job = first; err != ERR_OK && job; job = job->next) {
		enum err alone = again ? transact(w, job, job->next) : err;

		if (alone != ERR_OK) {
			job->err = alone;
			if (job->kind == JOB_BATCH)
				stop_link(job);
			say_limited(&w->limit, SAY_ERR, "the store does not take what devices send: %s",
				    err_text(alone));
		}
		note_store(w, alone);
	}
	if (err == ERR_OK)
		note_store(w, ERR_OK);
	count_batches(w, first);
}

/* To each loop its answers, in order; what wants none is freed. */
static void answer(struct job *first)
{
	while (first) {
		struct loop *loop = first->loop;
		struct job *mine = NULL, **mine_last = &mine, *others = NULL, **others_last = &others;

		for (struct job *job = first, *next; job; job = next) {
			next = job->next;
			job->next = NULL;
			if (job->loop == loop) {
				*mine_last = job;
				mine_last = &job->next;
			} else {
				*others_last = job;
				others_last = &job->next;
			}
		}
		if (loop) {
			loop_answer(loop, mine);
		} else {
			for (struct job *job = mine, *next; job; job = next) {
				next = job->next;
				free(job);
			}
		}
		first = others;
	}
}

/* What waited for its order's answer; most of it finds nothing left to write. */
static void store_due(struct writer *w, int64_t now_us)
{
	struct job *due = aside_due(&w->aside, now_us);

	if (!due)
		return;
	store_group(w, due);
	answer(due);
}

static void sweep(struct writer *w, int64_t now_us)
{
	int64_t every_us = w->vigil.silent_us / 2 < SWEEP_EVERY_US ? w->vigil.silent_us / 2 : SWEEP_EVERY_US;
	enum err err;

	if (w->vigil.silent_us == 0 || now_us < w->sweep_us)
		return;
	w->sweep_us = now_us + every_us;
	err = store_begin(w->store);
	if (err == ERR_OK) {
		err = vigil_sweep(&w->vigil, now_us);
		if (err == ERR_OK)
			err = store_commit(w->store);
		else
			store_rollback(w->store);
	}
	if (err != ERR_OK)
		say_limited(&w->limit, SAY_ERR, "silent devices can't be told of: %s", err_text(err));
}

static void care(struct writer *w, int64_t now_us)
{
	unsigned expired = 0;
	enum err err;

	sweep(w, now_us);
	if (now_us < w->expire_us)
		return;
	w->expire_us = now_us + EXPIRE_EVERY_US;
	err = registry_target_expire(w->store, now_us / 1000000, &expired);
	if (err != ERR_OK)
		say_limited(&w->limit, SAY_ERR, "orders can't be marked as expired: %s", err_text(err));
}

static int64_t next_us(const struct writer *w)
{
	int64_t next = w->expire_us;

	if (w->vigil.silent_us > 0 && w->sweep_us < next)
		next = w->sweep_us;
	return aside_next_us(&w->aside) < next ? aside_next_us(&w->aside) : next;
}

static void *run(void *arg)
{
	struct writer *w = arg;

	for (;;) {
		struct job *jobs = job_queue_take(&w->queue, GROUP_BYTES, next_us(w));

		if (!jobs && job_queue_closed(&w->queue))
			break;
		jobs = aside_keep(&w->aside, jobs);
		if (jobs) {
			store_group(w, jobs);
			answer(jobs);
		}
		store_due(w, clock_wall_us());
		care(w, clock_wall_us());
	}
	store_due(w, INT64_MAX);
	return NULL;
}

enum err writer_start(const struct writer_setup *setup, struct writer **out)
{
	struct writer *w = calloc(1, sizeof(*w));
	enum err err;

	*out = NULL;
	if (!w)
		return ERR_NO_MEMORY;
	w->setup = *setup;
	aside_init(&w->aside);
	w->limit.per_minute = 6;
	job_queue_init(&w->queue);
	err = store_open(setup->path, setup->fleet, &w->store);
	w->vigil = (struct vigil){.store = w->store, .silent_us = setup->silent_us, .begun_us = clock_wall_us()};
	if (err == ERR_OK)
		err = registry_device_absent_all(w->store);
	if (err == ERR_OK && pthread_create(&w->thread, NULL, run, w) != 0)
		err = ERR_NO_MEMORY;
	if (err != ERR_OK) {
		store_close(w->store);
		free(w);
		return err;
	}
	*out = w;
	return ERR_OK;
}

struct job_queue *writer_queue(struct writer *w)
{
	return &w->queue;
}

void writer_figures(struct writer *w, struct writer_figures *out)
{
	*out = (struct writer_figures){
		.batches = w->batches,
		.records = w->records,
		.duplicates = w->duplicates,
		.rejected = w->rejected,
		.receipts = w->receipts,
		.commits = w->commits,
		.objects_kept = w->objects_kept,
		.objects_refused = w->objects_refused,
		.objects_disorder = w->objects_disorder,
		.objects_bytes = w->objects_bytes,
		.store_error = (enum err)w->store_error,
	};
}

void writer_stop(struct writer *w)
{
	if (!w)
		return;
	job_queue_close(&w->queue);
	pthread_join(w->thread, NULL);
	store_close(w->store);
	w->store = NULL;
}

void writer_free(struct writer *w)
{
	free(w);
}
