/* SPDX-License-Identifier: Apache-2.0 */
/* Serves the local command line. Clients are other programs of the machine, so each gets bounded memory and time. */
#include "agent/shell/control_socket.h"

#include "agent/base/require.h"
#include "agent/base/rows.h"
#include "agent/shell/process.h"
#include "agent/source/feed.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define ASK_US (5 * SECOND_US)
#define ANSWER_US (30 * SECOND_US)

static void client_ready(uv_poll_t *poll, int status, int events);

static void closed(uv_handle_t *handle)
{
	struct control_client *c = handle->data;

	c->closing = false;
}

static void drop(struct control_client *c)
{
	if (c->fd < 0)
		return;
	uv_poll_stop(&c->poll);
	c->closing = true;
	uv_close((uv_handle_t *)&c->poll, closed);
	close(c->fd);
	c->fd = -1;
	if (c->reply_len)
		madvise(c->reply, CONTROL_SOCKET_REPLY, MADV_DONTNEED);
}

/* Send as much of the answer as the socket takes. The client is disconnected when it has all of it. */
static void push(struct control_client *c)
{
	while (c->reply_sent < c->reply_len) {
		ssize_t n = send(c->fd, c->reply + c->reply_sent, c->reply_len - c->reply_sent,
				 MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN) {
			uv_poll_start(&c->poll, UV_WRITABLE, client_ready);
			return;
		}
		if (n < 0) {
			drop(c);
			return;
		}
		c->reply_sent += (size_t)n;
	}
	if (c->answered)
		drop(c);
}

static void answer(struct control_client *c, struct str rows, bool more)
{
	struct str too_long = STR("error\tcode=TOO_LONG\ttext=the answer is longer than its limit\n");

	if (c->answered)
		return;
	if (rows.len > CONTROL_SOCKET_REPLY - too_long.len - c->reply_len) {
		rows = too_long;
		more = false;
	}
	if (rows.len)
		memcpy(c->reply + c->reply_len, rows.data, rows.len);
	c->reply_len += rows.len;
	c->answered = !more;
	c->deadline_us = feed_now().mono_us + ANSWER_US;
	if (!c->held)
		push(c);
}

void control_socket_reply(struct control_socket *c, const struct effect *reply)
{
	for (unsigned i = 0; i < CONTROL_SOCKET_CLIENTS; i++) {
		struct control_client *client = &c->clients[i];

		if (client->fd < 0 || !client->asked || client->token != reply->token)
			continue;
		client->held = reply->held;
		answer(client, reply->bytes, reply->more);
	}
}

bool control_socket_holds(const struct control_socket *c)
{
	for (unsigned i = 0; i < CONTROL_SOCKET_CLIENTS; i++)
		if (c->clients[i].fd >= 0 && c->clients[i].held)
			return true;
	return false;
}

void control_socket_release(struct control_socket *c)
{
	for (unsigned i = 0; i < CONTROL_SOCKET_CLIENTS; i++) {
		if (c->clients[i].fd < 0 || !c->clients[i].held)
			continue;
		c->clients[i].held = false;
		push(&c->clients[i]);
	}
}

static void answer_end(struct control_client *c, enum err err, const char *text)
{
	char bytes[256];
	struct buf b = buf_over(bytes, sizeof(bytes));

	rows_begin(&b, err ? "error" : "ok");
	rows_text(&b, "code", str_from(err_name(err)));
	rows_text(&b, "text", str_from(text));
	rows_end(&b);
	answer(c, buf_str(&b), false);
}

static void reload(struct control_client *c)
{
	if (!c->root)
		answer_end(c, ERR_DENIED, "only root may do that");
	else if (c->of->reload(c->of->feed->context))
		answer_end(c, ERR_OK, "caltrop-core has read the identity again");
	else
		answer_end(c, ERR_NOT_FOUND, "this device has no identity yet, or the settings name no server");
}

static void look(struct control_client *c)
{
	if (c->root)
		c->of->look(c->of->feed->context);
	if (c->root)
		answer_end(c, ERR_OK, "caltrop-core looks for objects to send");
	else
		answer_end(c, ERR_DENIED, "only root may do that");
}

