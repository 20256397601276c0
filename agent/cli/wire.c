/* SPDX-License-Identifier: Apache-2.0 */
/* Waits for the socket where tls_socket.c does not. */
#include "agent/cli/wire.h"

#include "agent/base/clock.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static enum err complain(struct wire *w, enum err err, const char *why)
{
	snprintf(w->why, sizeof(w->why), "%s", why);
	return err;
}

static enum err wait_for(struct wire *w, short events)
{
	struct pollfd p = {.fd = w->fd, .events = events};
	int ready;

	do {
		int64_t left = w->deadline_ms ? w->deadline_ms - clock_mono_ms() : -1;

		if (w->deadline_ms && left < 0)
			left = 0;
		ready = poll(&p, 1, left > INT32_MAX ? INT32_MAX : (int)left);
	} while (ready < 0 && errno == EINTR);
	return ready > 0 ? ERR_OK : complain(w, ERR_TIMEOUT, "the server does not answer");
}

static enum err connect_to(struct wire *w, const struct addrinfo *a)
{
	int number = 0, one = 1;
	socklen_t len = sizeof(number);
	enum err err = ERR_OK;

	w->fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (w->fd < 0)
		return complain(w, ERR_CLOSED, strerror(errno));
	if (connect(w->fd, a->ai_addr, a->ai_addrlen) != 0)
		number = errno;
	if (number == EINPROGRESS) {
		err = wait_for(w, POLLOUT);
		if (!err)
			getsockopt(w->fd, SOL_SOCKET, SO_ERROR, &number, &len);
	}
	if (!err && number)
		err = complain(w, ERR_CLOSED, strerror(number));
	if (!err) {
		setsockopt(w->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		return ERR_OK;
	}
	close(w->fd);
	w->fd = -1;
	return err;
}

enum err wire_dial(struct wire *w, const char *host, uint16_t port)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV}, *list = NULL;
	char text[8];
	enum err err = ERR_CLOSED;

	snprintf(text, sizeof(text), "%u", port);
	w->fd = -1;
	int failed = getaddrinfo(host, text, &hints, &list);

	if (failed)
		return complain(w, ERR_NOT_FOUND, gai_strerror(failed));
	for (const struct addrinfo *a = list; a && err == ERR_CLOSED; a = a->ai_next)
		err = connect_to(w, a);
	freeaddrinfo(list);
	return err;
}

/* Wait for what a step asks for. ERR_OK: it is done, or it can be tried again. */
static enum err wait_step(struct wire *w, enum tls_step step, enum err failure)
{
	if (step == TLS_DONE)
		return ERR_OK;
	if (step == TLS_WAIT_READ)
		return wait_for(w, POLLIN);
	if (step == TLS_WAIT_WRITE)
		return wait_for(w, POLLOUT);
	tls_end_why(w->tls.end, w->why);
	w->closed = w->why[0] == '\0';
	return !w->closed ? failure : complain(w, failure, "the server closed the connection");
}

enum err wire_shake(struct wire *w, struct tls_conf *conf)
{
	enum tls_step step;
	enum err err = tls_socket_open(&w->tls, conf);

	if (!err)
		err = tls_socket_begin(&w->tls, w->fd, clock_wall_s());
	if (err)
		return complain(w, err, "out of memory");
	do {
		step = tls_socket_shake(&w->tls);
		err = wait_step(w, step, ERR_UNTRUSTED);
	} while (!err && step != TLS_DONE);
	return err;
}

enum err wire_read(struct wire *w, void *out, size_t cap, size_t *got)
{
	enum tls_step step;
	enum err err;

	do {
		step = tls_socket_read(&w->tls, out, cap, got);
		err = step == TLS_CLOSED ? ERR_OK : wait_step(w, step, ERR_CLOSED);
	} while (!err && step != TLS_DONE && step != TLS_CLOSED);
	return err;
}

enum err wire_write(struct wire *w, struct str bytes)
{
	enum err err = ERR_OK;

	while (!err && bytes.len) {
		size_t taken = 0;

		err = wait_step(w, tls_socket_write(&w->tls, bytes, &taken), ERR_CLOSED);
		bytes = str_sub(bytes, taken, SIZE_MAX);
	}
	return err;
}

void wire_close(struct wire *w)
{
	if (w->tls.end)
		tls_end_close(w->tls.end);
	tls_socket_close(&w->tls);
	if (w->fd >= 0)
		close(w->fd);
	w->fd = -1;
}
