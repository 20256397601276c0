/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Moves bytes between socket, TLS and HTTP. One request at a time: while a call is pending or streams, nothing more is
 * read, so a peer that sends ahead fills its own socket. Closing is libuv's: the memory goes when both handles and a
 * pending call are done with it.
 */
#include "server-stub/api/api_conn.h"

#include "agent/base/key.h"
#include "agent/base/require.h"
#include "server-stub/api/api_tls.h"

#include <uv.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PLAIN_MAX 4096
#define READ_MAX 16384

struct api_conn {
	struct api *api;
	struct api_conn *prev, *next;
	uv_tcp_t tcp;
	uv_timer_t timer;
	unsigned handles;      /* open ones */
	struct addr addr, net; /* the peer's, and whom it counts with */
	char address[CALL_ADDRESS_MAX];
	struct api_tls_link *link;
	struct http *http;
	struct call call;
	bool busy;	/* a call is under way: it is answered now, is pending, or streams */
	bool pending;	/* a worker holds a pointer to us */
	bool served;	/* had a request */
	bool signed_in; /* its last request was a signed-in user's */
	bool talked;	/* said something into a stream: that is lost, so the stream is the last answer */
	bool last;	/* this was the last answer: say goodbye behind it */
	bool ending;	/* said goodbye: close once it is out */
	bool closing, writing, reading, pumping;
	uv_write_t write;
	char *sending;
	size_t sending_len;
	char plain[PLAIN_MAX];
	struct str unread; /* of plain */
	char input[READ_MAX];
};

static void pump(struct api_conn *conn);
static void flush(struct api_conn *conn);
static void forget_request(struct api_conn *conn);

static void free_if_done(struct api_conn *conn)
{
	if (conn->handles || conn->pending)
		return;
	key_wipe(conn->plain, sizeof(conn->plain));
	api_tls_free(conn->link);
	free(conn->sending);
	key_wipe(conn->http, sizeof(*conn->http));
	free(conn->http);
	free(conn);
}

static void on_close(uv_handle_t *handle)
{
	struct api_conn *conn = handle->data;

	conn->handles--;
	free_if_done(conn);
}

void api_conn_close(struct api_conn *conn)
{
	struct api *api = conn->api;

	if (conn->closing)
		return;
	conn->closing = true;
	if (conn->call.streams)
		conn->api->handler->gone(conn->api, conn);
	if (conn->prev)
		conn->prev->next = conn->next;
	else
		api->conns = conn->next;
	if (conn->next)
		conn->next->prev = conn->prev;
	api->conn_count--;
	if (api->leaving && !api->stopping && api->conn_count == 0)
		uv_async_send(&api->wake);
	uv_close((uv_handle_t *)&conn->tcp, on_close);
	uv_close((uv_handle_t *)&conn->timer, on_close);
}

static void on_timeout(uv_timer_t *timer)
{
	api_conn_close(timer->data);
}

static void deadline(struct api_conn *conn, uint64_t ms)
{
	if (!conn->closing)
		require(uv_timer_start(&conn->timer, on_timeout, ms, 0) == 0);
}

/* -- out -- */

static void on_written(uv_write_t *write, int status)
{
	struct api_conn *conn = write->data;

	free(conn->sending);
	conn->sending = NULL;
	conn->sending_len = 0;
	conn->writing = false;
	if (conn->closing)
		return;
	if (status < 0) {
		api_conn_close(conn);
		return;
	}
	flush(conn);
	if (conn->closing || conn->writing)
		return;
	if (conn->ending) {
		api_conn_close(conn);
		return;
	}
	if (conn->call.streams) {
		uv_timer_stop(&conn->timer);
		conn->api->handler->drained(conn->api, conn);
	} else if (conn->served && !conn->busy && conn->http->head_len == 0) {
		deadline(conn, API_CONN_IDLE_MS);
	}
}

static void flush(struct api_conn *conn)
{
	if (conn->closing || conn->writing)
		return;
	if (conn->last && !conn->busy && !conn->ending) {
		conn->ending = true;
		api_tls_finish(conn->link);
	}
	struct str out = api_tls_take(conn->link);

	if (!out.len) {
		if (conn->ending)
			api_conn_close(conn);
		return;
	}
	conn->sending = (char *)(uintptr_t)out.data;
	conn->sending_len = out.len;
	conn->writing = true;
	conn->write.data = conn;
	conn->api->count.bytes_out += out.len;
	if (conn->busy || conn->ending || conn->call.streams)
		deadline(conn, API_CONN_WRITE_MS);
	uv_buf_t b = uv_buf_init(conn->sending, (unsigned)out.len);

	if (uv_write(&conn->write, (uv_stream_t *)&conn->tcp, &b, 1, on_written)) {
		conn->writing = false;
		api_conn_close(conn);
	}
}

