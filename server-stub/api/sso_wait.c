/* SPDX-License-Identifier: Apache-2.0 */
/* Between calls and the envoy's socket. An answer whose call was given up is dropped, by its number. */
#include "server-stub/api/sso_wait.h"

#include "agent/base/clock.h"
#include "agent/base/key.h"
#include "agent/base/now.h"
#include "agent/base/require.h"
#include "server-stub/api/api_conn.h"
#include "server-stub/api/call.h"
#include "server-stub/api/reply.h"
#include "server-stub/api/serve.h"
#include "server-stub/outside/aide.h"

#include <stdlib.h>
#include <string.h>

#define LOOK_MS 1000

struct sso_wait {
	struct api *api;
	uv_poll_t poll;
	uv_timer_t timer; /* runs while a call waits */
	uint32_t number;  /* of the last job */
	struct waiting {
		uint32_t number; /* 0: the place is free */
		int64_t until_us;
		struct call *call;
		void (*done)(struct call *call, const struct envoy_answer *answer);
	} waiting[ENVOY_AT_ONCE];
	struct envoy_answer answer;
};

static struct waiting *find(struct sso_wait *w, uint32_t number)
{
	for (unsigned i = 0; i < ENVOY_AT_ONCE; i++)
		if (w->waiting[i].number == number)
			return &w->waiting[i];
	return NULL;
}

/* The place is free before the call is answered: that may bring the next call of its connection. */
static void finish(struct waiting *waiting, const struct envoy_answer *answer)
{
	const struct waiting was = *waiting;

	waiting->number = 0;
	if (!api_conn_back(was.call->conn))
		return;
	was.done(was.call, answer);
	serve_done(was.call);
}

static void give_up(struct waiting *waiting, const char *why)
{
	struct envoy_answer none = {.good = 0};

	str_show(str_from(why), none.text, sizeof(none.text));
	finish(waiting, &none);
}

static void give_all_up(struct sso_wait *w, const char *why)
{
	for (unsigned i = 0; i < ENVOY_AT_ONCE; i++)
		if (w->waiting[i].number)
			give_up(&w->waiting[i], why);
}

static void on_answer(uv_poll_t *poll, int status, int events)
{
	struct sso_wait *w = poll->data;
	enum err err = status < 0 ? ERR_CLOSED : ERR_OK;

	(void)events;
	while (err == ERR_OK) {
		struct waiting *waiting;

		err = envoy_hear(w->api->env.sso.envoy, &w->answer);
		waiting = err == ERR_OK && w->answer.number ? find(w, w->answer.number) : NULL;
		if (waiting)
			finish(waiting, &w->answer);
	}
	key_wipe(&w->answer, sizeof(w->answer));
	if (err == ERR_NOT_FOUND)
		return;
	uv_poll_stop(&w->poll);
	give_all_up(w, "the process that speaks with it has ended");
}

static void on_timer(uv_timer_t *timer)
{
	struct sso_wait *w = timer->data;
	int64_t now_us = clock_mono_us();
	bool waits = false;

	for (unsigned i = 0; i < ENVOY_AT_ONCE; i++) {
		if (w->waiting[i].number && w->waiting[i].until_us <= now_us)
			give_up(&w->waiting[i], "it does not answer");
		waits |= w->waiting[i].number != 0;
	}
	if (!waits)
		uv_timer_stop(timer);
}

enum err sso_wait_open(struct api *api, struct sso_wait **out)
{
	struct sso_wait *w;

	*out = NULL;
	if (!api->env.sso.envoy)
		return ERR_OK;
	w = calloc(1, sizeof(*w));
	if (!w)
		return ERR_NO_MEMORY;
	w->api = api;
	require(uv_poll_init(&api->loop, &w->poll, aide_fd(api->env.sso.envoy)) == 0);
	require(uv_timer_init(&api->loop, &w->timer) == 0);
	w->poll.data = w->timer.data = w;
	require(uv_poll_start(&w->poll, UV_READABLE, on_answer) == 0);
	*out = w;
	return ERR_OK;
}

bool sso_wait_begin(struct call *call, struct envoy_job *job,
		    void (*done)(struct call *call, const struct envoy_answer *answer))
{
	struct sso_wait *w = call->api->sso;
	struct waiting *free_place = w ? find(w, 0) : NULL;
	enum err err = free_place ? ERR_OK : ERR_FULL;

	if (!err) {
		w->number = w->number == UINT32_MAX ? 1 : w->number + 1;
		job->number = w->number;
		err = envoy_send(call->api->env.sso.envoy, job);
	}
	if (err) {
		reply_header(call, "Retry-After", "2");
		reply_error(call, FAULT_BUSY,
			    "Too many sign in at once, or nothing speaks with their provider; try again.");
		return false;
	}
	*free_place = (struct waiting){job->number, clock_mono_us() + ENVOY_ANSWER_S * SECOND_US, call, done};
	call->pending = true;
	uv_timer_start(&w->timer, on_timer, LOOK_MS, LOOK_MS);
	return true;
}

void sso_wait_stop(struct sso_wait *w)
{
	if (!w)
		return;
	for (unsigned i = 0; i < ENVOY_AT_ONCE; i++)
		if (w->waiting[i].number)
			(void)!api_conn_back(w->waiting[i].call->conn);
	memset(w->waiting, 0, sizeof(w->waiting));
	uv_close((uv_handle_t *)&w->poll, NULL);
	uv_close((uv_handle_t *)&w->timer, NULL);
}

void sso_wait_free(struct sso_wait *w)
{
	free(w);
}
