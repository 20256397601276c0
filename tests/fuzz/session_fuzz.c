/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a device, or who stole its certificate, may send the service: any bytes, in pieces of any size, with and without
 * a welcome in between; and what somebody without one may send to join. First byte: how the rest is fed.
 */
#include "server-stub/gateway/session/session.h"

#include "agent/base/require.h"
#include "proto/frame.h"
#include "server-stub/gateway/session/enroll.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t device[STORE_ID] = {0xd0};

struct world {
	struct session_scratch *scratch;
	struct session *session;
	struct now now;
	unsigned held; /* pieces of frames that the session has from the pool */
	uint64_t last_seq;
	bool answers, closed;
};

static void *get(void *context, size_t len)
{
	struct world *w = context;

	require(len > 0 && len <= FRAME_BYTES_MAX);
	require(++w->held == 1);
	return malloc(len);
}

static void put(void *context, void *memory, size_t len)
{
	(void)len;
	require(((struct world *)context)->held-- == 1);
	free(memory);
}

static void check_send(struct str bytes)
{
	struct str frame;

	require(bytes.len > 0);
	while (bytes.len > 0)
		require(frame_take(&bytes, &frame) == ERR_OK && frame.len > 0);
}

static void check_batch(struct world *w, const struct log_batch *b)
{
	require(b->count > 0 && b->first_seq > 0 && b->first_seq <= b->last_seq && b->last_seq <= INT64_MAX);
	require(b->last_seq - b->first_seq >= b->count - 1 && b->blob.len <= FRAME_BYTES_MAX);
	require(memcmp(b->device, device, STORE_ID) == 0);
	if (b->last_seq > w->last_seq)
		w->last_seq = b->last_seq;
}

static void drain(struct world *w)
{
	struct session_effect effect;

	while (session_take(w->session, &effect)) {
		require(!w->closed);
		switch (effect.action) {
		case SESSION_SEND: check_send(effect.bytes); break;
		case SESSION_HELLO:
			if (w->answers)
				session_welcome(w->session, 1, w->now);
			break;
		case SESSION_BATCH:
			check_batch(w, &effect.batch);
			if (w->answers)
				session_committed(w->session, w->last_seq, w->now);
			break;
		case SESSION_SEEN:
		case SESSION_OBJECT: break; /* object_fuzz reads what comes of it */
		case SESSION_RENEW:
			require(effect.bytes.len > 0 && effect.bytes.len <= KEY_CSR_MAX);
			session_renewed(w->session, STR("a certificate"), STR("a root"), STR_NONE, NULL);
			break;
		case SESSION_CLOSE:
			require(effect.text != NULL);
			w->closed = true;
			break;
		}
	}
}

static void join(const uint8_t *data, size_t size)
{
	struct enroll_request request;
	enum err err = enroll_read((struct str){(const char *)data, size}, &request);

	require(err != ERR_OK || (request.csr_len > 0 && memchr(request.token, 0, sizeof(request.token))));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct registry_order order = {.order_len = 100, .signature_count = 1};
	struct world w = {.now = {1000000, 1000000}};
	const struct session_pool pool = {&w, get, put};
	static void *scratch; /* large, and begun anew each time */
	size_t piece;

	if (size == 0)
		return 0;
	w.answers = data[0] & 1;
	piece = data[0] & 2 ? size : 1U + (data[0] >> 2);
	if (data[0] == 0xff)
		join(data + 1, size - 1);
	scratch = scratch ? scratch : malloc(session_scratch_size());
	w.scratch = session_scratch_init(scratch);
	w.session = session_init(malloc(session_size()), w.scratch, device);
	session_scratch_pool(w.scratch, &pool);
	for (size_t at = 1; at < size; at += piece) {
		size_t len = size - at < piece ? size - at : piece;
		char *copy = malloc(len);

		memcpy(copy, data + at, len);
		session_feed(w.session, (struct str){copy, len}, w.now);
		drain(&w);
		free(copy);
		w.now.mono_us += SECOND_US;
		if (session_order(w.session, &order, w.now) == ERR_OK)
			drain(&w);
	}
	w.now.mono_us += SESSION_SILENCE_S * SECOND_US;
	session_tick(w.session, w.now);
	drain(&w);
	require(w.closed || size <= 1);
	session_end(w.session);
	require(w.held == 0);
	free(w.session);
	return 0;
}