size_t api_conn_waiting(const struct api_conn *conn)
{
	return conn->sending_len + api_tls_waiting(conn->link);
}

void api_conn_answer(struct api_conn *conn, struct str head, struct str body)
{
	enum err err = api_tls_write(conn->link, head);

	if (!err)
		err = api_tls_write(conn->link, body);
	if (err) {
		api_conn_close(conn);
		return;
	}
	conn->busy = conn->call.streams;
	if (!conn->call.streams && (!conn->http->keep_alive || conn->api->leaving))
		conn->last = true;
	if (conn->pumping)
		return;
	if (!conn->busy)
		forget_request(conn);
	pump(conn);
}

enum err api_conn_stream(struct api_conn *conn, struct str bytes)
{
	enum err err = conn->closing ? ERR_CLOSED : api_tls_write(conn->link, bytes);

	if (!err)
		flush(conn);
	return conn->closing ? ERR_CLOSED : err;
}

void api_conn_end(struct api_conn *conn)
{
	conn->call.streams = false;
	conn->busy = false;
	conn->last |= conn->talked || !conn->http->keep_alive || conn->api->leaving;
	if (!conn->last)
		forget_request(conn);
	flush(conn);
}

void api_conn_leave(struct api *api)
{
	struct api_conn *next;

	for (struct api_conn *conn = api->conns; conn; conn = next) {
		next = conn->next;
		if (conn->busy || conn->ending)
			continue;
		conn->last = conn->served;
		if (api_conn_waiting(conn) == 0 || !conn->served)
			api_conn_close(conn);
	}
}

bool api_conn_back(struct api_conn *conn)
{
	conn->pending = false;
	if (!conn->closing)
		return true;
	free_if_done(conn);
	return false;
}

/* -- in -- */

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct api_conn *conn = handle->data;

	(void)suggested;
	*buf = uv_buf_init(conn->input, sizeof(conn->input));
}

static void on_read(uv_stream_t *stream, ssize_t len, const uv_buf_t *buf)
{
	struct api_conn *conn = stream->data;

	if (len == 0 || conn->closing)
		return;
	if (len < 0) {
		api_conn_close(conn);
		return;
	}
	/* Behind the last answer nothing is read any more, and what was fed before may still lie in conn->input. */
	if (!conn->last)
		api_tls_feed(conn->link, (struct str){buf->base, (size_t)len});
	pump(conn);
}

/*
 * While a call is pending its peer is not read, so what it sends ahead waits in the socket, and what TLS has not used
 * up stays in conn->input. A stream goes on reading, because that is how it hears of the peer's end.
 */
static void set_reading(struct api_conn *conn)
{
	bool wanted = !conn->pending && !conn->closing && !conn->ending;

	if (conn->closing || wanted == conn->reading)
		return;
	conn->reading = wanted;
	if (wanted)
		require(uv_read_start((uv_stream_t *)&conn->tcp, on_alloc, on_read) == 0);
	else
		uv_read_stop((uv_stream_t *)&conn->tcp);
}

/* Passwords and tokens do not stay in memory for longer than their call. */
static void forget_request(struct api_conn *conn)
{
	key_wipe(conn->http->head, conn->http->head_len);
	key_wipe(conn->http->body_bytes, conn->http->body_len);
	http_next(conn->http);
}

static void request(struct api_conn *conn)
{
	struct call *call = &conn->call;

	*call = (struct call){.api = conn->api, .conn = conn, .http = conn->http, .addr = conn->addr, .net = conn->net};
	memcpy(call->address, conn->address, sizeof(call->address));
	conn->busy = conn->served = true;
	deadline(conn, API_CONN_WRITE_MS);
	conn->api->handler->call(call);
	conn->pending = call->pending;
	conn->signed_in = call->user.name[0] != '\0';
}

/* Give decrypted bytes to HTTP, and a whole request to its handler. */
static void digest(struct api_conn *conn)
{
	bool begins = conn->http->head_len == 0;
	enum http_state state = http_feed(conn->http, &conn->unread);

	if (state == HTTP_EXPECTS) {
		if (api_tls_write(conn->link, STR("HTTP/1.1 100 Continue\r\n\r\n")))
			api_conn_close(conn);
	} else if (state == HTTP_READY || state == HTTP_BAD) {
		request(conn);
		if (!conn->busy && !conn->last)
			forget_request(conn);
	} else if (begins && conn->http->head_len) {
		deadline(conn, API_CONN_REQUEST_MS);
	}
}

/* One thing done with what came; false when there is nothing to do until more comes. */
static bool step(struct api_conn *conn)
{
	size_t len = 0;

	if (conn->pending)
		return false;
	if (conn->unread.len && !conn->busy) {
		digest(conn);
		return true;
	}
	/* The peer of a stream has nothing to say; it is read to hear of its end. */
	enum err err = api_tls_read(conn->link, conn->plain, sizeof(conn->plain), &len);

	if (err) {
		flush(conn); /* an alert may say why */
		api_conn_close(conn);
		return false;
	}
	if (len && !conn->busy)
		conn->unread = (struct str){conn->plain, len};
	else if (len)
		conn->talked = true;
	return len > 0;
}

