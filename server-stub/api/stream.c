/* SPDX-License-Identifier: Apache-2.0 */
/* The list of streams, and when each gets its turn: on news, when its reader has caught up, and on the beat. */
#include "server-stub/api/stream.h"

#include "agent/base/clock.h"
#include "agent/base/require.h"
#include "server-stub/api/api_conn.h"
#include "server-stub/api/bytes.h"
#include "server-stub/api/caller.h"
#include "server-stub/api/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TAKE_MAX 512

static unsigned count_of(const struct api *api)
{
	unsigned count = 0;

	for (const struct stream *s = api->streams; s; s = s->next)
		count++;
	return count;
}

static void send_chunk(struct stream *s, struct str bytes)
{
	char head[24];
	int len = snprintf(head, sizeof(head), "%zx\r\n", bytes.len);

	if (s->ended)
		return;
	if (api_conn_stream(s->conn, (struct str){head, (size_t)len}) || api_conn_stream(s->conn, bytes) ||
	    api_conn_stream(s->conn, STR("\r\n")))
		s->ended = true;
}

static void beat(struct api *api);

static void on_beat(uv_timer_t *timer)
{
	beat(timer->data);
}

bool stream_begin(struct call *call, const struct stream_kind *kind, void *state)
{
	struct api *api = call->api;
	struct stream *s = count_of(api) < STREAM_MAX ? calloc(1, sizeof(*s)) : NULL;
	char memory[1024];
	struct buf head = buf_over(memory, sizeof(memory));

	if (!s) {
		free(state);
		reply_error(call, FAULT_TOO_MANY_STREAMS, "Too many streams are open; try again later.");
		return false;
	}
	*s = (struct stream){.api = api, .conn = call->conn, .kind = kind, .state = state, .dirty = true};
	memcpy(s->token_sha256, call->session.token_sha256, sizeof(s->token_sha256));
	s->next = api->streams;
	api->streams = s;
	api->count.streams++;
	news_listen(api->news, 1);
	call->streams = true;
	call->status = 200;
	call->type = "text/event-stream";
	reply_head(call, &head, SIZE_MAX);
	require(!head.overflow);
	api_conn_answer(call->conn, buf_str(&head), STR_NONE);
	if (!uv_is_active((uv_handle_t *)&api->beat))
		uv_timer_start(&api->beat, on_beat, STREAM_BEAT_MS, STREAM_BEAT_MS);
	uv_async_send(&api->wake);
	return true;
}

void stream_event(struct stream *s, const char *id, const char *event, struct str data)
{
	struct bytes b = {0};
	char line[160];
	int len = snprintf(line, sizeof(line), "%s%s%sevent: %s\ndata: ", id ? "id: " : "", id ? id : "",
			   id ? "\n" : "", event);

	if (s->ended)
		return;
	if (bytes_add(&b, line, (size_t)len, CALL_PAGE_BYTES) || bytes_add(&b, data.data, data.len, CALL_PAGE_BYTES) ||
	    bytes_add(&b, "\n\n", 2, CALL_PAGE_BYTES))
		s->ended = true;
	else
		send_chunk(s, (struct str){b.data, b.len});
	bytes_free(&b);
}

void stream_end(struct stream *s)
{
	if (s->ended)
		return;
	s->ended = true;
	if (api_conn_stream(s->conn, STR("0\r\n\r\n")) == ERR_OK)
		api_conn_end(s->conn);
}

/* Streams that ended leave the list here and nowhere else, so that a turn may end any of them. */
static void sweep(struct api *api)
{
	struct stream **at = &api->streams;

	while (*at) {
		struct stream *s = *at;

		if (!s->ended) {
			at = &s->next;
			continue;
		}
		*at = s->next;
		news_listen(api->news, -1);
		free(s->state);
		free(s);
	}
	if (!api->streams)
		uv_timer_stop(&api->beat);
}

static void on_soon(uv_timer_t *timer)
{
	struct api *api = timer->data;

	uv_async_send(&api->wake);
}

static bool is_blocked(const struct stream *s)
{
	return s->ended || !s->dirty || api_conn_waiting(s->conn) > STREAM_WAITING_MAX;
}

/* Everyone who has something to say and a reader who takes it says it, and no more often than it wants. */
static void turn(struct api *api)
{
	int64_t now_us = clock_mono_us(), wait_us = INT64_MAX;

	for (struct stream *s = api->streams; s; s = s->next) {
		if (is_blocked(s))
			continue;
		if (s->not_before_us <= now_us) {
			s->dirty = false;
			s->kind->more(s);
		}
		if (!is_blocked(s) && s->not_before_us - now_us < wait_us)
			wait_us = s->not_before_us - now_us;
	}
	sweep(api);
	if (wait_us <= 0)
		uv_async_send(&api->wake);
	else if (wait_us != INT64_MAX)
		uv_timer_start(&api->soon, on_soon, (uint64_t)wait_us / 1000 + 1, 0);
}

void stream_news(struct api *api)
{
	static const struct news_item lost = {.kind = API_NEWS_LOST}, batches = {.kind = API_NEWS_BATCH};
	struct news_item items[TAKE_MAX];
	struct news_taken taken;

	do {
		taken = news_take(api->news, items, TAKE_MAX);
		for (struct stream *s = api->streams; s; s = s->next) {
			if (taken.lost)
				s->dirty |= s->kind->wants(s, &lost);
			if (taken.batches)
				s->dirty |= s->kind->wants(s, &batches);
			for (unsigned i = 0; i < taken.count; i++)
				s->dirty |= s->kind->wants(s, &items[i]);
		}
	} while (taken.count == TAKE_MAX);
	turn(api);
}

/* A session that ended ends its streams. */
static bool is_welcome(struct stream *s)
{
	struct person_session session;
	struct person user;

	return caller_find(s->api, s->token_sha256, &session, &user) == ERR_OK;
}

static void beat(struct api *api)
{
	int64_t now_us = clock_mono_us();

	api->beats++;
	for (struct stream *s = api->streams; s; s = s->next) {
		if (s->ended)
			continue;
		if (s->again_us && s->again_us <= now_us) {
			s->again_us = 0;
			s->dirty = true;
		}
		if (api->beats % STREAM_BEATS)
			continue;
		if (is_welcome(s))
			send_chunk(s, STR(": still here\n\n"));
		else
			stream_end(s);
	}
	turn(api);
}

static struct stream *find(struct api *api, const struct api_conn *conn)
{
	struct stream *s = api->streams;

	while (s && (s->conn != conn || s->ended))
		s = s->next;
	return s;
}

void stream_drained(struct api *api, struct api_conn *conn)
{
	struct stream *s = find(api, conn);

	if (s && s->dirty)
		uv_async_send(&api->wake);
}

void stream_gone(struct api *api, struct api_conn *conn)
{
	struct stream *s = find(api, conn);

	if (!s)
		return;
	s->ended = true;
	if (!api->stopping)
		uv_async_send(&api->wake);
}

void stream_farewell(struct api *api)
{
	for (struct stream *s = api->streams; s; s = s->next) {
		stream_event(s, NULL, "stopping", STR("{\"reason\":\"The service is stopping.\"}"));
		stream_end(s);
	}
	sweep(api);
}

void stream_stop(struct api *api)
{
	sweep(api);
}
