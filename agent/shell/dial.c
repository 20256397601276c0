/* SPDX-License-Identifier: Apache-2.0 */
/* Resolves a name and connects to one of its addresses. Never sends anything on the connection. */
#include "agent/shell/dial.h"

#include "agent/shell/socket_watch.h"
#include "agent/source/feed.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void dial_init(struct dial *d, uv_loop_t *uv)
{
	*d = (struct dial){.uv = uv, .fd = -1, .deadline_us = INT64_MAX};
	d->request.data = d;
}

static void drop(struct dial *d)
{
	socket_watch_close(d->watch);
	d->watch = NULL;
	d->deadline_us = INT64_MAX;
}

static void give_up(struct dial *d)
{
	drop(d);
	d->wanted = false;
	d->done(d->arg, -1, d->why);
}

static void try_next(struct dial *d);

static void failed(struct dial *d, int number)
{
	snprintf(d->why, sizeof(d->why), "%.60s port %s: %s", d->host, d->port, strerror(number));
	drop(d);
	try_next(d);
}

static void connected(void *arg, int events)
{
	struct dial *d = arg;
	int number = events < 0 ? -events : 0;
	socklen_t len = sizeof(number);

	if (number == 0)
		getsockopt(d->fd, SOL_SOCKET, SO_ERROR, &number, &len);
	if (number) {
		failed(d, number);
		return;
	}
	int fd = socket_watch_release(d->watch);

	d->watch = NULL;
	drop(d);
	d->wanted = false;
	d->done(d->arg, fd, "");
}

static void try_next(struct dial *d)
{
	if (d->next == d->count) {
		give_up(d);
		return;
	}
	const struct sockaddr *to = (const struct sockaddr *)&d->addresses[d->next++];
	socklen_t len = to->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
	int one = 1;

	d->fd = socket(to->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (d->fd < 0) {
		failed(d, errno);
		return;
	}
	setsockopt(d->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	d->watch = socket_watch_new(d->uv, d->fd, connected, d);
	if (!d->watch) {
		failed(d, ENOMEM);
		return;
	}
	if (connect(d->fd, to, len) != 0 && errno != EINPROGRESS) {
		failed(d, errno);
		return;
	}
	d->deadline_us = feed_now().mono_us + DIAL_ADDRESS_US;
	socket_watch_for(d->watch, UV_WRITABLE);
}

static void keep(struct dial *d, const struct addrinfo *list)
{
	d->count = d->next = 0;
	for (const struct addrinfo *a = list; a && d->count < DIAL_ADDRESSES_MAX; a = a->ai_next) {
		if ((a->ai_family == AF_INET || a->ai_family == AF_INET6) && a->ai_addrlen <= sizeof(d->addresses[0]))
			memcpy(&d->addresses[d->count++], a->ai_addr, a->ai_addrlen);
	}
}

static void resolved(uv_getaddrinfo_t *request, int status, struct addrinfo *list)
{
	struct dial *d = request->data;

	d->resolving = false;
	if (d->wanted) {
		snprintf(d->why, sizeof(d->why), "cannot resolve %.60s: %s", d->host,
			 status ? uv_strerror(status) : "it has no address");
		keep(d, list);
		try_next(d);
	}
	uv_freeaddrinfo(list);
}

static bool is_address(struct dial *d, uint16_t port)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)&d->addresses[0];
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&d->addresses[0];

	if (uv_ip4_addr(d->host, port, v4) != 0 && uv_ip6_addr(d->host, port, v6) != 0)
		return false;
	d->count = 1;
	d->next = 0;
	return true;
}

void dial_start(struct dial *d, const char *host, uint16_t port)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};

	dial_cancel(d);
	d->wanted = true;
	snprintf(d->host, sizeof(d->host), "%s", host);
	snprintf(d->port, sizeof(d->port), "%u", port);
	if (is_address(d, port)) {
		try_next(d);
		return;
	}
	/* An earlier resolution of the same host is still running: use its result. */
	if (d->resolving)
		return;
	int rc = uv_getaddrinfo(d->uv, &d->request, resolved, d->host, d->port, &hints);

	d->resolving = rc == 0;
	if (rc) {
		snprintf(d->why, sizeof(d->why), "cannot resolve %.60s: %s", d->host, uv_strerror(rc));
		give_up(d);
	}
}

void dial_cancel(struct dial *d)
{
	drop(d);
	d->wanted = false;
}

void dial_tick(struct dial *d, struct now now)
{
	if (d->watch && now.mono_us >= d->deadline_us)
		failed(d, ETIMEDOUT);
}

int64_t dial_deadline(const struct dial *d)
{
	return d->deadline_us;
}
