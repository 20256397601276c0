/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes of one connection: from the socket through TLS to links->calls, and back. Everything that was read is
 * used up before the next read, so all connections of a loop share two buffers.
 */
#include "server-stub/gateway/link.h"

#include "agent/base/clock.h"
#include "server-stub/gateway/link_device.h"

#include <stdlib.h>
#include <string.h>

struct write {
	uv_write_t request;
	struct link *link;
	size_t len;
	char bytes[];
};

static void flush(struct link *link);

/* -- out -- */

static void on_written(uv_write_t *request, int status)
{
	struct write *write = (struct write *)request;
	struct link *link = write->link;

	link->writing -= write->len;
	free(write);
	if (link->state == LINK_CLOSED)
		return;
	if (status < 0)
		link_close(link);
	else if (link->state != LINK_SHAKING)
		flush(link);
}

/* The kernel takes no more now: a copy waits in libuv's queue. */
static int write_later(struct link *link, const void *bytes, size_t len)
{
	struct write *write;
	uv_buf_t buf;

	if (link->writing + len > LINK_WRITING_MAX)
		return 0;
	write = malloc(sizeof(*write) + len);
	if (!write)
		return -1;
	write->link = link;
	write->len = len;
	memcpy(write->bytes, bytes, len);
	buf = uv_buf_init(write->bytes, (unsigned)len);
	if (uv_write(&write->request, (uv_stream_t *)&link->tcp, &buf, 1, on_written) != 0) {
		free(write);
		return -1;
	}
	link->writing += len;
	return (int)len;
}

/* TLS writes from its own memory to the kernel as long as the kernel takes it. */
static int put(void *context, const void *bytes, size_t len)
{
	struct link *link = context;
	uv_buf_t buf = uv_buf_init((char *)(uintptr_t)bytes, (unsigned)len);
	int sent = UV_EAGAIN;

	if (link->writing == 0)
		sent = uv_try_write((uv_stream_t *)&link->tcp, &buf, 1);
	if (sent == UV_EAGAIN)
		return write_later(link, bytes, len);
	return sent < 0 ? -1 : sent;
}

static bool keep(struct link *link, struct str bytes)
{
	size_t need = link->backlog.len + bytes.len;
	size_t cap = link->backlog.cap ? link->backlog.cap : 4096;
	char *grown;

	if (need > LINK_BACKLOG_MAX)
		return false;
	while (cap < need)
		cap *= 2;
	if (cap != link->backlog.cap) {
		grown = realloc(link->backlog.data, cap);
		if (!grown)
			return false;
		link->backlog.data = grown;
		link->backlog.cap = cap;
	}
	buf_put(&link->backlog, bytes);
	return true;
}

/* Write what TLS takes; *bytes is what is left. False: the link is closed. */
static bool write_some(struct link *link, struct str *bytes)
{
	enum tls_step step = TLS_DONE;

	while (!str_empty(*bytes) && step == TLS_DONE) {
		size_t taken;

		step = tls_end_write(link->tls, *bytes, &taken);
		*bytes = str_sub(*bytes, taken, SIZE_MAX);
	}
	if (step >= TLS_CLOSED)
		link_close(link);
	return step < TLS_CLOSED;
}

static void on_shut_down(uv_shutdown_t *request, int status)
{
	(void)status;
	free(request);
}

static void shut_down(struct link *link)
{
	uv_shutdown_t *request = malloc(sizeof(*request));

	tls_end_close(link->tls);
	/* Waits for what is queued; the peer then closes, or the deadline does. */
	if (!request || uv_shutdown(request, (uv_stream_t *)&link->tcp, on_shut_down) != 0) {
		free(request);
		link_close(link);
	}
}

static void flush(struct link *link)
{
	struct str left = buf_str(&link->backlog);

	if (!link->tls || str_empty(left))
		return;
	if (!write_some(link, &left))
		return;
	if (!str_empty(left)) {
		memmove(link->backlog.data, left.data, left.len);
		link->backlog.len = left.len;
		return;
	}
	free(link->backlog.data);
	link->backlog = buf_over(NULL, 0);
	if (link->state == LINK_ENDING)
		shut_down(link);
}

