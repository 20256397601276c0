/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes of one connection: from the socket through TLS to link_session.c, and back. Everything read is worked off
 * before the next read, so that all connections of a loop share two buffers.
 */
#include "server-stub/gateway/link.h"

#include "agent/base/clock.h"
#include "agent/base/mbedtls_tls_compat.h"
#include "server-stub/gateway/link_session.h"

#include <mbedtls/net_sockets.h>

#include <stdlib.h>
#include <string.h>

struct write {
	uv_write_t request;
	struct link *link;
	size_t len;
	char bytes[];
};

static void pump(struct link *link);
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
	else if (link->state == LINK_SHAKING)
		pump(link);
	else
		flush(link);
}

/* The kernel takes no more now: a copy waits in libuv's queue. */
static int write_later(struct link *link, const unsigned char *bytes, size_t len)
{
	struct write *write;
	uv_buf_t buf;

	if (link->writing + len > LINK_WRITING_MAX)
		return MBEDTLS_ERR_SSL_WANT_WRITE;
	write = malloc(sizeof(*write) + len);
	if (!write)
		return MBEDTLS_ERR_SSL_ALLOC_FAILED;
	write->link = link;
	write->len = len;
	memcpy(write->bytes, bytes, len);
	buf = uv_buf_init(write->bytes, (unsigned)len);
	if (uv_write(&write->request, (uv_stream_t *)&link->tcp, &buf, 1, on_written) != 0) {
		free(write);
		return MBEDTLS_ERR_NET_SEND_FAILED;
	}
	link->writing += len;
	return (int)len;
}

