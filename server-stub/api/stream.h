/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers that stream: Server-Sent Events (HTML standard, section 9.2) in chunks. When news comes, a stream reads what
 * it has to send from the store, and only as fast as its reader takes it. A slow reader gets its events late and misses
 * none.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/str.h"
#include "server-stub/api/call.h"
#include "server-stub/api/news.h"

#include <stdbool.h>
#include <stdint.h>

#define STREAM_MAX 128
#define STREAM_WAITING_MAX (256u * 1024) /* bytes that may wait for a slow reader before the stream pauses */
#define STREAM_BEAT_MS 1000
#define STREAM_BEATS 15 /* beats between two comments, which keep the connection open; the session is checked then */

struct stream {
	struct stream *next;
	struct api *api;
	struct api_conn *conn;
	uint8_t token_sha256[32];
	bool dirty; /* has something to send */
	bool ended;
	int64_t not_before_us; /* `more` is not called before this time; 0: at any time */
	int64_t again_us;      /* `more` is called at this time even without news; 0: only with news */
	void *state;	       /* the kind's own; freed with free(3) */
	const struct stream_kind *kind;
};

struct stream_kind {
	/* Whether the stream has something to send after this news, each of which it is told. It may note what that is:
	 * API_NEWS_LOST says that it was not told of everything. */
	bool (*wants)(struct stream *s, const struct news_item *item);
	/* Send what is new; set s->dirty when there is more than fits now. */
	void (*more)(struct stream *s);
};

/*
 * Answer a call with a stream and take `state` over. The stream listens to news when this returns, and its first `more`
 * follows. False after an error answer (too many streams, out of memory); `state` is freed.
 */
bool stream_begin(struct call *call, const struct stream_kind *kind, void *state);

/* Send one event. `id` may be NULL; `data` is one line. */
void stream_event(struct stream *s, const char *id, const char *event, struct str data);

/* End the stream after its last event. */
void stream_end(struct stream *s);

/* Give streams the news that came. api.c calls this when it is woken. */
void stream_news(struct api *api);

/* These two are members of struct api_conn_handler. */
void stream_drained(struct api *api, struct api_conn *conn);
void stream_gone(struct api *api, struct api_conn *conn);

/* End all streams with an event "stopping": the service is about to end, and the reader may ask again soon. */
void stream_farewell(struct api *api);

/* Free what is left, after all connections were closed. */
void stream_stop(struct api *api);
