/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One device's session: cuts frames out of what TLS decrypted, keeps to the order of things (hello, welcome, then the
 * rest), counts what is in flight, and writes answers. Never stores, never decides who the device is.
 */
#include "server-stub/gateway/session/session.h"

#include "agent/base/require.h"
#include "proto/frame.h"
#include "server-stub/gateway/session/answer.h"
#include "server-stub/gateway/session/request.h"
#include "server-stub/gateway/session/window.h"

#include <string.h>

#define POOL_FRAMES 16
/* Late batches are counted together and so released together: what is allowed is twice what was promised. */
#define WINDOW_BYTES (2 * SESSION_WINDOW_BYTES + FRAME_BYTES_MAX)

enum session_state {
	SESSION_NEW = 1, /* waits for hello */
	SESSION_GREETED, /* hello given, waits for session_welcome */
	SESSION_UP,
	SESSION_CLOSING, /* the reason is still to be taken */
	SESSION_CLOSED,
};

struct session {
	struct session_scratch *scratch;
	uint8_t device[STORE_ID], spool[STORE_ID];
	enum session_state state;
	bool ack_due, renewing;
	const char *close_text;
	struct str input; /* of the caller, not looked at yet */
	uint8_t header[FRAME_HEADER];
	uint8_t header_len, frame_done;
	uint32_t frame_len, frame_have;
	uint8_t *frame; /* from the pool: a frame that came in part */
	uint64_t committed_seq;
	int64_t now_wall_us, deadline_us;
	struct window window;
};

struct session_scratch {
	struct session *owner; /* of what is in out */
	bool out_given;
	struct buf out;
	struct session_pool pool;
	uint8_t used[POOL_FRAMES];
	uint8_t out_memory[2 * ANSWER_MAX];
	uint8_t frames[POOL_FRAMES][FRAME_BYTES_MAX];
};

static void *pool_get(void *context, size_t len)
{
	struct session_scratch *scratch = context;

	for (unsigned i = 0; i < POOL_FRAMES && len <= FRAME_BYTES_MAX; i++) {
		if (scratch->used[i])
			continue;
		scratch->used[i] = 1;
		return scratch->frames[i];
	}
	return NULL;
}

static void pool_put(void *context, void *memory, size_t len)
{
	struct session_scratch *scratch = context;

	(void)len;
	scratch->used[((uint8_t *)memory - scratch->frames[0]) / FRAME_BYTES_MAX] = 0;
}

size_t session_scratch_size(void)
{
	return sizeof(struct session_scratch);
}

struct session_scratch *session_scratch_init(void *memory)
{
	struct session_scratch *scratch = memory;

	scratch->owner = NULL;
	scratch->out_given = false;
	scratch->out = buf_over(scratch->out_memory, sizeof(scratch->out_memory));
	scratch->pool = (struct session_pool){scratch, pool_get, pool_put};
	memset(scratch->used, 0, sizeof(scratch->used));
	return scratch;
}

void session_scratch_pool(struct session_scratch *scratch, const struct session_pool *pool)
{
	scratch->pool = *pool;
}

size_t session_size(void)
{
	return sizeof(struct session);
}

struct session *session_init(void *memory, struct session_scratch *scratch, const uint8_t device[STORE_ID])
{
	struct session *s = memory;

	memset(s, 0, sizeof(*s));
	s->scratch = scratch;
	s->state = SESSION_NEW;
	s->deadline_us = INT64_MAX;
	memcpy(s->device, device, STORE_ID);
	return s;
}

static void release_frame(struct session *s)
{
	if (s->frame)
		s->scratch->pool.put(s->scratch->pool.context, s->frame, s->frame_len);
	s->frame = NULL;
	s->frame_done = 0;
	s->header_len = 0;
	s->frame_have = 0;
}

void session_end(struct session *s)
{
	release_frame(s);
	if (s->scratch->owner == s)
		s->scratch->owner = NULL;
	s->state = SESSION_CLOSED;
}

