/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The owner of a loop: carries out mail and answers for the loop's links, closes links whose time is over, and opens
 * and closes what they share. link_bytes.c handles bytes, link_session.c what devices send.
 */
#include "server-stub/gateway/links.h"

#include "agent/base/clock.h"
#include "agent/base/key.h"
#include "agent/base/require.h"
#include "server-stub/gateway/link_accept.h"
#include "server-stub/gateway/link_device.h"
#include "server-stub/gateway/link_object.h"
#include "server-stub/gateway/link_session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEARD_EVERY_US (60 * SECOND_US)
#define HEARD_MAX 1024 /* devices in one job */
#define END_SPREAD_S 5 /* over which devices come back when the service stops, and more where there are many */
#define END_PER_SECOND 500

/* -- what the mail says -- */

static void send_order(struct links *links, struct loop_order *o)
{
	struct job *job = job_new(JOB_SENT, (size_t)o->device_count * STORE_ID);
	unsigned sent = 0;

	for (unsigned i = 0; i < o->device_count; i++) {
		struct link *link = link_device_of(links, o->devices[i]);

		if (!link || link->state != LINK_UP || !link_session_order(link, &o->order))
			continue;
		link_session_drain(link);
		if (job)
			memcpy(job->bytes + (size_t)sent++ * STORE_ID, o->devices[i], STORE_ID);
	}
	if (job && sent > 0) {
		job->wall_us = clock_now().wall_us;
		job->u.id_count = sent;
		memcpy(job->order_id, o->order.id, STORE_ID);
		(void)job_queue_put(links->shared->writer, job);
		return;
	}
	free(job);
}

static void end_device(struct links *links, const uint8_t device[STORE_ID])
{
	struct link *link = link_device_of(links, device);

	if (!link || link->state != LINK_UP)
		return;
	session_goodbye(link->session, "the device was revoked", true);
	link_session_drain(link);
}

static void end_outdated(struct links *links, const uint8_t device[STORE_ID])
{
	struct link *link = link_device_of(links, device);

	if (link && link->state == LINK_UP)
		link_session_outdated(link);
}

static void offer_object(struct links *links, const uint8_t device[STORE_ID])
{
	struct link *link = link_device_of(links, device);

	if (!link || link->state != LINK_UP)
		return;
	link_object_offer(link);
	link_session_drain(link);
}

static void reload(struct links *links)
{
	const struct fleet_conf *conf = links->shared->conf;
	const struct link_tls_setup setup = {links->shared->fleet->dir, links->shared->tickets,
					     (int64_t)conf->grace_days * 86400};
	char error[LINK_TLS_ERROR_MAX];
	struct link_tls *fresh, *old = links->tls;

	if (link_tls_open(&setup, &fresh, error) != ERR_OK) {
		say(SAY_ERR, "the certificate is kept as it was: %s", error);
		return;
	}
	links->tls = fresh;
	old->replaced = true;
	if (old->users == 0)
		link_tls_close(old);
	else
		links->tls_retired++;
}

static void load_bundle(struct links *links)
{
	if (fleet_bundle_read(links->shared->fleet->dir, &links->bundle) != ERR_OK)
		say_limited(&links->limit, SAY_ERR, "%s/%s can't be read; devices are sent no trust bundle",
			    links->shared->fleet->dir, FLEET_BUNDLE_FILE);
}

static void send_bundle(struct links *links)
{
	struct link *next;

	load_bundle(links);
	for (struct link *link = links->all; link; link = next) {
		next = link->next;
		if (link->state != LINK_UP)
			continue;
		link_session_trust(link);
		link_session_drain(link);
	}
}

static void send_immunity(struct links *links, const struct offer *offer)
{
	struct link *next;

	offers_put(&links->offers, offer);
	for (struct link *link = links->all; link; link = next) {
		next = link->next;
		if (link->state != LINK_UP || link->group != offer->group)
			continue;
		link_session_immunity(link, offer);
		link_session_drain(link);
	}
}

static void go_deaf(struct links *links)
{
	if (!uv_is_closing((uv_handle_t *)&links->listener))
		uv_close((uv_handle_t *)&links->listener, NULL);
}

static void go_quiet(struct links *links)
{
	if (links->quiet)
		return;
	links->quiet = true;
	go_deaf(links);
	for (struct link *link = links->all; link; link = link->next)
		link_pause(link);
	links->paused = NULL; /* for good */
}

