/* SPDX-License-Identifier: Apache-2.0 */
/* A gateway loop's thread: its listener, its clock, its mailboxes. What is done with a connection is link.c's. */
#include "server-stub/gateway/loop.h"

#include "agent/base/clock.h"
#include "agent/base/key.h"
#include "agent/base/require.h"
#include "server-stub/gateway/link_session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TICK_MS        1000
#define HEARD_EVERY_US (60 * SECOND_US)
#define HEARD_MAX      1024 /* devices in one job */

/* -- mailboxes -- */

bool loop_post(struct loop *loop, const struct loop_mail *mail)
{
	struct loop_mail *copy = malloc(sizeof(*copy));

	if (!copy) {
		if (mail->order)
			loop_order_release(mail->order);
		return false;
	}
	*copy = *mail;
	copy->next = NULL;
	pthread_mutex_lock(&loop->mutex);
	*loop->mail_last = copy;
	loop->mail_last = &copy->next;
	pthread_mutex_unlock(&loop->mutex);
	uv_async_send(&loop->wake);
	return true;
}

bool loop_post_to(struct loop *loop, unsigned index, const struct loop_mail *mail)
{
	return index < loop->shared->loop_count && loop->shared->loops[index] &&
	       loop_post(loop->shared->loops[index], mail);
}

void loop_answer(struct loop *loop, struct job *jobs)
{
	struct job **last = &jobs;

	while (*last)
		last = &(*last)->next;
	pthread_mutex_lock(&loop->mutex);
	*loop->answers_last = jobs;
	loop->answers_last = last;
	pthread_mutex_unlock(&loop->mutex);
	uv_async_send(&loop->wake);
}

void loop_order_release(struct loop_order *order)
{
	if (atomic_fetch_sub(&order->users, 1) == 1)
		free(order);
}

/* -- what the mail says -- */

static void send_order(struct loop *loop, struct loop_order *o)
{
	struct job *job = job_new(JOB_SENT, (size_t)o->device_count * STORE_ID);
	unsigned sent = 0;

	for (unsigned i = 0; i < o->device_count; i++) {
		struct link *link = link_session_of(loop, o->devices[i]);

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
		(void)job_queue_put(loop->shared->writer, job);
		return;
	}
	free(job);
}

static void end_device(struct loop *loop, const uint8_t device[STORE_ID])
{
	struct link *link = link_session_of(loop, device);

	if (!link || link->state != LINK_UP)
		return;
	session_goodbye(link->session, "the device was revoked", true);
	link_session_drain(link);
}

static void reload(struct loop *loop)
{
	const struct fleet_conf *conf = loop->shared->conf;
	const struct link_tls_setup setup = { loop->shared->fleet->dir, loop->shared->tickets,
		(int64_t)conf->grace_days * 86400 };
	char error[LINK_TLS_ERROR_MAX];
	struct link_tls *fresh, *old = loop->tls;

	if (link_tls_open(&setup, &fresh, error) != ERR_OK) {
		say("the certificate is kept as it was: %s", error);
		return;
	}
	loop->tls = fresh;
	old->replaced = true;
	if (old->users == 0)
		link_tls_close(old);
	else
		loop->tls_retired++;
}

static void go_quiet(struct loop *loop)
{
	if (loop->quiet)
		return;
	loop->quiet = true;
	uv_close((uv_handle_t *)&loop->listener, NULL);
	for (struct link *link = loop->links; link; link = link->next)
		link_pause(link);
	loop->paused = NULL; /* for good */
}

static void end_all(struct loop *loop)
{
	struct link *next;
	uint32_t n = 0;

	go_quiet(loop);
	loop->ending = true;
	for (struct link *link = loop->links; link; link = next) {
		next = link->next;
		if (link->state == LINK_UP) {
			/* Not all in the same second. */
			session_retry(link->session, "the service is stopping", 1 + n++ % 5);
			link_session_drain(link);
		}
	}
	for (struct link *link = loop->links; link; link = next) {
		next = link->next;
		link_close(link);
	}
	uv_close((uv_handle_t *)&loop->timer, NULL);
	uv_close((uv_handle_t *)&loop->wake, NULL);
}

static void read_mail(struct loop *loop, struct loop_mail *mail)
{
	struct link *link;

	switch (mail->kind) {
	case LOOP_ORDER:
		send_order(loop, mail->order);
		loop_order_release(mail->order);
		break;
	case LOOP_REVOKED:
		end_device(loop, mail->device);
		break;
	case LOOP_REPLACED:
		link = link_by_id(loop, mail->link);
		if (link)
			link_close(link);
		break;
	case LOOP_RELOAD:
		reload(loop);
		break;
	case LOOP_QUIET:
		go_quiet(loop);
		break;
	case LOOP_END:
		end_all(loop);
		break;
	}
}

static void read_answers(struct loop *loop, struct job *jobs)
{
	struct link *dirty = NULL;

	for (struct job *job = jobs, *next; job; job = next) {
		struct link *link = link_by_id(loop, job->link);
		bool was_dirty = link && link->dirty;

		next = job->next;
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

static void resume_paused(struct loop *loop)
{
	struct link *link = loop->paused;

	if (loop->quiet || !link || job_queue_bytes(loop->shared->writer) > JOB_QUEUE_BYTES_MAX / 2)
		return;
	loop->paused = NULL;
	while (link) {
		struct link *next = link->next_paused;

		link_resume(link);
		link = next;
	}
}

static void on_wake(uv_async_t *wake)
{
	struct loop *loop = wake->data;
	struct loop_mail *mail;
	struct job *answers;

	pthread_mutex_lock(&loop->mutex);
	mail = loop->mail;
	answers = loop->answers;
	loop->mail = NULL;
	loop->mail_last = &loop->mail;
	loop->answers = NULL;
	loop->answers_last = &loop->answers;
	pthread_mutex_unlock(&loop->mutex);
	read_answers(loop, answers);
	while (mail) {
		struct loop_mail *next = mail->next;

		if (!loop->ending)
			read_mail(loop, mail);
		else if (mail->order)
			loop_order_release(mail->order);
		free(mail);
		mail = next;
	}
	resume_paused(loop);
}

/* -- the clock -- */

static void post_heard(struct loop *loop, const struct link *first)
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
			(void)job_queue_put(loop->shared->writer, job);
		else
			free(job);
	}
}

