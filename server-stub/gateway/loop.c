/* SPDX-License-Identifier: Apache-2.0 */
/* A gateway loop's thread: its clock and its mailboxes. Knows nothing of connections. */
#include "server-stub/gateway/loop.h"

#include "agent/base/clock.h"
#include "agent/base/require.h"

#include <stdlib.h>

#define TICK_MS 1000

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
	loop->calls->answers(loop->owner, answers);
	while (mail) {
		struct loop_mail *next = mail->next;

		if (!loop->stopped)
			loop->calls->mail(loop->owner, mail);
		if (mail->order)
			loop_order_release(mail->order);
		free(mail);
		mail = next;
	}
	loop->calls->worked_off(loop->owner);
}

static void on_tick(uv_timer_t *timer)
{
	struct loop *loop = timer->data;

	loop->calls->tick(loop->owner, clock_now());
	loop->ticks++;
}

/* -- from start to end -- */

static enum err open_handles(struct loop *loop)
{
	if (uv_loop_init(&loop->uv) != 0)
		return ERR_NO_MEMORY;
	if (uv_async_init(&loop->uv, &loop->wake, on_wake) != 0) {
		uv_loop_close(&loop->uv);
		return ERR_FULL;
	}
	/* This only fills in memory. */
	require(uv_timer_init(&loop->uv, &loop->timer) == 0);
	loop->uv.data = loop->timer.data = loop->wake.data = loop;
	return ERR_OK;
}

enum err loop_make(struct loop *loop, const struct loop_calls *calls, void *owner)
{
	loop->calls = calls;
	loop->owner = owner;
	loop->mail_last = &loop->mail;
	loop->answers_last = &loop->answers;
	pthread_mutex_init(&loop->mutex, NULL);
	return open_handles(loop);
}

void loop_run_out(struct loop *loop)
{
	uv_run(&loop->uv, UV_RUN_DEFAULT);
	require(uv_loop_close(&loop->uv) == 0);
}

static void run(void *arg)
{
	loop_run_out(arg);
}

enum err loop_start(struct loop *loop)
{
	if (uv_timer_start(&loop->timer, on_tick, TICK_MS, TICK_MS) != 0 ||
	    uv_thread_create(&loop->thread, run, loop) != 0)
		return ERR_NO_MEMORY;
	return ERR_OK;
}

void loop_stop(struct loop *loop)
{
	loop->stopped = true;
	uv_close((uv_handle_t *)&loop->timer, NULL);
	uv_close((uv_handle_t *)&loop->wake, NULL);
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
}