static void end_all(struct links *links)
{
	struct link *next;
	uint32_t n = 0, spread_s = END_SPREAD_S + links->link_count / END_PER_SECOND;

	go_quiet(links);
	for (struct link *link = links->all; link; link = next) {
		next = link->next;
		if (link->state == LINK_UP) {
			/* Not all in the same second. */
			session_retry(link->session, "the service is stopping", 1 + n++ % spread_s);
			link_session_drain(link);
		}
	}
	for (struct link *link = links->all; link; link = next) {
		next = link->next;
		link_close(link);
	}
	loop_stop(&links->loop);
}

static void read_mail(void *owner, const struct loop_mail *mail)
{
	struct links *links = owner;
	struct link *link;

	switch (mail->kind) {
	case LOOP_ORDER: send_order(links, mail->order); break;
	case LOOP_OFFER: offer_object(links, mail->device); break;
	case LOOP_REVOKED: end_device(links, mail->device); break;
	case LOOP_OUTDATED: end_outdated(links, mail->device); break;
	case LOOP_REPLACED:
		link = link_by_id(links, mail->link);
		if (link)
			link_close(link);
		break;
	case LOOP_RELOAD: reload(links); break;
	case LOOP_TRUST: send_bundle(links); break;
	case LOOP_IMMUNITY: send_immunity(links, &mail->offer); break;
	case LOOP_DEAF: go_deaf(links); break;
	case LOOP_QUIET: go_quiet(links); break;
	case LOOP_END: end_all(links); break;
	}
}

/* An enrolment may have replaced the certificate of a connection of any loop. */
static void tell_outdated(const struct links *links, const struct job_enroll *ask)
{
	struct loop_mail mail = {.kind = LOOP_OUTDATED};
	struct link_shared *shared = links->shared;

	if (!ask->is_replaced)
		return;
	memcpy(mail.device, ask->device, STORE_ID);
	for (unsigned i = 0; i < shared->loop_count; i++)
		if (shared->loops[i])
			(void)loop_post(&shared->loops[i]->loop, &mail);
}

static void read_answers(void *owner, struct job *jobs)
{
	struct links *links = owner;
	struct link *dirty = NULL;

	for (struct job *job = jobs, *next; job; job = next) {
		struct link *link = link_by_id(links, job->link);
		bool was_dirty = link && link->dirty;

		next = job->next;
		if (job->kind == JOB_ENROLL)
			tell_outdated(links, (const struct job_enroll *)job->bytes);
		if (link)
			link_session_answer(link, job);
		if (link && link->dirty && !was_dirty) {
			link->next_dirty = dirty;
			dirty = link;
		}
		free(job);
	}
	/* Closed links stay in memory until this callback has ended. */
	for (; dirty; dirty = dirty->next_dirty) {
		dirty->dirty = false;
		link_session_drain(dirty);
	}
}

static void resume_paused(void *owner)
{
	struct links *links = owner;
	struct link *link = links->paused;

	if (links->quiet || !link || job_queue_bytes(links->shared->writer) > JOB_QUEUE_BYTES_MAX / 2)
		return;
	links->paused = NULL;
	while (link) {
		struct link *next = link->next_paused;

		link_resume(link);
		link = next;
	}
}

/* -- the clock -- */

static void tick_link(struct link *link, struct now now)
{
	switch (link->state) {
	case LINK_UP:
		if (link->hello_seen && now.mono_us >= session_deadline(link->session)) {
			session_tick(link->session, now);
			link_session_drain(link);
			return;
		}
		if (link->hello_seen && now.mono_us >= link->offer_us) {
			link_object_offer(link);
			link_session_drain(link);
			return;
		}
		if (link->hello_seen || now.mono_us < link->deadline_us)
			return;
		link_close(link);
		return;
	case LINK_SHAKING:
	case LINK_ENROLLING:
	case LINK_ENDING:
		if (now.mono_us >= link->deadline_us)
			link_close(link);
		return;
	default: return;
	}
}

static void post_heard(struct links *links, const struct link *first)
{
	while (first) {
		struct job *job = job_new(JOB_HEARD, (size_t)HEARD_MAX * STORE_ID);
		unsigned count = 0;

		if (!job)
			return;
		for (; first && count < HEARD_MAX; first = first->next)
			if (first->entered && first->heard)
				memcpy(job->bytes + (size_t)count++ * STORE_ID, first->peer.identity.device, STORE_ID);
		job->wall_us = clock_now().wall_us;
		job->u.id_count = count;
		if (count > 0)
			(void)job_queue_put(links->shared->writer, job);
		else
			free(job);
	}
}