static void on_tick(uv_timer_t *timer)
{
	struct loop *loop = timer->data;
	struct now now = clock_now();
	struct link *next;

	for (struct link *link = loop->links; link; link = next) {
		next = link->next;
		link_tick(link, now);
	}
	resume_paused(loop);
	if (now.mono_us - loop->heard_us < HEARD_EVERY_US)
		return;
	loop->heard_us = now.mono_us;
	post_heard(loop, loop->links);
	for (struct link *link = loop->links; link; link = link->next)
		link->heard = false;
}

/* -- from start to end -- */

static bool make_memory(struct loop *loop)
{
	void *scratch = malloc(session_scratch_size());

	loop->links_max = loop->shared->conf->connections_max / loop->shared->loop_count + 1;
	loop->slots = calloc(loop->links_max, sizeof(loop->slots[0]));
	loop->free_slots = calloc(loop->links_max, sizeof(loop->free_slots[0]));
	if (!scratch || !loop->slots || !loop->free_slots) {
		free(scratch);
		return false;
	}
	loop->scratch = session_scratch_init(scratch);
	for (uint32_t i = loop->links_max; i-- > 0;)
		loop->free_slots[loop->free_count++] = i;
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

static enum err open_all(struct loop *loop, char *error)
{
	const struct fleet_conf *conf = loop->shared->conf;
	const struct link_tls_setup setup = { loop->shared->fleet->dir, loop->shared->tickets,
		(int64_t)conf->grace_days * 86400 };
	const struct session_pool pool = { NULL, pool_get, pool_put };
	enum err err;

	snprintf(error, LINK_TLS_ERROR_MAX, "out of memory");
	if (!make_memory(loop))
		return ERR_NO_MEMORY;
	session_scratch_pool(loop->scratch, &pool);
	if (key_random_kernel.fill(NULL, (unsigned char *)&loop->source_key, sizeof(loop->source_key)) != 0)
		return ERR_CRYPTO;
	err = store_open("sqlite", loop->shared->store_path, &loop->store);
	if (err != ERR_OK) {
		snprintf(error, LINK_TLS_ERROR_MAX, "%.200s: %s", loop->shared->store_path, err_text(err));
		return err;
	}
	err = link_tls_open(&setup, &loop->tls, error);
	return err == ERR_OK ? loop_listen(loop, error) : err;
}

static void free_all(struct loop *loop)
{
	link_tls_close(loop->tls);
	store_close(loop->store);
	free(loop->scratch);
	free(loop->slots);
	free(loop->free_slots);
	free(loop);
}

static void run(void *arg)
{
	struct loop *loop = arg;

	uv_run(&loop->uv, UV_RUN_DEFAULT);
	require(uv_loop_close(&loop->uv) == 0);
}

/* Nothing runs yet, but libuv wants its handles closed on the loop. */
static void abandon(struct loop *loop)
{
	uv_close((uv_handle_t *)&loop->listener, NULL);
	uv_close((uv_handle_t *)&loop->timer, NULL);
	uv_close((uv_handle_t *)&loop->wake, NULL);
	uv_run(&loop->uv, UV_RUN_DEFAULT);
	uv_loop_close(&loop->uv);
	free_all(loop);
}

enum err loop_start(struct loop_shared *shared, unsigned index, struct loop **out, char error[LINK_TLS_ERROR_MAX])
{
	struct loop *loop = calloc(1, sizeof(*loop));
	enum err err;

	*out = NULL;
	if (!loop)
		return ERR_NO_MEMORY;
	loop->shared = shared;
	loop->index = index;
	loop->limit.per_minute = 60;
	loop->mail_last = &loop->mail;
	loop->answers_last = &loop->answers;
	pthread_mutex_init(&loop->mutex, NULL);
	if (uv_loop_init(&loop->uv) != 0) {
		free(loop);
		return ERR_NO_MEMORY;
	}
	loop->uv.data = loop->listener.data = loop->timer.data = loop->wake.data = loop;
	if (uv_async_init(&loop->uv, &loop->wake, on_wake) != 0) {
		uv_loop_close(&loop->uv);
		free(loop);
		return ERR_FULL;
	}
	/* These only fill in memory. */
	require(uv_tcp_init(&loop->uv, &loop->listener) == 0 && uv_timer_init(&loop->uv, &loop->timer) == 0);
	err = open_all(loop, error);
	loop->listener.data = loop->timer.data = loop->wake.data = loop;
	if (err == ERR_OK && (uv_timer_start(&loop->timer, on_tick, TICK_MS, TICK_MS) != 0 ||
				     uv_thread_create(&loop->thread, run, loop) != 0))
		err = ERR_NO_MEMORY;
	if (err == ERR_OK)
		*out = loop;
	else
		abandon(loop);
	return err;
}

void loop_join(struct loop *loop)
{
	uv_thread_join(&loop->thread);
	for (struct job *job = loop->answers, *next; job; job = next) {
		next = job->next;
		free(job);
	}
	for (struct loop_mail *mail = loop->mail, *next; mail; mail = next) {
		next = mail->next;
		if (mail->order)
			loop_order_release(mail->order);
		free(mail);
	}
	free_all(loop);
}