static void close_with(struct session *s, const char *text)
{
	if (s->state == SESSION_CLOSING || s->state == SESSION_CLOSED)
		return;
	s->state = SESSION_CLOSING;
	s->close_text = text;
	s->input = STR_NONE;
}

/* The loop's one buffer for answers. What another session left in it was not taken: a mistake of the caller. */
static struct buf *out_of(struct session *s)
{
	struct session_scratch *scratch = s->scratch;

	require(scratch->owner == NULL || scratch->owner == s || scratch->out_given);
	if (scratch->owner != s || scratch->out_given)
		scratch->out.len = 0;
	scratch->owner = s;
	scratch->out_given = false;
	scratch->out.overflow = false;
	return &scratch->out;
}

void session_feed(struct session *s, struct str bytes, struct now now)
{
	require(str_empty(s->input));
	if (s->state == SESSION_CLOSING || s->state == SESSION_CLOSED)
		return;
	s->input = bytes;
	s->now_wall_us = now.wall_us;
	s->deadline_us = now.mono_us + SESSION_SILENCE_S * SECOND_US;
}

static void on_input(struct session *s, void *target, size_t len)
{
	memcpy(target, s->input.data, len);
	s->input = str_sub(s->input, len, SIZE_MAX);
}

/* The rest of a frame that began in an earlier feed, or the beginning of one that ends in a later. */
static bool piece_frame(struct session *s, struct str *frame)
{
	size_t want = (size_t)(FRAME_HEADER - s->header_len);
	size_t len = want < s->input.len ? want : s->input.len;

	if (!s->frame) {
		on_input(s, s->header + s->header_len, len);
		s->header_len += (uint8_t)len;
		if (s->header_len < FRAME_HEADER)
			return false;
		s->frame_len = (uint32_t)s->header[0] << 24 | (uint32_t)s->header[1] << 16 |
			       (uint32_t)s->header[2] << 8 | s->header[3];
		if (s->frame_len == 0 || s->frame_len > FRAME_BYTES_MAX) {
			close_with(s, s->frame_len ? "a frame is longer than its limit" : "a frame is empty");
			return false;
		}
		s->frame = s->scratch->pool.get(s->scratch->pool.context, s->frame_len);
		if (!s->frame) {
			close_with(s, "no memory for a frame that came in part");
			return false;
		}
	}
	want = s->frame_len - s->frame_have;
	len = want < s->input.len ? want : s->input.len;
	if (len > 0)
		on_input(s, s->frame + s->frame_have, len);
	s->frame_have += (uint32_t)len;
	s->frame_done = s->frame_have == s->frame_len;
	*frame = (struct str){(const char *)s->frame, s->frame_len};
	return s->frame_done;
}

static bool next_frame(struct session *s, struct str *frame)
{
	struct str input = s->input;
	enum err err;

	if (s->frame_done)
		release_frame(s);
	if (str_empty(input))
		return false;
	if (s->header_len > 0)
		return piece_frame(s, frame);
	err = frame_take(&input, frame);
	if (err == ERR_TRUNCATED)
		return piece_frame(s, frame);
	if (err != ERR_OK || frame->len == 0) {
		close_with(s, err != ERR_OK ? "a frame is longer than its limit" : "a frame is empty");
		return false;
	}
	s->input = input;
	return true;
}

/* Each on_... returns whether it made an effect. */
static bool on_hello(struct session *s, struct str bytes, struct session_effect *effect)
{
	if (s->state != SESSION_NEW || request_hello(bytes, &effect->hello) != ERR_OK) {
		close_with(s, s->state == SESSION_NEW ? "the hello does not parse" : "a second hello");
		return false;
	}
	memcpy(s->spool, effect->hello.spool_id, STORE_ID);
	s->state = SESSION_GREETED;
	effect->action = SESSION_HELLO;
	return true;
}

