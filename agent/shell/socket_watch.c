/* SPDX-License-Identifier: Apache-2.0 */
/* Joins a socket and its libuv handle, which are freed together. Never reads from the socket. */
#include "agent/shell/socket_watch.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct socket_watch {
	uv_poll_t poll;
	int fd, events;
	void (*ready)(void *arg, int events);
	void *arg;
};

static void polled(uv_poll_t *poll, int status, int events)
{
	struct socket_watch *w = poll->data;
	int number = 0;
	socklen_t len = sizeof(number);

	/* libuv reports EBADF for every error of a socket, so ask the socket for the true one. */
	if (status < 0 && getsockopt(w->fd, SOL_SOCKET, SO_ERROR, &number, &len) == 0 && number)
		status = -number;
	w->ready(w->arg, status < 0 ? status : events);
}

struct socket_watch *socket_watch_new(uv_loop_t *uv, int fd, void (*ready)(void *arg, int events), void *arg)
{
	struct socket_watch *w = calloc(1, sizeof(*w));

	if (!w || uv_poll_init(uv, &w->poll, fd) != 0) {
		free(w);
		close(fd);
		return NULL;
	}
	w->fd = fd;
	w->ready = ready;
	w->arg = arg;
	w->poll.data = w;
	return w;
}

void socket_watch_for(struct socket_watch *w, int events)
{
	if (events == w->events)
		return;
	w->events = events;
	if (events)
		uv_poll_start(&w->poll, events, polled);
	else
		uv_poll_stop(&w->poll);
}

static void closed(uv_handle_t *handle)
{
	free(handle->data);
}

int socket_watch_release(struct socket_watch *w)
{
	uv_poll_stop(&w->poll);
	uv_close((uv_handle_t *)&w->poll, closed);
	return w->fd;
}

void socket_watch_close(struct socket_watch *w)
{
	if (w)
		close(socket_watch_release(w));
}