void link_send(struct link *link, struct str bytes)
{
	if (link->state == LINK_CLOSED || !link->tls)
		return;
	if (link->backlog.len == 0 && !write_some(link, &bytes))
		return;
	if (!str_empty(bytes) && !keep(link, bytes)) {
		say_limited(&link->links->limit, SAY_WARNING, "%s reads too slowly and was dropped", link->address);
		link_close(link);
	}
}

void link_end(struct link *link)
{
	if (link->state == LINK_CLOSED || link->state == LINK_ENDING)
		return;
	if (!link->tls || link->state == LINK_SHAKING) {
		link_close(link);
		return;
	}
	link_device_leave(link);
	link_leave_half_open(link);
	link->state = LINK_ENDING;
	link->deadline_us = clock_now().mono_us + LINK_ENDING_US;
	if (link->backlog.len == 0)
		shut_down(link);
}

/* -- in -- */

static void fail_handshake(struct link *link)
{
	char why[TLS_WHY_MAX];

	tls_end_why(link->tls, why);
	link->links->shared->refused++;
	say_limited(&link->links->limit, SAY_NOTICE, "%s: TLS handshake failed: %s", link->address,
		    why[0] ? why : "the client broke it off");
	link_close(link);
}

/* False: not done yet, or over. */
static bool shake(struct link *link)
{
	struct link_shared *shared = link->links->shared;
	enum tls_step step = tls_end_shake(link->tls);

	if (step == TLS_WAIT_READ)
		return false;
	/* A handshake is short: whoever does not even take that is not waited for. */
	if (step != TLS_DONE) {
		fail_handshake(link);
		return false;
	}
	shared->handshakes++;
	shared->resumed += tls_end_resumed(link->tls);
	link->links->calls->start(link);
	/* Whoever wants to join has shown nothing yet and still counts. */
	if (link->state != LINK_ENROLLING)
		link_leave_half_open(link);
	return link->state != LINK_CLOSED;
}

/* Work off what was fed. */
static void pump(struct link *link)
{
	char *plain = link->links->plain;

	if (link->state == LINK_SHAKING && !shake(link))
		return;
	while (link->state != LINK_CLOSED) {
		size_t got;
		enum tls_step step = tls_end_read(link->tls, plain, LINK_PLAIN_BYTES, &got);

		if (step == TLS_WAIT_READ)
			return;
		if (step != TLS_DONE) {
			link_close(link);
			return;
		}
		if (link->state != LINK_ENDING)
			link->links->calls->feed(link, (struct str){plain, got});
	}
}

static bool start_tls(struct link *link)
{
	struct link_tls *tls = link->links->tls;

	link->tls = tls_end_new(tls->conf, (struct tls_out){put, link}, &link->peer);
	if (!link->tls)
		return false;
	link->peer.tls = tls;
	tls->users++;
	return tls_end_begin(link->tls, 0) == ERR_OK;
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct link *link = handle->data;

	(void)suggested;
	*buf = uv_buf_init(link->links->cipher, LINK_CIPHER_BYTES);
}

static void on_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *buf)
{
	struct link *link = stream->data;

	if (got == 0 || link->state == LINK_CLOSED)
		return;
	if (got < 0 || (!link->tls && !start_tls(link))) {
		link_close(link);
		return;
	}
	tls_end_feed(link->tls, (struct str){buf->base, (size_t)got});
	pump(link);
}

void link_pause(struct link *link)
{
	if (link->paused || link->state == LINK_CLOSED)
		return;
	link->paused = true;
	link->next_paused = link->links->paused;
	link->links->paused = link;
	uv_read_stop((uv_stream_t *)&link->tcp);
}

void link_resume(struct link *link)
{
	link->paused = false;
	if (link->state != LINK_CLOSED && uv_read_start((uv_stream_t *)&link->tcp, on_alloc, on_read) != 0)
		link_close(link);
}