static void ask(struct control_client *c, struct str line)
{
	struct input input = {.kind = INPUT_CONTROL, .bytes = str_trim(line), .token = c->token, .root = c->root};

	c->asked = true;
	uv_poll_stop(&c->poll);
	c->deadline_us = feed_now().mono_us + ANSWER_US;
	if (str_equal(input.bytes, STR("reload"))) {
		reload(c);
		return;
	}
	if (IS_ENABLED(CONFIG_OBJECTS) && str_equal(input.bytes, STR("objects"))) {
		look(c);
		return;
	}
	c->of->fresh_health(c->of->feed->context);
	feed_input(c->of->feed, &input);
}

static void listen_to(struct control_client *c)
{
	size_t room = sizeof(c->request) - c->request_len;
	ssize_t n = recv(c->fd, c->request + c->request_len, room, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		drop(c);
		return;
	}
	c->request_len += (size_t)n;
	struct str request = {c->request, c->request_len};
	size_t end = str_find_byte(request, '\n');

	if (end != SIZE_MAX)
		ask(c, str_sub(request, 0, end));
	else if (c->request_len == sizeof(c->request))
		drop(c);
}

static void client_ready(uv_poll_t *poll, int status, int events)
{
	struct control_client *c = poll->data;

	if (status < 0)
		drop(c);
	else if (events & UV_WRITABLE)
		push(c);
	else if (!c->asked)
		listen_to(c);
}

static void on_client(struct control_socket *s, int fd)
{
	struct control_client *c = NULL;
	struct ucred peer = {0};
	socklen_t len = sizeof(peer);

	for (unsigned i = 0; i < CONTROL_SOCKET_CLIENTS && !c; i++) {
		if (s->clients[i].fd < 0 && !s->clients[i].closing)
			c = &s->clients[i];
	}
	if (!c || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0) {
		s->refused++;
		close(fd);
		return;
	}
	char *reply = c->reply;

	*c = (struct control_client){.of = s,
				     .fd = fd,
				     .reply = reply,
				     .root = peer.uid == 0,
				     .token = ++s->next_token,
				     .deadline_us = feed_now().mono_us + ASK_US};
	c->poll.data = c;
	if (uv_poll_init(s->feed->uv, &c->poll, fd) != 0) {
		close(fd);
		c->fd = -1;
		return;
	}
	uv_poll_start(&c->poll, UV_READABLE, client_ready);
}

static void connected(uv_poll_t *poll, int status, int events)
{
	struct control_socket *s = poll->data;

	(void)status;
	(void)events;
	for (int i = 0; i < CONTROL_SOCKET_CLIENTS; i++) {
		int fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd < 0)
			return;
		on_client(s, fd);
	}
}

void control_socket_open(struct control_socket *c, struct feed *feed, int fd)
{
	memset(c, 0, sizeof(*c));
	c->feed = feed;
	c->fd = fd;
	c->poll.data = c;
	char *memory = process_reserve((size_t)CONTROL_SOCKET_CLIENTS * CONTROL_SOCKET_REPLY);

	for (unsigned i = 0; i < CONTROL_SOCKET_CLIENTS; i++) {
		c->clients[i].fd = -1;
		c->clients[i].reply = memory + (size_t)i * CONTROL_SOCKET_REPLY;
	}
	if (fd < 0)
		return;
	require(uv_poll_init(feed->uv, &c->poll, fd) == 0);
}

void control_socket_serve(struct control_socket *c)
{
	if (c->fd >= 0 && !uv_is_active((uv_handle_t *)&c->poll))
		uv_poll_start(&c->poll, UV_READABLE, connected);
}

void control_socket_tick(struct control_socket *c, int64_t now_us)
{
	for (unsigned i = 0; i < CONTROL_SOCKET_CLIENTS; i++) {
		if (c->clients[i].fd >= 0 && now_us >= c->clients[i].deadline_us)
			drop(&c->clients[i]);
	}
}

int64_t control_socket_deadline(const struct control_socket *c)
{
	int64_t deadline = INT64_MAX;

	for (unsigned i = 0; i < CONTROL_SOCKET_CLIENTS; i++) {
		if (c->clients[i].fd >= 0 && c->clients[i].deadline_us < deadline)
			deadline = c->clients[i].deadline_us;
	}
	return deadline;
}