static void pump(struct api_conn *conn)
{
	conn->pumping = true;
	while (!conn->closing && !conn->last && step(conn))
		;
	conn->pumping = false;
	set_reading(conn);
	flush(conn);
}

/* -- accept -- */

/* One who did not sign in, and is not being answered: he gives his place up to a newcomer. */
static bool is_idle_stranger(const struct api_conn *conn)
{
	return !conn->signed_in && !conn->busy;
}

/* Strangers of that network; *oldest is the idle one who came first, or NULL. The list begins with the newest. */
static unsigned strangers_of(struct api *api, const struct addr *net, struct api_conn **oldest)
{
	unsigned count = 0;

	*oldest = NULL;
	for (struct api_conn *c = api->conns; c; c = c->next) {
		if (c->signed_in || !addr_equal(&c->net, net))
			continue;
		count++;
		if (is_idle_stranger(c))
			*oldest = c;
	}
	return count;
}

/* The oldest of the network that has the most of them. NULL: none is idle. */
static struct api_conn *most_crowded(struct api *api)
{
	struct api_conn *found = NULL, *oldest;
	unsigned most = 0;

	for (struct api_conn *c = api->conns; c; c = c->next) {
		unsigned count = is_idle_stranger(c) ? strangers_of(api, &c->net, &oldest) : 0;

		if (count > most) {
			most = count;
			found = oldest;
		}
	}
	return found;
}

static unsigned strangers(const struct api *api)
{
	unsigned count = 0;

	for (const struct api_conn *c = api->conns; c; c = c->next)
		count += !c->signed_in;
	return count;
}

/* A place for a newcomer of that network; false: all are taken by those who signed in or are being answered. */
static bool make_room(struct api *api, const struct addr *net)
{
	struct api_conn *leaves;

	if (strangers_of(api, net, &leaves) >= API_CONN_ADDRESS_MAX)
		; /* one of his own */
	else if (strangers(api) >= API_CONN_STRANGERS_MAX || api->conn_count >= API_CONN_MAX)
		leaves = most_crowded(api);
	else
		return true;
	if (!leaves)
		return false;
	api->count.displaced++;
	api_conn_close(leaves);
	return true;
}

static void peer_name(struct api_conn *conn)
{
	struct sockaddr_storage peer;
	int len = sizeof(peer);
	char text[CALL_ADDRESS_MAX] = "";

	if (uv_tcp_getpeername(&conn->tcp, (struct sockaddr *)&peer, &len) == 0) {
		if (peer.ss_family == AF_INET6)
			uv_ip6_name((const struct sockaddr_in6 *)&peer, text, sizeof(text));
		else
			uv_ip4_name((const struct sockaddr_in *)&peer, text, sizeof(text));
	}
	if (addr_parse(str_from(text), &conn->addr) != ERR_OK)
		return;
	addr_text(&conn->addr, conn->address);
	conn->net = addr_mask(&conn->addr, conn->addr.family == 6 ? 64 : 32);
}

static void begin(struct api_conn *conn)
{
	struct api *api = conn->api;

	conn->next = api->conns;
	if (api->conns)
		api->conns->prev = conn;
	api->conns = conn;
	api->conn_count++;
	http_next(conn->http);
	uv_tcp_nodelay(&conn->tcp, 1);
	deadline(conn, API_CONN_FIRST_MS);
	set_reading(conn);
}

static struct api_conn *make(struct api *api)
{
	struct api_conn *conn = calloc(1, sizeof(*conn));
	struct http *http = malloc(sizeof(*http));

	if (!conn || !http) {
		free(conn);
		free(http);
		return NULL;
	}
	conn->api = api;
	conn->http = http;
	require(uv_tcp_init(&api->loop, &conn->tcp) == 0);
	require(uv_timer_init(&api->loop, &conn->timer) == 0);
	conn->tcp.data = conn->timer.data = conn;
	conn->handles = 2;
	return conn;
}

void api_conn_accept(struct api *api)
{
	struct api_conn *conn = make(api);

	if (!conn)
		return;
	if (uv_accept((uv_stream_t *)&api->listener, (uv_stream_t *)&conn->tcp) == 0)
		peer_name(conn);
	api->count.connections++;
	if (conn->addr.family && make_room(api, &conn->net))
		conn->link = api_tls_link(api->tls);
	if (conn->link) {
		begin(conn);
		return;
	}
	api->count.refused++;
	conn->closing = true;
	uv_close((uv_handle_t *)&conn->tcp, on_close);
	uv_close((uv_handle_t *)&conn->timer, on_close);
}
