/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers that go on: Server-Sent Events (HTML standard, section 9.2) in chunks. A stream pulls what it has to say from
 * the store when news comes, and only as fast as its reader takes it; a slow reader falls behind and misses nothing.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/str.h"
#include "server-stub/api/call.h"
#include "server-stub/api/news.h"

#include <stdbool.h>
#include <stdint.h>

#define STREAM_MAX 128
#define STREAM_WAITING_MAX (256u * 1024) /* bytes under way to a slow reader before it has to catch up */
#define STREAM_BEAT_MS 1000
#define STREAM_BEATS 15 /* beats between two comments, which keep middle boxes awake and sessions honest */

struct stream {
	struct stream *next;
	struct api *api;
	struct api_conn *conn;
	uint8_t token_sha256[32];
	bool dirty; /* has something to say */
	bool ended;
	int64_t not_before_us; /* has its next turn at this time at the earliest; 0: any time */
	int64_t again_us;      /* look again at this time without news; 0: only with news */
	void *state;	       /* the kind's own; freed with free(3) */
	const struct stream_kind *kind;
};

struct stream_kind {
	/* Whether this news is for it. item NULL: records were stored. */
	bool (*wants)(const struct stream *s, const struct news_item *item);
	/* Say what is new; set s->dirty again when there is more than fits now. */
	void (*more)(struct stream *s);
};

/*
 * Answer a call with a stream; `state` is taken over. It listens before it returns, and its first `more` follows.
 * false after an error answer (too many streams, no memory): state is freed.
 */
bool stream_begin(struct call *call, const struct stream_kind *kind, void *state);

/* One event. id may be NULL; data is one line. */
void stream_event(struct stream *s, const char *id, const char *event, struct str data);

/* The last event is said. */
void stream_end(struct stream *s);

/* For api.c, which was woken. */
void stream_news(struct api *api);

/* For struct api_conn_handler. */
void stream_drained(struct api *api, struct api_conn *conn);
void stream_gone(struct api *api, struct api_conn *conn);

/* All connections are closed: free what is left. */
void stream_stop(struct api *api);