static bool on_batch(struct session *s, struct str bytes, struct session_effect *effect)
{
	const char *wrong = NULL;

	if (s->state != SESSION_UP)
		wrong = "a batch before the welcome";
	else if (request_batch(bytes, &effect->batch) != ERR_OK)
		wrong = "a batch does not parse";
	else if (memcmp(effect->batch.spool, s->spool, STORE_ID) != 0)
		wrong = "a batch of another spool than the hello's";
	else if (!window_begin(&s->window, effect->batch.last_seq, effect->batch.blob.len, WINDOW_BYTES))
		wrong = "more in flight than the window allows";
	if (wrong) {
		close_with(s, wrong);
		return false;
	}
	memcpy(effect->batch.device, s->device, STORE_ID);
	effect->batch.received_us = s->now_wall_us;
	effect->action = SESSION_BATCH;
	return true;
}

static bool on_seen(struct session *s, struct str bytes, struct session_effect *effect)
{
	if (request_seen(bytes, effect->order_id) != ERR_OK) {
		close_with(s, "a message about an order does not parse");
		return false;
	}
	effect->action = SESSION_SEEN;
	return true;
}

static bool on_renew(struct session *s, struct str bytes, struct session_effect *effect)
{
	if (request_renew(bytes, &effect->bytes) != ERR_OK) {
		close_with(s, "a request for renewal does not parse");
		return false;
	}
	if (s->renewing)
		return false;
	s->renewing = true;
	effect->action = SESSION_RENEW;
	return true;
}

static bool on_ping(struct session *s, struct str bytes)
{
	uint64_t nonce;

	if (request_ping(bytes, &nonce) != ERR_OK)
		close_with(s, "a ping does not parse");
	else
		answer_pong(out_of(s), nonce);
	return false;
}

static bool on_object(struct session *s, enum object_what what, struct str bytes, struct session_effect *effect)
{
	if (s->state != SESSION_UP || object_message_take(what, bytes, &effect->object) != ERR_OK) {
		close_with(s, s->state == SESSION_UP ? "a message about an object does not parse"
						     : "an object before the welcome");
		return false;
	}
	effect->action = SESSION_OBJECT;
	return true;
}

static bool on_frame(struct session *s, struct str frame, struct session_effect *effect)
{
	enum request_body body;
	struct str bytes;

	if (request_read(frame, &body, &bytes) != ERR_OK) {
		close_with(s, "a frame does not parse");
		return false;
	}
	if (s->state == SESSION_NEW && body != REQUEST_HELLO) {
		close_with(s, "the first message is no hello");
		return false;
	}
	switch (body) {
	case REQUEST_HELLO: return on_hello(s, bytes, effect);
	case REQUEST_BATCH: return on_batch(s, bytes, effect);
	case REQUEST_SEEN: return on_seen(s, bytes, effect);
	case REQUEST_RENEW: return on_renew(s, bytes, effect);
	case REQUEST_PING: return on_ping(s, bytes);
	case REQUEST_ENROLL: close_with(s, "an enrolment on the wrong protocol"); return false;
	default: break;
	}
	enum object_what what = object_message_what(OBJECT_TO_SERVER, body);

	return what != 0 && on_object(s, what, bytes, effect);
}

static bool take_answers(struct session *s, struct session_effect *effect)
{
	struct session_scratch *scratch = s->scratch;

	if (s->ack_due && s->state == SESSION_UP) {
		answer_ack(out_of(s), s->committed_seq);
		s->ack_due = false;
	}
	if (scratch->owner != s)
		return false;
	if (scratch->out_given || scratch->out.len == 0) {
		scratch->owner = NULL;
		scratch->out.len = 0;
		return false;
	}
	scratch->out_given = true;
	effect->action = SESSION_SEND;
	effect->bytes = buf_str(&scratch->out);
	return true;
}