static int on_tls_send(void *context, const unsigned char *bytes, size_t len)
{
	struct link *link = context;
	uv_buf_t buf = uv_buf_init((char *)(uintptr_t)bytes, (unsigned)len);
	int sent = UV_EAGAIN;

	if (link->writing == 0)
		sent = uv_try_write((uv_stream_t *)&link->tcp, &buf, 1);
	if (sent == UV_EAGAIN)
		return write_later(link, bytes, len);
	return sent < 0 ? MBEDTLS_ERR_NET_SEND_FAILED : sent;
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

/* Write what the library takes; *bytes is what is left. False: the link is closed. */
static bool write_some(struct link *link, struct str *bytes, size_t try)
{
	while (!str_empty(*bytes)) {
		size_t len = try ?
		try : bytes
			->len;
		int put;

		link->tls->current = &link->peer;
		put = mbedtls_ssl_write(&link->ssl, (const unsigned char *)bytes->data, len);
		if (mbedtls_compat_again(put)) {
			link->backlog_try = len;
			return true;
		}
		if (put < 0) {
			link_close(link);
			return false;
		}
		try = 0;
		*bytes = str_sub(*bytes, (size_t)put, SIZE_MAX);
	}
	return true;
}

static void on_shut_down(uv_shutdown_t *request, int status)
{
	(void)status;
	free(request);
}

static void shut_down(struct link *link)
{
	uv_shutdown_t *request = malloc(sizeof(*request));

	link->tls->current = &link->peer;
	(void)mbedtls_ssl_close_notify(&link->ssl);
	/* Waits for what is queued; the peer then closes, or the deadline does. */
	if (!request || uv_shutdown(request, (uv_stream_t *)&link->tcp, on_shut_down) != 0) {
		free(request);
		link_close(link);
	}
}

static void flush(struct link *link)
{
	struct str left = buf_str(&link->backlog);

	if (!link->has_tls || str_empty(left))
		return;
	if (!write_some(link, &left, link->backlog_try))
		return;
	if (!str_empty(left)) {
		memmove(link->backlog.data, left.data, left.len);
		link->backlog.len = left.len;
		return;
	}
	free(link->backlog.data);
	link->backlog = buf_over(NULL, 0);
	link->backlog_try = 0;
	if (link->state == LINK_ENDING)
		shut_down(link);
}

void link_send(struct link *link, struct str bytes)
{
	if (link->state == LINK_CLOSED || !link->has_tls)
		return;
	if (link->backlog.len == 0 && !write_some(link, &bytes, 0))
		return;
	if (!str_empty(bytes) && !keep(link, bytes)) {
		say_limited(&link->loop->limit, "%s reads too slowly and was dropped", link->address);
		link_close(link);
	}
}

void link_end(struct link *link)
{
	if (link->state == LINK_CLOSED || link->state == LINK_ENDING)
		return;
	if (!link->has_tls || link->state == LINK_SHAKING) {
		link_close(link);
		return;
	}
	link_session_stop(link);
	link_leave_half_open(link);
	link->state = LINK_ENDING;
	link->deadline_us = clock_now().mono_us + LINK_ENDING_US;
	if (link->backlog.len == 0)
		shut_down(link);
}

/* -- in -- */

static int on_tls_receive(void *context, unsigned char *bytes, size_t len)
{
	struct link *link = context;

	if (str_empty(link->in))
		return MBEDTLS_ERR_SSL_WANT_READ;
	if (len > link->in.len)
		len = link->in.len;
	memcpy(bytes, link->in.data, len);
	link->in = str_sub(link->in, len, SIZE_MAX);
	return (int)len;
}

/* False: not done yet, or over. */
static bool shake(struct link *link)
{
	struct loop_shared *shared = link->loop->shared;
	int result;

	link->tls->current = &link->peer;
	result = link_tls_handshake(link->tls);
	if (mbedtls_compat_again(result))
		return false;
	if (result != 0) {
		shared->refused++;
		/* A peer that closes is a port scan or a health check; the rest is worth a word. */
		if (result != MBEDTLS_ERR_SSL_CONN_EOF)
			say_limited(&link->loop->limit, "%s: TLS handshake failed (-0x%04x)", link->address,
				(unsigned)-result);
		link_close(link);
		return false;
	}
	shared->handshakes++;
	shared->resumed += link->peer.resumed;
	link_session_start(link);
	/* Whoever wants to join has shown nothing yet and still counts. */
	if (link->state != LINK_ENROLLING)
		link_leave_half_open(link);
	return link->state != LINK_CLOSED;
}

static void pump(struct link *link)
{
	char *plain = link->loop->plain;

	if (link->state == LINK_SHAKING && !shake(link))
		return;
	while (link->state != LINK_CLOSED) {
		int got;

		link->tls->current = &link->peer;
		got = mbedtls_ssl_read(&link->ssl, (unsigned char *)plain, LOOP_PLAIN_BYTES);
		if (mbedtls_compat_again(got))
			return;
		if (got <= 0) {
			link_close(link);
			return;
		}
		if (link->state != LINK_ENDING)
			link_session_feed(link, (struct str){ plain, (size_t)got });
	}
}

static bool start_tls(struct link *link)
{
	struct link_tls *tls = link->loop->tls;

	mbedtls_ssl_init(&link->ssl);
	link->tls = tls;
	link->has_tls = true;
	tls->users++;
	if (mbedtls_ssl_setup(&link->ssl, &tls->conf) != 0)
		return false;
	mbedtls_ssl_set_bio(&link->ssl, link, on_tls_send, on_tls_receive, NULL);
	return true;
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct link *link = handle->data;

	(void)suggested;
	*buf = uv_buf_init(link->loop->cipher, LOOP_CIPHER_BYTES);
}

static void on_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *buf)
{
	struct link *link = stream->data;

	if (got == 0 || link->state == LINK_CLOSED)
		return;
	if (got < 0 || (!link->has_tls && !start_tls(link))) {
		link_close(link);
		return;
	}
	link->in = (struct str){ buf->base, (size_t)got };
	pump(link);
	link->in = STR_NONE;
}

void link_pause(struct link *link)
{
	if (link->paused || link->state == LINK_CLOSED)
		return;
	link->paused = true;
	link->next_paused = link->loop->paused;
	link->loop->paused = link;
	uv_read_stop((uv_stream_t *)&link->tcp);
}

void link_resume(struct link *link)
{
	link->paused = false;
	if (link->state != LINK_CLOSED && uv_read_start((uv_stream_t *)&link->tcp, on_alloc, on_read) != 0)
		link_close(link);
}
