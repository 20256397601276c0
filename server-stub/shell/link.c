/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes of one connection: from the socket through TLS to link_session.c, and back. Everything read is worked off
 * before the next read, so that all connections of a loop share two buffers.
 */
#include "server-stub/shell/link.h"

#include "agent/base/require.h"
#include "server-stub/shell/link_session.h"
#include "server-stub/shell/link_tls_compat.h"

#include <mbedtls/net_sockets.h>

#include <arpa/inet.h>
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

/* -- the link in its loop's tables -- */

static uint64_t make_id(const struct loop *loop, uint32_t slot)
{
	return (uint64_t)(loop->index + 1) << 56 | (uint64_t)(loop->slots[slot].generation & 0xffffff) << 32 | slot;
}

struct link *link_by_id(struct loop *loop, uint64_t id)
{
	uint32_t slot = (uint32_t)id;
	struct link *link = slot < loop->links_max ? loop->slots[slot].link : NULL;

	return link && link->id == id && link->state != LINK_CLOSED ? link : NULL;
}

static struct link *link_new(struct loop *loop)
{
	struct link *link = calloc(1, sizeof(*link) + session_size() + 16);
	uint32_t slot;

	if (!link)
		return NULL;
	slot = loop->free_slots[--loop->free_count];
	loop->slots[slot].link = link;
	loop->slots[slot].generation++;
	link->id = make_id(loop, slot);
	link->loop = loop;
	link->state = LINK_SHAKING;
	link->peer.ssl = &link->ssl;
	link->next = loop->links;
	if (loop->links)
		loop->links->previous = link;
	loop->links = link;
	loop->link_count++;
	return link;
}

static void leave_half_open(struct link *link)
{
	if (!link->half_open)
		return;
	link->half_open = false;
	link->loop->half_open--;
	link->loop->sources[link->source]--;
}

static void free_tls(struct link *link)
{
	struct link_tls *tls = link->tls;

	if (!link->has_tls)
		return;
	link->has_tls = false;
	mbedtls_ssl_free(&link->ssl);
	if (--tls->users == 0 && tls->replaced) {
		link->loop->tls_retired--;
		link_tls_close(tls);
	}
}

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void leave_paused(struct link *link)
{
	struct link **at = &link->loop->paused;

	while (*at && *at != link)
		at = &(*at)->next_paused;
	if (*at)
		*at = link->next_paused;
}

void link_close(struct link *link)
{
	struct loop *loop = link->loop;
	uint32_t slot = (uint32_t)link->id;

	if (link->state == LINK_CLOSED)
		return;
	link_session_stop(link);
	link->state = LINK_CLOSED;
	leave_half_open(link);
	leave_paused(link);
	free_tls(link);
	free(link->backlog.data);
	free(link->enroll.data);
	link->backlog = link->enroll = buf_over(NULL, 0);
	link->in = STR_NONE;
	*(link->previous ? &link->previous->next : &loop->links) = link->next;
	if (link->next)
		link->next->previous = link->previous;
	loop->slots[slot].link = NULL;
	loop->free_slots[loop->free_count++] = slot;
	loop->link_count--;
	uv_close((uv_handle_t *)&link->tcp, on_closed);
}

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
	leave_half_open(link);
	link->state = LINK_ENDING;
	link->deadline_us = loop_now().mono_us + LINK_ENDING_US;
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
	result = mbedtls_ssl_handshake(&link->ssl);
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
	leave_half_open(link);
	link_session_start(link);
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

/* -- coming and going -- */

static void note_address(struct link *link)
{
	struct sockaddr_storage peer;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&peer;
	int len = sizeof(peer);

	memset(&peer, 0, sizeof(peer));
	if (uv_tcp_getpeername(&link->tcp, (struct sockaddr *)&peer, &len) != 0)
		return;
	if (peer.ss_family == AF_INET)
		uv_ip4_name((const struct sockaddr_in *)&peer, link->address, sizeof(link->address));
	else if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr))
		inet_ntop(AF_INET, v6->sin6_addr.s6_addr + 12, link->address, sizeof(link->address));
	else
		uv_ip6_name(v6, link->address, sizeof(link->address));
}

/* One address may not hold the door for all others; of IPv6 a /64 counts as one. */
static bool enter_half_open(struct link *link)
{
	struct loop *loop = link->loop;
	const struct fleet_conf *conf = loop->shared->conf;
	unsigned max = conf->address_half_open_max / loop->shared->loop_count + 1;
	size_t len = strlen(link->address);
	struct in6_addr v6;

	if (inet_pton(AF_INET6, link->address, &v6) == 1)
		link->source = (uint16_t)(hash_bytes(&loop->source_key, &v6, 8) % LOOP_SOURCES);
	else
		link->source = (uint16_t)(hash_bytes(&loop->source_key, link->address, len) % LOOP_SOURCES);
	if (loop->sources[link->source] >= max || loop->half_open >= loop->links_max / 2 + 1)
		return false;
	link->half_open = true;
	loop->half_open++;
	loop->sources[link->source]++;
	return true;
}

/* The connection must be taken to be refused. */
static void refuse(struct loop *loop)
{
	uv_tcp_t *tcp = malloc(sizeof(*tcp));

	loop->shared->refused++;
	if (!tcp || uv_tcp_init(&loop->uv, tcp) != 0) {
		free(tcp);
		return;
	}
	tcp->data = tcp;
	(void)uv_accept((uv_stream_t *)&loop->listener, (uv_stream_t *)tcp);
	uv_close((uv_handle_t *)tcp, on_closed);
}

void link_accept(struct loop *loop)
{
	struct link *link = loop->free_count > 0 ? link_new(loop) : NULL;

	if (!link) {
		say_limited(&loop->limit, "%u connections: no more are taken", loop->link_count);
		refuse(loop);
		return;
	}
	/* Cannot fail before the handle is bound. */
	require(uv_tcp_init(&loop->uv, &link->tcp) == 0);
	link->tcp.data = link;
	link->deadline_us = loop_now().mono_us + LINK_HANDSHAKE_US;
	if (uv_accept((uv_stream_t *)&loop->listener, (uv_stream_t *)&link->tcp) != 0) {
		link_close(link);
		return;
	}
	note_address(link);
	if (!enter_half_open(link)) {
		loop->shared->refused++;
		say_limited(&loop->limit, "%s: too many handshakes under way", link->address);
		link_close(link);
		return;
	}
	(void)uv_tcp_nodelay(&link->tcp, 1);
	link_resume(link);
}

void link_tick(struct link *link, struct now now)
{
	switch (link->state) {
	case LINK_UP:
		if (link->hello_seen && now.mono_us >= session_deadline(link->session)) {
			session_tick(link->session, now);
			link_session_drain(link);
			return;
		}
		if (link->hello_seen || now.mono_us < link->deadline_us)
			return;
		link_close(link);
		return;
	case LINK_SHAKING:
	case LINK_ENROLLING:
	case LINK_ENDING:
		if (now.mono_us >= link->deadline_us)
			link_close(link);
		return;
	default:
		return;
	}
}
