/* SPDX-License-Identifier: Apache-2.0 */
/* Moves encrypted bytes between tls_end.c and a socket. Never waits, and never closes the socket. */
#include "agent/base/tls/tls_socket.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

static int send_bytes(void *context, const void *bytes, size_t len)
{
	struct tls_socket *s = context;
	ssize_t n = send(s->fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n >= 0)
		return (int)n;
	if (errno == EAGAIN || errno == EINTR)
		return 0;
	tls_end_hung_up(s->end, errno != ECONNRESET && errno != EPIPE ? strerror(errno) : NULL);
	return -1;
}

/* Read from the socket. True: TLS was fed bytes, or told that no more will come. */
static bool fill(struct tls_socket *s)
{
	ssize_t n = recv(s->fd, s->bytes, sizeof(s->bytes), MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n > 0)
		tls_end_feed(s->end, (struct str){s->bytes, (size_t)n});
	else
		tls_end_hung_up(s->end, n < 0 && errno != ECONNRESET ? strerror(errno) : NULL);
	return true;
}

enum err tls_socket_open(struct tls_socket *s, struct tls_conf *conf)
{
	s->fd = -1;
	s->end = tls_end_new(conf, (struct tls_out){send_bytes, s}, s);
	return s->end ? ERR_OK : ERR_NO_MEMORY;
}

void tls_socket_close(struct tls_socket *s)
{
	tls_end_free(s->end);
	s->end = NULL;
}

enum err tls_socket_begin(struct tls_socket *s, int fd, int64_t wall_s)
{
	s->fd = fd;
	return tls_end_begin(s->end, wall_s);
}

enum tls_step tls_socket_shake(struct tls_socket *s)
{
	enum tls_step step;

	do
		step = tls_end_shake(s->end);
	while (step == TLS_WAIT_READ && fill(s));
	return step;
}

enum tls_step tls_socket_read(struct tls_socket *s, void *out, size_t cap, size_t *got)
{
	enum tls_step step;

	do
		step = tls_end_read(s->end, out, cap, got);
	while (step == TLS_WAIT_READ && fill(s));
	return step;
}

enum tls_step tls_socket_write(struct tls_socket *s, struct str bytes, size_t *taken)
{
	return tls_end_write(s->end, bytes, taken);
}