static void tick(void *owner, struct now now)
{
	struct links *links = owner;
	struct link *next;

	for (struct link *link = links->all; link; link = next) {
		next = link->next;
		tick_link(link, now);
	}
	resume_paused(links);
	if (now.mono_us - links->heard_us < HEARD_EVERY_US)
		return;
	links->heard_us = now.mono_us;
	post_heard(links, links->all);
	for (struct link *link = links->all; link; link = link->next)
		link->heard = false;
}

/* -- from start to end -- */

static bool make_memory(struct links *links)
{
	void *scratch = malloc(session_scratch_size());

	links->links_max = links->shared->conf->connections_max / links->shared->loop_count + 1;
	links->slots = calloc(links->links_max, sizeof(links->slots[0]));
	links->free_slots = calloc(links->links_max, sizeof(links->free_slots[0]));
	if (!scratch || !links->slots || !links->free_slots) {
		free(scratch);
		return false;
	}
	links->scratch = session_scratch_init(scratch);
	for (uint32_t i = links->links_max; i-- > 0;)
		links->free_slots[links->free_count++] = i;
	return true;
}

static void *pool_get(void *context, size_t len)
{
	(void)context;
	return malloc(len);
}

static void pool_put(void *context, void *memory, size_t len)
{
	(void)context;
	(void)len;
	free(memory);
}

static enum err open_all(struct links *links, char *error)
{
	const struct fleet_conf *conf = links->shared->conf;
	const struct link_tls_setup setup = {links->shared->fleet->dir, links->shared->tickets,
					     (int64_t)conf->grace_days * 86400};
	const struct session_pool pool = {NULL, pool_get, pool_put};
	enum err err;

	snprintf(error, LINK_TLS_ERROR_MAX, "out of memory");
	if (!make_memory(links))
		return ERR_NO_MEMORY;
	session_scratch_pool(links->scratch, &pool);
	if (key_random_kernel.fill(NULL, (unsigned char *)&links->source_key, sizeof(links->source_key)) != 0)
		return ERR_CRYPTO;
	err = store_open(links->shared->store_path, links->shared->fleet->id, &links->store);
	if (err != ERR_OK) {
		snprintf(error, LINK_TLS_ERROR_MAX, "%.200s: %s", links->shared->store_path, err_text(err));
		return err;
	}
	err = store_gap(links->store, &links->known_us);
	if (err != ERR_OK) {
		snprintf(error, LINK_TLS_ERROR_MAX, "%.200s: %s", links->shared->store_path, err_text(err));
		return err;
	}
	load_bundle(links);
	err = link_tls_open(&setup, &links->tls, error);
	return err == ERR_OK ? link_accept_open(links, error) : err;
}

static void free_all(struct links *links)
{
	link_tls_close(links->tls);
	store_close(links->store);
	free(links->scratch);
	free(links->slots);
	free(links->free_slots);
	free(links);
}

/* Nothing runs yet, but libuv wants its handles closed on the loop. */
static void abandon(struct links *links)
{
	uv_close((uv_handle_t *)&links->listener, NULL);
	loop_stop(&links->loop);
	loop_run_out(&links->loop);
	free_all(links);
}

static const struct loop_calls calls = {read_mail, read_answers, resume_paused, tick};

enum err links_start(struct link_shared *shared, unsigned index, struct links **out, char error[LINK_TLS_ERROR_MAX])
{
	struct links *links = calloc(1, sizeof(*links));
	enum err err;

	*out = NULL;
	if (!links)
		return ERR_NO_MEMORY;
	links->shared = shared;
	links->index = index;
	links->calls = &link_session_calls;
	links->limit.per_minute = 60;
	err = loop_make(&links->loop, &calls, links);
	if (err != ERR_OK) {
		free(links);
		return err;
	}
	/* This only fills in memory. */
	require(uv_tcp_init(&links->loop.uv, &links->listener) == 0);
	err = open_all(links, error);
	links->listener.data = links;
	if (err == ERR_OK)
		err = loop_start(&links->loop);
	if (err == ERR_OK)
		*out = links;
	else
		abandon(links);
	return err;
}

void links_join(struct links *links)
{
	loop_join(&links->loop);
	free_all(links);
}