bool session_take(struct session *s, struct session_effect *effect)
{
	struct str frame;

	if (take_answers(s, effect))
		return true;
	while (s->state < SESSION_CLOSING && next_frame(s, &frame)) {
		if (on_frame(s, frame, effect) || take_answers(s, effect))
			return true;
	}
	if (s->state != SESSION_CLOSING)
		return false;
	release_frame(s);
	s->state = SESSION_CLOSED;
	effect->action = SESSION_CLOSE;
	effect->text = s->close_text;
	return true;
}

void session_welcome(struct session *s, uint64_t committed_seq, struct now now)
{
	const struct answer_welcome welcome = {
		.committed_seq = committed_seq,
		.window_bytes = SESSION_WINDOW_BYTES,
		.keepalive_s = SESSION_KEEPALIVE_S,
		.batch_bytes_max = SESSION_BATCH_BYTES,
		.wall_us = now.wall_us,
	};

	if (s->state != SESSION_GREETED)
		return;
	s->state = SESSION_UP;
	s->committed_seq = committed_seq;
	answer_welcome(out_of(s), &welcome);
}

void session_committed(struct session *s, uint64_t committed_seq, struct now now)
{
	(void)now;
	window_end(&s->window, committed_seq);
	if (committed_seq > s->committed_seq)
		s->committed_seq = committed_seq;
	/* A resend that was stored already is acknowledged again: the device waits for it. */
	s->ack_due = true;
}

/* Add a frame. One that does not fit leaves no trace. */
static enum err add_frame(struct session *s, void (*put)(struct buf *b, const void *what), const void *what)
{
	if (s->state != SESSION_UP)
		return s->state >= SESSION_CLOSING ? ERR_CLOSED : ERR_NOT_YET;
	struct buf *out = out_of(s);
	size_t before = out->len;

	put(out, what);
	if (buf_check(out) == ERR_OK)
		return ERR_OK;
	out->len = before;
	out->overflow = false;
	return ERR_FULL;
}

static void put_order(struct buf *b, const void *order)
{
	answer_order(b, order);
}

static void put_object(struct buf *b, const void *message)
{
	object_message_put(b, OBJECT_TO_DEVICE, message);
}

static void put_trust(struct buf *b, const void *sealed)
{
	answer_trust(b, *(const struct str *)sealed);
}

static void put_immunity(struct buf *b, const void *what)
{
	answer_immunity(b, what);
}

enum err session_immunity(struct session *s, const struct addr *addr, uint32_t duration_s)
{
	const struct answer_immunity what = {*addr, duration_s};

	return add_frame(s, put_immunity, &what);
}

enum err session_trust(struct session *s, struct str sealed)
{
	return add_frame(s, put_trust, &sealed);
}

enum err session_order(struct session *s, const struct registry_order *order, struct now now)
{
	(void)now;
	return add_frame(s, put_order, order);
}

enum err session_object(struct session *s, const struct object_message *m)
{
	return add_frame(s, put_object, m);
}

void session_renewed(struct session *s, struct str certificate, struct str ca, struct str trust, const char *error)
{
	const struct answer_certificate reply = {certificate, ca, trust, error};

	if (s->state >= SESSION_CLOSING || !s->renewing)
		return;
	s->renewing = false;
	answer_renewed(out_of(s), &reply);
}

static void last_words(struct session *s, const struct answer_goodbye *goodbye)
{
	if (s->state >= SESSION_CLOSING)
		return;
	answer_goodbye(out_of(s), goodbye);
	close_with(s, goodbye->reason);
}

void session_retry(struct session *s, const char *reason, uint32_t retry_s)
{
	const struct answer_goodbye goodbye = {reason, retry_s, false};

	last_words(s, &goodbye);
}

void session_goodbye(struct session *s, const char *reason, bool revoked)
{
	const struct answer_goodbye goodbye = {reason, 0, revoked};

	last_words(s, &goodbye);
}

int64_t session_deadline(const struct session *s)
{
	return s->deadline_us;
}

void session_tick(struct session *s, struct now now)
{
	if (now.mono_us >= s->deadline_us)
		close_with(s, "no sign of life");
}
